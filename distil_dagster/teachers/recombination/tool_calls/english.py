"""What the recombination teacher knows of English words whatever the task: closed classes, synonyms, opposites.

Only language data stands here. What one task's words mean is learned from its seeds and schemas, elsewhere.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


DETERMINERS = _words("the a an my our your his her their this these those some any every each all no another")
PRONOUNS = _words("it that them those this these one ones they there")
PREPOSITIONS = _words(
    "in on at to by for from with of into onto under over through about after before until near around during "
    "every within between"
)
AUXILIARIES = _words(
    "is are was were be been am do does did can could will would shall should may might must have has had let "
    "let's i'd i'm i'll it's that's there's don't doesn't isn't aren't can't won't get got need want like"
)
DISCOURSE = _words(
    "please thanks thank ok okay oh hey hi hello well so now then right alright just only also too again instead "
    "actually rather sorry wait no yes yeah hm hmm um uh better perfect great lovely fine good while though still "
    "next same as well anyway maybe quickly kindly cheers ah hang mean meant"
)
LIGHT_VERBS = _words("make go put set take say try do turn switch get give have can be use bring")
"""Verbs that say little without their particle or object."""
QUESTION_WORDS = _words("what who whose how when where why which")
PERSONS = _words("i you we he she me us him everyone mine yours i've we're we've you're")
CONJUNCTIONS = _words("and or but not nor if because than")
FUNCTION_WORDS = (
    DETERMINERS | PRONOUNS | PREPOSITIONS | AUXILIARIES | DISCOURSE | PERSONS | CONJUNCTIONS | QUESTION_WORDS | {"up"}
)
NEUTRAL_WORDS = FUNCTION_WORDS | LIGHT_VERBS
"""Words that go with any action and any object."""

FILLERS = _words(
    "please the a an my just now okay ok oh hey alright well so um uh hm hmm right then thanks kindly percent % "
    "degrees degree ° olly alexa siri google"
)
"""Words that two utterances may differ in and still ask for the same."""

VERBS = _words(
    "heat cool warm open close shut stop halt start begin run play pause resume skip raise lower lift extend retract "
    "lock unlock bolt secure add remove delete create update cancel send transfer pay show list read write save load "
    "move copy commit push pull fetch merge rebase checkout switch reset revert stash clone book order buy sell "
    "deposit withdraw freeze unfreeze block unblock enable disable increase decrease mute unmute dim brighten call "
    "text email print scan share upload download install check set schedule reschedule confirm approve reject assign "
    "archive restore track return exchange refund turn keep clean vacuum water charge wash dry brew cook"
)
PARTICLES = _words("on off up down in out back")

FOLLOW_UP_CUES = _words(
    "too also same and again instead meant mean no sorry actually rather only just next now like that it one them "
    "either likewise ditto another then there as"
)
ECHO_CUES = _words("too also same likewise ditto either as like again back keep carry continue")
"""Words by which an utterance takes part of its meaning from what was done before."""

ASKING_MARKS = _words(
    "ask clarify clarification missing incomplete unclear ambiguous insufficient underspecified unspecified"
)
"""Words by which the name of a tool or value tells that it asks back for what is missing."""

RISING = _words("up louder brighter warmer hotter higher more raise increase dark quiet cold")
FALLING = _words("down quieter darker cooler lower less bright loud hot dim reduce decrease")

BARE_ADVERBS = _words(
    "here there upstairs downstairs outside inside outdoors indoors everywhere today tomorrow tonight yesterday now "
    "later home"
)
"""Values that take no article and stand before no noun."""

SYNONYMS: dict[str, tuple[str, ...]] = {
    "start": ("begin", "launch", "kick off"),
    "close": ("shut",),
    "open": ("open up",),
    "stop": ("halt",),
    "increase": ("raise", "turn up", "boost"),
    "decrease": ("reduce", "lower", "turn down"),
    "reduce": ("decrease", "lower"),
    "lower": ("bring down",),
    "delete": ("remove", "erase"),
    "create": ("make", "set up"),
    "display": ("show", "list"),
    "adjust": ("change", "set"),
    "change": ("set", "switch"),
    "too bright": ("way too bright", "so bright"),
    "a little": ("a bit", "slightly"),
    "slightly": ("a little", "a bit"),
    "a bit": ("a little", "slightly"),
    "would be nice": ("would be great", "would be good", "please"),
    "song": ("track", "tune"),
    "track": ("song", "tune"),
    "movie": ("film",),
    "film": ("movie",),
    "as well": ("too", "also"),
    "too": ("as well", "also"),
    "also": ("too", "as well"),
    "i want": ("i'd like", "i would like", "i need"),
    "i'd like": ("i want", "i would like"),
    "i would like": ("i'd like", "i want"),
    "could you": ("can you", "would you", "will you"),
    "can you": ("could you", "would you", "will you"),
    "give me": ("get me",),
    "show me": ("display", "list"),
    "what's": ("what is",),
    "it's": ("it is",),
    "that's": ("that is",),
    "i'm": ("i am",),
    "we're": ("we are",),
    "i've": ("i have",),
    "let's": ("let us",),
    "don't": ("do not",),
    "isn't": ("is not",),
    "there's": ("there is",),
    "some music": ("music", "a bit of music"),
    "buy": ("purchase",),
    "find": ("look for", "search for"),
    "getting": ("becoming",),
    "needed": ("required",),
    "anymore": ("any more",),
    "any more": ("anymore", "any longer"),
    "remove": ("delete",),
    "sorry": ("oops", "my mistake"),
    "perfect": ("great", "lovely", "nice"),
    "lovely": ("perfect", "nice", "great"),
    "great": ("perfect", "nice", "lovely"),
    "okay": ("ok", "alright", "right"),
    "ok": ("okay", "alright"),
    "alright": ("okay", "right"),
    "only": ("just",),
    "just": ("only",),
    "rather": ("instead",),
    "instead": ("rather",),
}
"""What a unit may be replaced by; the reverse need not hold."""

SPLIT_VERBS: dict[str, dict[str, tuple[str, ...]]] = {
    "on": {"turn": ("switch", "put", "power", "flick"), "switch": ("turn", "put", "power"), "put": ("turn", "switch")},
    "off": {
        "turn": ("switch", "shut", "power", "flick"),
        "switch": ("turn", "shut", "power"),
        "shut": ("turn", "switch"),
        "power": ("turn", "switch"),
    },
    "up": {"turn": ("bring", "bump", "crank"), "bring": ("turn",), "push": ("pull",)},
    "down": {"turn": ("bring",), "take": ("bring",)},
}
"""Verbs that stand for each other with a particle, together or around their object ("switch it off")."""

OPPOSITES: dict[str, str] = {
    "on": "off",
    "off": "on",
    "up": "down",
    "down": "up",
    "open": "close",
    "opened": "closed",
    "close": "open",
    "closed": "opened",
    "shut": "open",
    "raise": "lower",
    "lift": "lower",
    "lower": "raise",
    "increase": "decrease",
    "decrease": "increase",
    "reduce": "increase",
    "boost": "reduce",
    "brighten": "dim",
    "dim": "brighten",
    "brighter": "darker",
    "darker": "brighter",
    "louder": "quieter",
    "quieter": "louder",
    "more": "less",
    "less": "more",
    "warmer": "cooler",
    "cooler": "warmer",
    "higher": "lower",
    "extend": "retract",
    "retract": "extend",
    "lock": "unlock",
    "unlock": "lock",
    "mute": "unmute",
    "unmute": "mute",
    "enable": "disable",
    "disable": "enable",
    "activate": "deactivate",
    "deactivate": "activate",
    "start": "stop",
    "stop": "start",
    "add": "remove",
    "remove": "add",
    "freeze": "unfreeze",
    "unfreeze": "freeze",
    "block": "unblock",
    "unblock": "block",
    "connect": "disconnect",
    "disconnect": "connect",
    "follow": "unfollow",
    "unfollow": "follow",
    "hide": "show",
}
"""Words of opposite direction: where two tools or values are opposites, so are the requests for them."""

VALUE_SYNONYMS: dict[str, tuple[str, ...]] = {
    "living room": ("lounge", "sitting room", "family room"),
    "lounge": ("living room", "sitting room"),
    "bathroom": ("toilet", "restroom", "washroom", "loo"),
    "hallway": ("hall", "corridor"),
    "hall": ("hallway", "corridor"),
    "office": ("study", "home office"),
    "study": ("office", "home office"),
    "basement": ("cellar",),
    "garden": ("yard", "backyard"),
    "yard": ("garden", "backyard"),
    "entrance": ("entry", "entryway"),
    "all": ("everything",),
    "cool": ("cooling", "AC", "air conditioning", "air con"),
    "cooling": ("AC", "air conditioning", "air con"),
    "heat": ("heating", "heater", "furnace"),
    "heating": ("heat", "heater", "furnace"),
    "lock": ("bolt", "secure"),
    "unlock": ("open",),
    "movie night": ("film night", "movie", "film", "cinema"),
    "movie": ("film", "movie night", "cinema"),
    "good morning": ("morning", "wake up"),
    "morning": ("good morning", "wake up"),
    "good night": ("bedtime", "sleep"),
    "bedtime": ("good night", "sleep"),
    "lights": ("lamps", "lighting"),
    "light": ("lamp",),
    "thermostat": ("heating", "temperature"),
    "tv": ("television", "telly"),
    "blinds": ("shades",),
    "curtains": ("drapes",),
    "checking": ("checking account", "current account"),
    "savings": ("savings account",),
    "credit": ("credit card",),
    "debit": ("debit card",),
    "atm": ("cash machine", "cashpoint"),
    "damaged": ("broken", "cracked"),
    "expired": ("out of date",),
    "daily": ("every day",),
    "weekly": ("every week",),
    "monthly": ("every month",),
    "yearly": ("every year", "annually"),
    "large": ("big",),
    "small": ("little",),
    "urgent": ("very important",),
    "economy": ("coach",),
}
"""Other words for values that many tasks have; used where the seeds and the tools don't use them for anything else."""
