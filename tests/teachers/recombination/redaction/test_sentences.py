import json
from collections.abc import Iterable
from random import Random

import pytest

from distil_dagster.tasks import Row
from distil_dagster.teachers.recombination.redaction import composing
from distil_dagster.teachers.recombination.redaction.grammar import Template, joined, templates
from distil_dagster.teachers.recombination.redaction.pieces import AGE, PERSON, PHONE, AnswerStyle, Piece
from distil_dagster.teachers.recombination.redaction.scene import Scene, Supplies
from distil_dagster.teachers.recombination.redaction.seed_sentences import SeedText, read_seeds
from distil_dagster.teachers.recombination.redaction.typing_habits import in_small_letters, with_articles, with_slips


@pytest.fixture(scope="module")
def supplies() -> Supplies:
    return Supplies(Random(3))


def seed(question: str, *entities: tuple[str, str]) -> Row:
    redacted = question
    for value, token in entities:
        redacted = redacted.replace(value, token)
    listed = [{"value": value, "replacement_token": token, "reason": token} for value, token in entities]
    return Row(question, json.dumps({"redacted_text": redacted, "entities": listed}))


def read(question: str, *entities: tuple[str, str]) -> SeedText:
    (found,) = read_seeds([seed(question, *entities)])
    return found


def text_of(pieces: Iterable[Piece]) -> str:
    return "".join(piece.text for piece in pieces)


class TestSeeds:
    def test_prose_is_cut_into_sentences_but_not_behind_titles(self) -> None:
        entities = ("Ann Lee", "[PERSON]"), ("Moss", "[PERSON]"), ("555-0101", "[PHONE]")
        found = read("Ann Lee rang. Dr. Moss called 555-0101 back.", *entities)
        assert [text_of(part.pieces) for part in found.sentences] == ["Ann Lee rang.", "Dr. Moss called 555-0101 back."]
        assert found.sentences[1].types == {PERSON, PHONE}

    def test_forms_are_cut_into_lines(self) -> None:
        found = read("Name: Ann Lee\nAge: 47\nSex: F", ("Ann Lee", "[PERSON]"), ("47", "[AGE]"), ("F", "[GENDER]"))
        assert [text_of(part.pieces) for part in found.sentences] == ["Name: Ann Lee", "Age: 47", "Sex: F"]
        assert [part.rank for part in found.sentences] == [0, 1, 1]

    def test_turns_of_a_talk_stay_together(self) -> None:
        found = read("Agent: Your name, please?\nCaller: It is Ann Lee.", ("Ann Lee", "[PERSON]"))
        assert found.has_lines
        assert found.sentences == ()

    def test_one_person_stays_one_person(self, supplies: Supplies) -> None:
        found = read("Ann Lee came. Lee waits.", ("Ann Lee", "[PERSON]"), ("Lee", "[PERSON]"))
        for _ in range(20):
            names = [piece.text for piece in found.whole.write(Scene(supplies)) if piece.type]
            assert names[0].endswith(names[1])

    def test_a_last_four_stays_one(self, supplies: Supplies) -> None:
        found = read("The last four are 8830.", ("8830", "[SSN]"))
        assert all(len(found.whole.write(Scene(supplies))[1].text) == 4 for _ in range(5))

    def test_values_that_come_back_come_back(self, supplies: Supplies) -> None:
        found = read("Claim TR-4416-09? TR-4416-09, yes.", ("TR-4416-09", "[ID]"))
        codes = {piece.text for piece in found.whole.write(Scene(supplies)) if piece.type}
        assert len(codes) == 1
        assert codes != {"TR-4416-09"}

    def test_a_seed_whose_answer_is_of_another_text_is_left_out(self) -> None:
        row = seed("Ann Lee rang.", ("Ann Lee", "[PERSON]"))
        assert read_seeds([Row("Bo Lee rang.", row.answer), Row("Ann", "nothing")]) == ()


def _phrasebook() -> list[Template]:
    groups = [group for kind in composing.PROSE for group in (kind.openings, kind.bodies, kind.plain, kind.closings)]
    return [template for group in groups for template in group]


class TestTemplates:
    @pytest.mark.parametrize("sex", ["m", "f", "n"])
    def test_the_phrasebook_can_be_written(self, supplies: Supplies, sex: str) -> None:
        for template in _phrasebook():
            scene = Scene(supplies, sex)
            if template.fits(scene):
                text = text_of(template.write(scene))
                assert text
                assert not set("<>{}«»⏎") & set(text.replace("<A>", "").replace("<C>", ""))

    def test_what_was_told_of_the_patient_is_not_told_again(self, supplies: Supplies) -> None:
        first, second = templates("t", "<He> is {age.pred}.\nThe patient is {age.pred}.")
        scene = Scene(supplies, "f")
        assert second.fits(scene)
        first.write(scene)
        assert not second.fits(scene)

    def test_conditions_limit_a_template_to_some_patients(self, supplies: Supplies) -> None:
        (template,) = templates("t", "f:a:She rang.")
        scenes = [Scene(supplies) for _ in range(200)]
        assert {scene.sex for scene in scenes if template.fits(scene)} == {"f"}
        assert not any(scene.is_child for scene in scenes if template.fits(scene))

    def test_a_part_without_a_stop_gets_one_before_the_next(self) -> None:
        assert text_of(joined([[Piece("we moved")], [Piece("call me")]], " ")) == "We moved. Call me"


class TestTyping:
    def test_articles_fit_the_value_that_follows(self) -> None:
        assert text_of(with_articles([Piece("is a "), Piece("81-year-old", AGE), Piece(" with a ulcer")])) == (
            "is an 81-year-old with an ulcer"
        )

    def test_slips_touch_no_value_and_no_web_address(self) -> None:
        pieces = [Piece("see https://portal.example/login "), Piece("Hanna Miller", PERSON)]
        assert with_slips(pieces, Random(1), 5) == pieces

    def test_small_letters_keep_codes(self) -> None:
        pieces = in_small_letters([Piece("My ID is "), Piece("AB12", "ID")], Random(1))
        assert text_of(pieces) == "my id is AB12"

    def test_a_value_that_stands_elsewhere_too_spoils_the_row(self) -> None:
        style = AnswerStyle((", ", ": "), False, {AGE: "age"})
        assert style.row([Piece("54", AGE), Piece(" years, room 54")]) is None
        assert style.row([Piece("54", AGE), Piece(" years, room 55")]) is not None
