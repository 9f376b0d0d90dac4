"""Open-class words by meaning, for parameters whose values are free text and whose seeds show only a few of them."""

import re
from collections.abc import Mapping, Sequence

_SUBJECTS = (
    "login", "search", "payments", "header", "cache", "parser", "session", "upload", "export", "billing", "profile",
    "settings", "invoice", "layout", "router", "queue", "token", "avatar", "report", "sync", "timezone", "checkout",
)  # fmt: skip


def _pairs(pattern: str, lefts: tuple[str, ...], rights: tuple[str, ...] = _SUBJECTS) -> tuple[str, ...]:
    """Each right word once, with the left words in turn: of many values a student learns to copy, not the values."""
    return tuple(pattern.format(lefts[number % len(lefts)], right) for number, right in enumerate(rights))


LEXICONS: Mapping[str, tuple[str, ...]] = {
    "room": (
        "kitchen", "living room", "bedroom", "bathroom", "hallway", "dining room", "office", "garage", "basement",
        "attic", "hall", "den", "study", "porch", "patio", "balcony", "guest room", "laundry room", "playroom",
        "lounge", "nursery", "kids room", "corridor", "entrance", "garden", "backyard", "master bedroom", "family room",
        "closet",
    ),
    "colour": (
        "red", "blue", "green", "yellow", "orange", "purple", "pink", "white", "turquoise", "violet", "magenta", "cyan",
        "warm white", "light blue", "dark red", "teal", "gold",
    ),
    "time of day": ("morning", "afternoon", "evening", "night", "noon", "midnight"),
    "clock": (
        "six a. m.", "seven a. m.", "eight a. m.", "nine a. m.", "ten a. m.", "noon", "one p. m.", "two p. m.",
        "three p. m.", "five p. m.", "six p. m.", "eight p. m.", "ten p. m.", "midnight",
    ),
    "date": (
        "today", "tomorrow", "tonight", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
        "next monday", "next friday", "next week", "the first of may", "june third", "next tuesday",
    ),
    "frequency": ("every day", "daily", "every hour", "weekly", "twice a week", "every monday", "every morning"),
    "change": (
        "by ten percent", "by twenty percent", "by thirty percent", "by half", "to fifty percent", "to ten percent",
        "to seventy percent", "to eighty percent", "to three", "to five", "to eight",
    ),
    "person": (
        "Anna", "Ben", "Carla", "David", "Emma", "Felix", "Grace", "Hassan", "Ines", "Jack", "Kim", "Laura", "Maria",
        "Noah", "Olivia", "Peter", "Quentin", "Rosa", "Sam", "Tara", "Uma", "Victor", "Wendy", "Yusuf", "Zoe", "Mum",
        "Dad",
    ),
    "city": (
        "London", "Paris", "Berlin", "Madrid", "Rome", "Vienna", "Lisbon", "Dublin", "Oslo", "Prague", "New York",
        "Boston", "Chicago", "Toronto", "Tokyo", "Sydney", "Cairo", "Mumbai", "Seoul", "Lima",
    ),
    "country": ("Peru", "Kenya", "Norway", "Japan", "Brazil", "Spain", "Canada", "Egypt", "Portugal", "Iceland"),
    "language": ("French", "Spanish", "German", "Italian", "Japanese", "Dutch", "Polish", "Swedish"),
    "device": (
        "TV", "television", "oven", "dishwasher", "washing machine", "dryer", "fridge", "kettle", "toaster",
        "microwave",
        "coffee machine", "robot vacuum", "vacuum", "doorbell", "front door", "door lock", "alarm", "sprinkler",
        "pool pump", "printer", "computer", "router", "camera", "car", "car charger", "electric car", "hob",
        "rice cooker", "dehumidifier", "hoover", "lawn mower", "game console", "freezer", "tumble dryer", "gate",
        "hot tub", "baby monitor", "smoke detector", "iron", "electric blanket", "aquarium",
    ),
    "file": (
        "README.md", "main.py", "app.py", "config.yaml", "index.html", "notes.txt", "setup.py", "style.css", "utils.js",
        "report.pdf", "data.csv", "package.json", "src/server.go", "docs/intro.md", "Makefile", "tests/test_api.py",
        *_pairs("{1}.{0}", ("py", "ts", "css", "md", "json", "go")),
        *_pairs("{0}/{1}.js", ("src", "lib", "web", "src/pages", "test")),
        *_pairs("{0}/test_{1}.py", ("tests", "tests/unit")),
    ),
    "branch": (
        "main", "develop", "staging", "release", "hotfix", "feature/login", "feature/search", "bugfix/header",
        "feature/payments", "release/2.0", "experiment", "fix-typo", "new-ui", "refactor",
        *_pairs("{0}/{1}", ("feature", "bugfix", "hotfix", "release")),
        *_pairs("{0}-{1}", ("fix", "new", "old", "faster", "cleanup")),
        *_pairs("{0}-{1}", ("PROJ-12", "OPS-7", "WEB-340", "APP-95", "ISSUE-1208"), ("a", "b", "c", "d", "e")),
    ),
    "remote": ("origin", "upstream", "fork", "backup", "mirror", "staging", "team", "company"),
    "drink": (
        "cappuccino", "latte", "espresso", "americano", "flat white", "mocha", "macchiato", "decaf", "black coffee",
        "double espresso", "iced latte",
    ),
    "message": (
        "fix typo", "update docs", "add tests", "initial version", "remove dead code", "bump version", "clean up",
        "improve error messages", "rename variables", "fix login redirect", "handle empty input", "speed up search",
        "drop python 3.9", "wip on the parser", "half of the new layout", "Fix crash on startup", "Add retry logic",
        "Update the changelog", "Refactor the cache", "Revert last change", "Remove unused imports", "try another font",
        "Make the tests faster", "Support dark mode", "before the big merge", "Correct the date format",
        *_pairs("{0} {1}", ("fix", "update", "remove", "rename", "wip:", "speed up", "refactor")),
        *_pairs("{0} the {1}", ("Fix", "Rewrite", "Document", "Test", "Clean up", "Translate", "Simplify")),
        *_pairs("{0} {1} tests", ("Add", "Mend", "Split", "more")),
    ),
    "biller": (
        "rent", "electric company", "water company", "gas company", "internet", "phone", "electricity", "insurance",
        "landlord", "cable", "mortgage", "gym", "Verizon", "Comcast", "City Power", "Greenline Energy", "Nova Mobile",
        "car loan", "student loan", "daycare", "council tax", "Northside Water", "dentist",
    ),
    "merchant": (
        "Amazon", "Walmart", "Target", "Best Buy", "Starbucks", "Costco", "Shell", "Uber", "Netflix", "Home Depot",
        "Corner Deli", "Sunny Market", "Blue Fox Books", "Harbor Cafe", "Urban Shoes", "FreshMart", "GameHub",
    ),
    "place": (
        "Main Street", "downtown", "the airport", "Elm Avenue", "Riverside", "Oakwood", "5th Avenue", "Market Square",
        "the train station", "Greenfield", "Harbor Road", "Maple Drive", "Sunset Mall", "Chicago", "Boston", "Brooklyn",
        "West End", "Lakeview", "Queen Street", "the university",
    ),
    "food": ("pizza", "pasta", "salad", "soup", "burger", "sushi", "curry", "tacos", "sandwich", "noodles"),
}  # fmt: skip

