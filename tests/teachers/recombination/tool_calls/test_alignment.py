import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from distil_dagster.tasks import Tool, Toolbox
from distil_dagster.teachers.recombination.tool_calls.alignment import Aligner
from distil_dagster.teachers.recombination.tool_calls.quantities import in_words
from distil_dagster.teachers.recombination.tool_calls.vocabulary import Vocabulary, domain_at, is_action

ROOMS = ["kitchen", "living_room", "study", "garden"]
TOOL = Tool(
    "home",
    "",
    {
        "type": "object",
        "properties": {
            "room": {
                "type": "string",
                "enum": ROOMS,
                "description": "Where: living_room is also called lounge, study is also called office or den",
            },
            "action": {
                "type": "string",
                "enum": ["open", "close", "stop"],
                "description": "open also means raise, close also means lower or retract, stop halts the movement",
            },
            "mode": {
                "type": "string",
                "enum": ["heat", "eco"],
                "description": "heat warms, eco saves energy",
            },
            "routine": {"type": "string", "enum": ["away", "night"], "description": "away is for going out"},
            "level": {"type": "integer", "minimum": 0, "maximum": 100},
            "name": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "target": {"type": "object", "properties": {"room": {"type": "string", "enum": ROOMS}}},
        },
    },
)
ALIGNER = Aligner(Vocabulary(Toolbox((TOOL,))))


def said(utterance: str, **arguments: object) -> dict[tuple[str | int, ...], str]:
    """The words that say each argument."""
    from distil_dagster.teachers.recombination.tool_calls.words import tokenise

    tokens = tokenise(utterance)
    return {
        span.path: utterance[tokens[span.start].start : tokens[span.end - 1].end]
        for span in ALIGNER.align(utterance, TOOL, arguments)
    }


@pytest.mark.parametrize(
    ("utterance", "arguments", "words"),
    [
        ("Lights on in the Living Room!", {"room": "living_room"}, "Living Room"),
        ("the lounge, please", {"room": "living_room"}, "lounge"),
        ("what about the den", {"room": "study"}, "den"),
        ("the kitchens too", {"room": "kitchen"}, "kitchens"),
        ("in the kithcen", {"room": "kitchen"}, "kithcen"),
        ("closing time", {"action": "close"}, "closing"),
        ("retract it", {"action": "close"}, "retract"),
        ("halt", {"action": "stop"}, "halt"),
        ("get the heating going", {"mode": "heat"}, "heating"),
        ("we should save energy", {"mode": "eco"}, "save energy"),
        ("dim it to twenty-two percent", {"level": 22}, "twenty-two"),
        ("at half strength", {"level": 50}, "half"),
        ("full on", {"level": 100}, "full"),
    ],
)
def test_an_argument_is_found_in_its_words(utterance: str, arguments: dict[str, object], words: str) -> None:
    assert list(said(utterance, **arguments).values()) == [words]


def test_an_argument_that_no_words_say_is_left_out() -> None:
    assert said("give me some light", room="kitchen", level=70) == {}


def test_a_word_says_one_argument_only() -> None:
    assert len(said("the kitchen", room="kitchen", target={"room": "kitchen"})) == 1


def test_leaves_of_lists_and_objects_are_found() -> None:
    found = said("tag it red and blue in the garden", tags=["red", "blue"], target={"room": "garden"})
    assert found == {("tags", 0): "red", ("tags", 1): "blue", ("target", "room"): "garden"}


def test_purposes_are_told_from_synonyms() -> None:
    assert ALIGNER.vocabulary.purposes["home", "routine", "away"] == "going out"
    assert [form.text for form in ALIGNER.vocabulary.forms(domain_at(TOOL, ("routine",)), "away")] == ["away"]


def test_actions_are_told_from_objects() -> None:
    assert is_action(domain_at(TOOL, ("action",)))
    assert not is_action(domain_at(TOOL, ("room",)))


