"""Reading, comparing and checking redactions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from distil_dagster.tasks.answer_forms.redaction_metrics import (
    TOKENS,
    Entity,
    Redaction,
    parse_redaction,
    redaction_match,
    redaction_problems,
    staged_redaction,
)
from distil_dagster.tasks.kind import InvalidOutput

tokens = st.sampled_from([token.replace("####", "1234") for token in TOKENS])
entities = st.builds(Entity, st.sampled_from(["Ann", "Bo", "34"]), st.sampled_from(["[PERSON]", "[AGE]"]), st.text())
redactions = st.builds(Redaction, st.sampled_from(["x", "y"]), st.lists(entities, max_size=3).map(tuple))
any_redactions = st.builds(
    Redaction, st.text(), st.lists(st.builds(Entity, st.text(min_size=1), tokens, st.text())).map(tuple)
)


def answer(redaction: Redaction) -> dict[str, Any]:
    return {
        "redacted_text": redaction.text,
        "entities": [
            {"value": entity.value, "replacement_token": entity.token, "reason": entity.reason}
            for entity in redaction.entities
        ],
    }


def redaction(text: str, **values: str) -> Redaction:
    """A redaction whose entities are given as value and token, blanks in values written as underscores."""
    return Redaction(text, tuple(Entity(value.replace("_", " "), token, "why") for value, token in values.items()))


class TestParsing:
    @given(any_redactions, st.sampled_from(["{}", "```json\n{}\n```", " {}\n"]))
    def test_a_redaction_written_as_json_comes_back(self, redaction: Redaction, around: str) -> None:
        assert parse_redaction(around.replace("{}", json.dumps(answer(redaction)))) == redaction

    def test_keys_that_are_not_known_are_ignored(self) -> None:
        assert parse_redaction('{"redacted_text": "x", "entities": [], "note": 1}') == Redaction("x", ())

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"redacted_text": None}, "'redacted_text' in the answer"),
            ({"redacted_text": 3}, "'redacted_text' in the answer"),
            ({"entities": None}, "'entities' in the answer"),
            ({"entities": {}}, "'entities' in the answer"),
            ({"entities": ["Ann"]}, "entity 1 must be an object, not str"),
        ],
    )
    def test_an_answer_without_text_or_entities_is_refused(self, change: dict[str, Any], reason: str) -> None:
        changed = {**answer(redaction("[PERSON]", Ann="[PERSON]")), **change}
        with pytest.raises(InvalidOutput, match=reason):
            parse_redaction(json.dumps({key: value for key, value in changed.items() if value is not None}))

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"value": None}, "'value' in entity 2"),
            ({"value": ""}, "the value of entity 2 is empty"),
            ({"value": 34}, "'value' in entity 2"),
            ({"replacement_token": None}, "'replacement_token' in entity 2"),
            ({"reason": None}, "'reason' in entity 2"),
            ({"reason": ["x"]}, "'reason' in entity 2"),
        ],
    )
    def test_an_entity_without_its_three_texts_is_refused(self, change: dict[str, Any], reason: str) -> None:
        given = answer(redaction("[PERSON] [AGE]", Ann="[PERSON]", Bo="[PERSON]"))
        second = {**given["entities"][1], **change}
        given["entities"][1] = {key: value for key, value in second.items() if value is not None}
        with pytest.raises(InvalidOutput, match=reason):
            parse_redaction(json.dumps(given))

    @pytest.mark.parametrize(
        "token",
        [
            *["PERSON", "[person]", "[NAME]", "[PERSON] ", "[PERSON]\n", ""],
            *["[CARD_LAST4]", "[CARD_LAST4:123]", "[CARD_LAST4:12AB]", "[CARD_LAST4:####]", "[IBAN_LAST4:12ab]"],
        ],
    )
    def test_a_token_of_no_known_form_is_refused(self, token: str) -> None:
        with pytest.raises(InvalidOutput, match="in entity 1 is no known token"):
            parse_redaction(json.dumps(answer(redaction("x", Ann=token))))

    def test_an_iban_may_end_in_letters(self) -> None:
        assert parse_redaction(json.dumps(answer(redaction("x", MT1ABCD="[IBAN_LAST4:ABCD]"))))

    @pytest.mark.parametrize("text", ["", "[PERSON]", "{", "[]", '"x"', "The text: {}"])
    def test_text_that_is_no_json_object_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidOutput, match=r"not JSON|expected an object"):
            parse_redaction(text)


class TestMatch:
    @given(redactions)
    def test_a_redaction_matches_itself(self, redaction: Redaction) -> None:
        assert redaction_match(redaction, redaction)

    @given(redactions, redactions)
    def test_it_does_not_matter_which_redaction_is_the_reference(self, left: Redaction, right: Redaction) -> None:
        assert redaction_match(left, right) == redaction_match(right, left)

    @given(redactions, st.randoms(use_true_random=False), st.text())
    def test_order_repetition_and_reasons_do_not_count(self, given: Redaction, random: Any, reason: str) -> None:
        others = [Entity(entity.value, entity.token, reason) for entity in [*given.entities, *given.entities[:1]]]
        random.shuffle(others)
        assert redaction_match(given, Redaction(given.text, tuple(others)))

    @pytest.mark.parametrize(
        "other",
        [
            redaction("[PERSON], [AGE] ", Ann="[PERSON]", Bo="[AGE]"),
            redaction("[PERSON], [AGE]", Ann="[PERSON]"),
            redaction("[PERSON], [AGE]", Ann="[AGE]", Bo="[PERSON]"),
            redaction("[PERSON], [AGE]", Ann="[PERSON]", Bo="[AGE]", Cy="[AGE]"),
            redaction("[PERSON], [AGE]", ann="[PERSON]", Bo="[AGE]"),
        ],
    )
    def test_another_text_or_another_pair_breaks_it(self, other: Redaction) -> None:
        assert not redaction_match(redaction("[PERSON], [AGE]", Ann="[PERSON]", Bo="[AGE]"), other)


class TestStaged:
    @given(redactions, redactions)
    def test_it_is_one_exactly_where_the_redactions_match(self, left: Redaction, right: Redaction) -> None:
        assert (staged_redaction(left, right) == 1) == redaction_match(left, right)

    @given(redactions, redactions)
    def test_each_stage_implies_the_stages_before_it(self, left: Redaction, right: Redaction) -> None:
        stages = [True, left.values == right.values, left.pairs == right.pairs, left.text == right.text]
        reached = stages.index(False) if False in stages else 4
        assert staged_redaction(left, right) == staged_redaction(right, left) == reached / 4

    @pytest.mark.parametrize(
        ("prediction", "expected"),
        [
            (redaction("[PERSON]"), 0.25),
            (redaction("[PERSON]", Ann="[PERSON]", Bo="[PERSON]"), 0.25),
            (redaction("[PERSON]", Ann="[ID]"), 0.5),
            (redaction("Ann", Ann="[PERSON]"), 0.75),
            (redaction("[PERSON]", Ann="[PERSON]"), 1.0),
        ],
    )
    def test_cases_by_hand(self, prediction: Redaction, expected: float) -> None:
        assert staged_redaction(redaction("[PERSON]", Ann="[PERSON]"), prediction) == expected


class TestProblems:
    @pytest.mark.parametrize(
        ("question", "given"),
        [
            ("Nothing to hide.", redaction("Nothing to hide.")),
            (
                "Ann met Bo. Ann left.",
                redaction("[PERSON] met [PERSON]. [PERSON] left.", Ann="[PERSON]", Bo="[PERSON]"),
            ),
            ("Annual check of Ann", redaction("Annual check of [PERSON]", Ann="[PERSON]")),
            ("Pt is 34F, room 1342", redaction("Pt is [AGE][GENDER], room 1342", **{"34": "[AGE]", "F": "[GENDER]"})),
            ("Ann Lee (Ann)", redaction("[PERSON] ([PERSON])", Ann="[PERSON]", Ann_Lee="[PERSON]")),
            ("ID: ID, AGE 7", redaction("[ID]: [ID], [GENDER] [AGE]", ID="[ID]", AGE="[GENDER]", **{"7": "[AGE]"})),
            (
                "card 4111-1111 1111 9876.",
                redaction("card [CARD_LAST4:9876].", **{"4111-1111 1111 9876": "[CARD_LAST4:9876]"}),
            ),
            ("to gb29 nwbk ab1c", redaction("to [IBAN_LAST4:AB1C]", gb29_nwbk_ab1c="[IBAN_LAST4:AB1C]")),
            ("call +1 (5) 3.", redaction("call [PHONE].", **{"+1 (5) 3": "[PHONE]"})),
        ],
    )
    def test_a_consistent_redaction_has_none(self, question: str, given: Redaction) -> None:
        assert redaction_problems(question, given) == []

    def test_a_value_that_is_not_in_the_text(self) -> None:
        assert redaction_problems("Annual check", redaction("Annual check", Ann="[PERSON]")) == [
            "the value 'Ann' does not stand in the text"
        ]

    def test_a_value_left_in_the_redacted_text(self) -> None:
        assert redaction_problems("Ann and Ann", redaction("[PERSON] and Ann", Ann="[PERSON]")) == [
            "the value 'Ann' still stands in the redacted text",
            "the redacted text is not the text with each value replaced by its token",
        ]

    @pytest.mark.parametrize(
        "text", ["[AGE] left", "[PERSON] left.", "[PERSON] went", "[PERSON][PERSON] left", " left"]
    )
    def test_a_redacted_text_that_differs_in_more_than_the_tokens(self, text: str) -> None:
        assert redaction_problems("Ann left", redaction(text, Ann="[PERSON]")) == [
            "the redacted text is not the text with each value replaced by its token"
        ]

    @pytest.mark.parametrize("token", ["[CARD_LAST4:4111]", "[CARD_LAST4:6789]", "[IBAN_LAST4:0000]"])
    def test_digits_that_do_not_end_the_value(self, token: str) -> None:
        given = redaction(f"card {token}", **{"4111 9876": token})
        assert redaction_problems("card 4111 9876", given) == [
            f"{token} does not end in the last four letters or digits of '4111 9876'"
        ]

    def test_a_value_with_two_tokens(self) -> None:
        given = Redaction("[AGE]", (Entity("7", "[AGE]", ""), Entity("7", "[ID]", "")))
        assert redaction_problems("7", given) == ["the value '7' has several tokens: [AGE], [ID]"]

    @given(st.lists(st.sampled_from(["Ann", "Bo Lee", "Lee", "34", "met", "(", "."]), max_size=8))
    def test_replacing_each_value_by_hand_leaves_nothing_to_say(self, parts: list[str]) -> None:
        names = {"Ann": "[PERSON]", "Bo Lee": "[PERSON]", "34": "[AGE]", "Lee": "[PERSON]"}
        found = {part: names[part] for part in parts if part in names}
        given = Redaction(
            " ".join(names.get(part, part) for part in parts),
            tuple(Entity(value, token, "") for value, token in found.items()),
        )
        assert redaction_problems(" ".join(parts), given) == []
