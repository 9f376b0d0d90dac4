"""Whole sentences around what is asked for: imperative, question, heading or keywords, polite or terse."""

from collections.abc import Sequence

from distil_dagster.teachers.recombination.sql.conditions import Condition, clauses, noun_phrase, predicates
from distil_dagster.teachers.recombination.sql.english import Voice, capitalised, is_plural, listed
from distil_dagster.teachers.recombination.sql.projections import Output, several

LEAD = (
    "[Show|Show me|List|List|Give me|Give|Return|Find|Get|Get me|Display|Pull|Fetch|I need|I want|I'd like|I "
    "would like|"
    "Please list|Please show|Please give me|We need|Select|Look up|Report]"
)
_THEN = "[Give|Return|Show|List|I need|Give me|Show me|Please give|I want]"
SLOPPY = 0.13
"""How many questions begin with a small letter and end without a full stop, as some of the seeds do."""


def rows_question(
    voice: Voice, outputs: Sequence[Output], many: str, conditions: Sequence[Condition], order: str = ""
) -> str:
    """A request for rows of `many` under all the conditions."""
    subject, doing = noun_phrase(many, conditions), predicates(conditions)
    nouns = [output.noun for output in outputs]
    things, tail = listed(nouns), f", {order}" if order else ""
    each = listed([several(noun) for noun in nouns]) if voice.chance(0.5) else things
    frames = [
        f"{LEAD} [the |]{{each}} of [all |the |]{{subject}}{{tail}}.",
        f"{LEAD} the {{each}} of [all |]{{subject}}{{tail}}.",
        "{each} of [all |the |]{subject}{tail}.",
        f"{LEAD} [all |the |]{{subject}}: {{things}}{{tail}}.",
        "{subject}: {things}{tail}.",
        "For [all |the |]{subject}, [show|list|give|return] [the |]{each}{tail}.",
        "What are the {several} of [the |all |]{subject}{tail}?",
        "[Can|Could] you [list|show me|give me] the {each} of [all |the |]{subject}{tail}?",
    ]
    if conditions:
        frames += [f"{LEAD} [the |]{{each}} of [all |]{{many}} where {{clauses}}{{tail}}."]
    if doing:
        frames += 2 * [
            f"Which {{many}} {{doing}}? {_THEN} [the|their] {{each}}{{tail}}.",
            "Which {many} {doing}? {capital}{tail}.",
        ]
    return styled(
        voice.say(
            voice.random.choice(frames),
            each=each,
            things=things,
            several=listed([several(noun) for noun in nouns]),
            capital=capitalised(things),
            subject=subject,
            many=many,
            clauses=clauses(conditions),
            doing=doing,
            tail=tail,
        ),
        voice,
    )


def value_question(voice: Voice, value: str, subject: str, tail: str = "") -> str:
    """A request for one number, such as the average price, over the rows of `subject`."""
    verb = "are" if is_plural(value) and not value.startswith(("number", "count", "sum", "total number")) else "is"
    if " and " in value:
        verb = "are"
    return styled(
        voice.say(
            "[What {verb} the {value} of [all |the |]{subject}{tail}?|{lead} the {value} of [all |the |"
            "]{subject}{tail}.|"
            "[Calculate|Compute|Work out] the {value} of [all |the |]{subject}{tail}.|{value} of [all |"
            "]{subject}{tail}.|"
            "For [all |the |]{subject}, what {verb} the {value}{tail}?|[Can|Could] you [tell|give] me the {value} of "
            "[all |the |]{subject}{tail}?|I'd like to know the {value} of [all |the |]{subject}{tail}.]",
            value=value,
            verb=verb,
            subject=subject,
            tail=tail,
            lead=voice.say(LEAD),
        ),
        voice,
    )


def styled(question: str, voice: Voice) -> str:
    """The question with a capital and a full stop, or now and then without both."""
    question = question.replace(" ,", ",").replace("::", ":").strip()
    if voice.chance(SLOPPY):
        body = question.removesuffix(".")
        keeps = body.split(" ")[0].strip("',:").isupper() or body.startswith(("I ", "I'd", "'"))
        return body if keeps else body[:1].lower() + body[1:]
    return capitalised(question)