def test_words_that_go_with_a_value_and_no_other_are_learned() -> None:
    aligner = Aligner(Vocabulary(Toolbox((TOOL,))))
    domain = domain_at(TOOL, ("room",))
    seeds = [
        ("lights on in the kitchen", "kitchen"),
        ("lights on in the lounge", "living_room"),
        ("water the green patch", "garden"),
        ("go to the green patch now", "garden"),
        ("lights on in the study", "study"),
    ]
    aligner.learn((text, TOOL, {"room": room}) for text, room in seeds)
    assert "green patch" in [form.text for form in aligner.vocabulary.forms(domain, "garden")]
    assert [form.text for form in aligner.vocabulary.forms(domain, "kitchen")] == ["kitchen"]


def test_words_that_act_or_point_are_never_learned_as_a_name() -> None:
    aligner = Aligner(Vocabulary(Toolbox((TOOL,))))
    seeds = [
        ("lights on in the kitchen", "kitchen"),
        ("lights on in the study", "study"),
        ("oh, turn it off again", "garden"),
        ("please turn it off", "garden"),
        ("water the garden", "garden"),
    ]
    aligner.learn((text, TOOL, {"room": room}) for text, room in seeds)
    assert [form.text for form in aligner.vocabulary.forms(domain_at(TOOL, ("room",)), "garden")][:1] == ["garden"]
    assert aligner.align("turn it off", TOOL, {"room": "garden"}) == ()


def test_common_synonyms_stand_for_a_value_unless_the_seeds_say_otherwise() -> None:
    bath = {"type": "string", "enum": ["bathroom", "hallway", "office"]}
    tool = Tool("home", "", {"type": "object", "properties": {"place": bath}})
    aligner = Aligner(Vocabulary(Toolbox((tool,))))
    aligner.learn([("lights in the corridor", tool, {}), ("bathroom lights", tool, {"place": "bathroom"})])
    forms = {
        value: [form.text for form in aligner.vocabulary.forms(domain_at(tool, ("place",)), value)]
        for value in bath["enum"]
    }
    assert "loo" in forms["bathroom"]
    assert "study" in forms["office"]
    assert "hall" in forms["hallway"]
    assert "corridor" not in forms["hallway"], "the seeds name a corridor where no hallway is meant"


def test_a_text_of_digits_may_be_read_out() -> None:
    assert said("the card four zero four nine please", name="4049") == {("name",): "four zero four nine"}
    assert said("the card four zero four nine please", name="4048") == {}


@given(st.sampled_from(ROOMS), st.sampled_from(ROOMS), st.data())
def test_exchanging_the_words_exchanges_the_value(value: str, other: str, data: st.DataObject) -> None:
    assume(value != other)
    domain = domain_at(TOOL, ("room",))
    words = data.draw(st.sampled_from(ALIGNER.vocabulary.forms(domain, value))).text
    others = data.draw(st.sampled_from(ALIGNER.vocabulary.forms(domain, other))).text
    utterance = f"please switch on the lights in the {words} now"
    exchanged = utterance.replace(words, others)
    assert said(utterance, room=value) == {("room",): words}
    assert said(exchanged, room=other) == {("room",): others}
    assert said(exchanged, room=value) == {}


@given(st.integers(0, 100), st.integers(0, 100), st.booleans())
def test_exchanging_a_number_exchanges_the_value(value: int, other: int, in_digits: bool) -> None:
    assume(value != other)
    write = str if in_digits else in_words
    assert said(f"dim to {write(other)} percent", level=other) == {("level",): write(other)}
    assert said(f"dim to {write(other)} percent", level=value) == {}


@given(st.text(alphabet="abcdefghij -", min_size=1, max_size=20).map(str.strip).filter(bool))
def test_a_free_text_is_found_wherever_it_stands(name: str) -> None:
    assume(any(character.isalpha() for character in name))
    assert ("name",) in said(f"call the thing {name} from now on", name=name)