_MEANINGS: tuple[tuple[str, str], ...] = (
    (r"\b(room|house place|place in the house|location in the house)\b", "room"),
    (r"\bcolou?rs?\b", "colour"),
    (r"\b(time ?of ?day|part of the day)\b", "time of day"),
    (r"\b(frequency|how often)\b", "frequency"),
    (r"\b(change amount|how much to change)\b", "change"),
    (r"\b(date|day|weekday)\b", "date"),
    (r"\b(time|hour|when to)\b|^when\b", "clock"),
    (r"\b(payee|biller|bill to pay)\b", "biller"),
    (r"\b(merchant|store|shop|vendor|retailer)\b", "merchant"),
    (r"\b(location|address|neighbou?rhood|area)\b", "place"),
    (r"\b(recipient|author|assignee|person|contact|beneficiary|first name|customer name|guest|sender)\b", "person"),
    (r"\b(city|destination|town)\b", "city"),
    (r"\b(country)\b", "country"),
    (r"\b(language)\b", "language"),
    (r"\b(branch|ref)\b", "branch"),
    (r"\bremote\b", "remote"),
    (r"\b(file|filename|path)\b", "file"),
    (r"\b(coffee type|type of coffee to|drink|beverage)\b", "drink"),
    (r"\b(commit message|(message|label) for (the|a) (commit|stash|tag))\b", "message"),
    (r"\b(food|dish|meal)\b", "food"),
)

_SHAPES = (
    (re.compile(r"[\w./-]*\w\.[a-z]{1,5}"), "file"),
    (re.compile(r"[a-z0-9]+(?:[/-][a-z0-9.]+)+"), "branch"),
)


def lexicon_for(name: str, description: str, examples: Sequence[str] = ()) -> tuple[str, ...]:
    """Words for a free-text parameter, chosen by its name, its description or the shape of examples; else none.

    A description says first what the parameter is, so of several meanings the one named first counts.
    """
    for text in (name.replace("_", " ").lower(), description.lower()):
        found = [(match.start(), meaning) for pattern, meaning in _MEANINGS if (match := re.search(pattern, text))]
        if found:
            return LEXICONS[min(found, key=lambda place: place[0])[1]]
    for shape, meaning in _SHAPES:
        if examples and all(shape.fullmatch(example) for example in examples):
            return LEXICONS[meaning]
    return ()
