import re
from random import Random

import pytest

from distil_dagster.teachers.recombination.redaction.scene import Supplies
from distil_dagster.teachers.recombination.redaction.values import codes
from distil_dagster.teachers.recombination.redaction.values.names import Person
from distil_dagster.teachers.recombination.redaction.values.traits import Age


@pytest.fixture(scope="module")
def supplies() -> Supplies:
    return Supplies(Random(5))


def luhn_sum(number: str) -> int:
    digits = [int(digit) for digit in reversed(number) if digit.isdigit()]
    return sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])


class TestNumbers:
    def test_card_numbers_pass_the_check_of_their_last_digit(self, supplies: Supplies) -> None:
        for _ in range(200):
            card = codes.card(supplies.random)
            assert luhn_sum(card) % 10 == 0
            assert sum(map(str.isdigit, card)) in (15, 16)

    def test_ibans_pass_the_check_modulo_97(self, supplies: Supplies) -> None:
        for _ in range(100):
            iban = supplies.ibans.iban().replace(" ", "")
            assert int("".join(str(int(letter, 36)) for letter in iban[4:] + iban[:4])) % 97 == 1

    def test_uuids_have_their_form(self, supplies: Supplies) -> None:
        form = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
        assert all(form.fullmatch(codes.uuid(supplies.random).lower()) for _ in range(100))

    def test_social_security_numbers_are_never_those_of_people(self, supplies: Supplies) -> None:
        for _ in range(100):
            assert codes.ssn(supplies.random)[:3] in {"000", "666", *map(str, range(900, 1000))}

    def test_a_code_keeps_the_shape_of_another(self) -> None:
        for _ in range(20):
            assert re.fullmatch(r"[A-Z]{2}/\d{4}-[A-Z]", codes.like(Random(), "PH/2093-B"))


class TestContacts:
    def test_addresses_begin_with_a_number_or_a_street_and_stay_on_a_line(self, supplies: Supplies) -> None:
        for _ in range(300):
            address = supplies.contacts.address()
            assert "\n" not in address
            assert any(map(str.isdigit, address))
            assert address == address.strip(" ,")

    def test_mailboxes_are_written_in_ascii_and_in_reserved_domains(self, supplies: Supplies) -> None:
        for sex in "mf" * 150:
            email = supplies.contacts.email(supplies.names.person(sex))
            assert re.fullmatch(r"[A-Za-z0-9._+-]+@[a-z.-]+", email)
            assert re.search(r"(?:\.example|\.test|@example\.(?:com|org|net))$", email)

    def test_telephone_numbers_are_written_in_many_ways(self, supplies: Supplies) -> None:
        forms = {re.sub(r"\d", "0", supplies.contacts.phone()) for _ in range(500)}
        assert len(forms) > 25

    def test_spoken_numbers_have_no_digits(self, supplies: Supplies) -> None:
        assert not any(map(str.isdigit, supplies.contacts.spoken_phone()))


class TestPeople:
    PERSON = Person("f", "Ana", "de Wit", None, "K", "Bea")

    def test_the_forms_of_a_name(self) -> None:
        person = self.PERSON
        assert (person.full, person.reversed, person.with_initial, person.initials) == (
            "Ana de Wit",
            "de Wit, Ana",
            "Ana K. de Wit",
            "AW",
        )

    def test_initials_are_no_degree(self) -> None:
        assert Person("m", "Max", "Diaz", None, "K", "Bo").initials == "MKD"

    @pytest.mark.parametrize(("age", "words"), [(Age(83), "eighty-three"), (Age(70), "seventy"), (Age(15), "fifteen")])
    def test_ages_in_words(self, age: Age, words: str) -> None:
        assert age.in_words() == words

    def test_decades_fit_the_age(self) -> None:
        told = {Age(57).by_decade(Random(seed)) for seed in range(50)}
        assert told <= {"late 50s", "late-50s", "late fifties", "late-fifties", "50s", "fifties"}
