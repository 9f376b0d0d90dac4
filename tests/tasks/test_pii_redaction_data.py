"""The bundled redaction task: each answer follows from its question, and all persons and numbers are invented."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from distil_dagster.corpus.similarity import most_similar, utterance_tokens

FOLDER = Path(__file__).parents[2] / "tasks" / "pii_redaction"
REASONS = {
    "PERSON": "name of a person",
    "EMAIL": "e-mail address",
    "PHONE": "telephone number",
    "ADDRESS": "postal address",
    "SSN": "social security number",
    "ID": "identifying number or code",
    "UUID": "UUID",
    "CARD_LAST4": "payment card number",
    "IBAN_LAST4": "bank account number (IBAN)",
    "GENDER": "gender of the patient",
    "AGE": "age of the patient",
    "RACE": "race or ethnicity of the patient",
    "MARITAL_STATUS": "marital status of the patient",
}
WITH_DIGITS = ("CARD_LAST4", "IBAN_LAST4")
ATTRIBUTES = ("GENDER", "AGE", "RACE", "MARITAL_STATUS")
SHARED_NAMES_ALLOWED = 3


def rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (FOLDER / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


SEEDS, TESTS = rows("train"), rows("test")
ALL_ROWS = [*SEEDS, *TESTS]


def entities(row: dict[str, str]) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(row["answer"])["entities"]
    return found


def kind(entity: dict[str, str]) -> str:
    return entity["replacement_token"].strip("[]").partition(":")[0]


def values(part: list[dict[str, str]], *kinds: str) -> list[str]:
    return [entity["value"] for row in part for entity in entities(row) if kind(entity) in kinds]


def name_words(part: list[dict[str, str]]) -> set[str]:
    return {word.casefold() for name in values(part, "PERSON") for word in re.findall(r"[^\W\d_]{3,}", name)}


def longest_first(row: dict[str, str]) -> str:
    found = sorted((entity["value"] for entity in entities(row)), key=len, reverse=True)
    return "|".join(map(re.escape, found)) or "(?!)"


def passes_luhn(card: str) -> bool:
    digits = [int(digit) for digit in reversed(re.sub(r"\D", "", card))]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def passes_mod_97(iban: str) -> bool:
    code = re.sub(r"\s", "", iban)
    return int("".join(str(int(character, 36)) for character in code[4:] + code[:4])) % 97 == 1


@pytest.mark.parametrize("row", ALL_ROWS, ids=lambda row: row["question"][:40])
class TestEveryRow:
    def test_the_answer_has_the_published_form(self, row: dict[str, str]) -> None:
        answer: dict[str, Any] = json.loads(row["answer"])
        assert row.keys() == {"question", "answer"}
        assert list(answer) == ["redacted_text", "entities"]
        assert len(answer["entities"]) <= 8
        for entity in answer["entities"]:
            assert list(entity) == ["value", "replacement_token", "reason"]
            assert entity["reason"] == REASONS[kind(entity)]

    def test_a_token_carries_the_last_four_characters_where_it_must(self, row: dict[str, str]) -> None:
        for entity in entities(row):
            last_four = re.sub(r"[^0-9A-Za-z]", "", entity["value"])[-4:]
            digits = f":{last_four}" if kind(entity) in WITH_DIGITS else ""
            assert entity["replacement_token"] == f"[{kind(entity)}{digits}]"

    def test_replacing_the_values_longest_first_gives_the_redacted_text(self, row: dict[str, str]) -> None:
        token = {entity["value"]: entity["replacement_token"] for entity in entities(row)}
        redacted = json.loads(row["answer"])["redacted_text"]
        one_by_one = row["question"]
        for value in sorted(token, key=len, reverse=True):
            one_by_one = one_by_one.replace(value, token[value])
        assert one_by_one == redacted
        assert re.sub(longest_first(row), lambda match: token[match[0]], row["question"]) == redacted

    def test_no_value_is_part_of_a_word(self, row: dict[str, str]) -> None:
        pattern = longest_first(row)
        whole_words = rf"(?<![^\W_])(?:{pattern})(?![^\W_])"
        assert re.findall(whole_words, row["question"]) == re.findall(pattern, row["question"])

    def test_entities_stand_once_in_the_order_in_which_they_occur(self, row: dict[str, str]) -> None:
        occurring = re.findall(longest_first(row), row["question"])
        assert [entity["value"] for entity in entities(row)] == list(dict.fromkeys(occurring))

    def test_no_value_is_left_in_the_redacted_text(self, row: dict[str, str]) -> None:
        redacted = json.loads(row["answer"])["redacted_text"]
        assert [entity["value"] for entity in entities(row) if entity["value"] in redacted] == []

    def test_mail_addresses_and_long_numbers_never_stay(self, row: dict[str, str]) -> None:
        redacted = json.loads(row["answer"])["redacted_text"]
        assert re.findall(r"\S+@\S+|555-01\d\d|\b\d{3}-\d{2}-\d{4}\b|\d{7,}", redacted) == []


class TestBothFiles:
    def test_there_are_enough_rows_to_train_and_to_judge_on(self) -> None:
        assert len(SEEDS) >= 50
        assert len(TESTS) >= 150

    @pytest.mark.parametrize(("part", "least"), [(SEEDS, 3), (TESTS, 8)], ids=["seeds", "tests"])
    def test_every_token_occurs_in_several_rows(self, part: list[dict[str, str]], least: int) -> None:
        rows_with = Counter(name for row in part for name in {kind(entity) for entity in entities(row)})
        assert {name for name in REASONS if rows_with[name] < least} == set()

    @pytest.mark.parametrize("part", [SEEDS, TESTS], ids=["seeds", "tests"])
    def test_a_few_texts_hold_nothing_to_redact(self, part: list[dict[str, str]]) -> None:
        assert 0.04 <= sum(not entities(row) for row in part) / len(part) <= 0.10

    def test_no_two_questions_are_nearly_equal(self) -> None:
        texts = [utterance_tokens(row["question"]) for row in ALL_ROWS]
        closest = [most_similar([text], texts[:index])[0][0] for index, text in enumerate(texts)]
        assert max(closest) < 0.8

    def test_seeds_and_tests_are_about_different_persons(self) -> None:
        assert len(name_words(SEEDS) & name_words(TESTS)) <= SHARED_NAMES_ALLOWED

    def test_no_number_or_address_is_in_both_files(self) -> None:
        numbers = set(REASONS) - {"PERSON", *ATTRIBUTES}
        assert set(values(SEEDS, *numbers)) & set(values(TESTS, *numbers)) == set()

    def test_the_description_names_every_token_and_its_reason(self) -> None:
        description = json.loads((FOLDER / "job_description.json").read_text(encoding="utf-8"))["task_description"]
        for name, reason in REASONS.items():
            assert f'{name} "{reason}"' in description
            assert f"[{name}" in description


class TestInventedNumbers:
    def test_cards_and_accounts_have_the_shape_but_fail_their_check_digit(self) -> None:
        cards, ibans = values(ALL_ROWS, "CARD_LAST4"), values(ALL_ROWS, "IBAN_LAST4")
        assert {len(re.sub(r"\D", "", card)) for card in cards} <= {15, 16}
        assert [card for card in cards if passes_luhn(card)] == []
        assert [iban for iban in ibans if passes_mod_97(iban)] == []

    def test_mail_goes_to_reserved_domains(self) -> None:
        reserved = re.compile(r"@([^@]+\.)?(example\.(com|net|org)|example|test|invalid)$")
        assert [mail for mail in values(ALL_ROWS, "EMAIL") if not reserved.search(mail)] == []

    def test_whole_social_security_numbers_are_never_issued_ones(self) -> None:
        whole = [number for number in values(ALL_ROWS, "SSN") if re.fullmatch(r"\d{3}-\d\d-\d{4}", number)]
        assert [number for number in whole if not re.match(r"9|666|000", number)] == []

    def test_uuids_have_their_shape(self) -> None:
        uuids = values(ALL_ROWS, "UUID")
        assert all(re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", uuid) for uuid in uuids)
