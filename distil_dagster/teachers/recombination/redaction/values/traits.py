"""What describes a patient: age, gender, race and marital status, in the words of records and of talk."""

from dataclasses import dataclass
from random import Random

from distil_dagster.teachers.recombination.redaction.lists import phrases, words

RACES = phrases(
    "Black; White; Hispanic; Asian; Latino; Latina; Latinx; Caucasian; African-American; Filipino; Filipina; "
    "Samoan; Punjabi; Somali; Korean; Vietnamese; Hmong; Navajo; Cherokee; Māori; Inuit; Roma; Kurdish; Tamil; "
    "Bengali; Chinese; Japanese; Lakota; Yoruba; Chamorro; Tongan; Arab; Persian; Armenian; Cambodian; Ojibwe; "
    "Gujarati; Igbo; Métis; African American; Black African; Black Caribbean; South Asian; East Asian; "
    "Southeast Asian; Native American; American Indian; Alaska Native; Pacific Islander; Native Hawaiian; "
    "Middle Eastern; Ashkenazi Jewish; Afro-Caribbean; Puerto Rican; White British; White Irish; British Asian; "
    "Mixed race; biracial; multiracial; First Nations; Han Chinese; Sephardic Jewish; Aboriginal; North "
    "African; West African; Afro-Latina; Asian American; Non-Hispanic White"
)
FORM_RACES = (
    "Black or African American",
    "White",
    "Asian",
    "American Indian or Alaska Native",
    "Native Hawaiian or Other Pacific Islander",
    "Hispanic or Latino",
    "Two or more races",
    "White (non-Hispanic)",
    "Black/African American",
    "Asian Indian",
    "Hispanic/Latina",
)
_COMMON_RACES = (
    "Black",
    "White",
    "Hispanic",
    "Asian",
    "African American",
    "Caucasian",
    "Latina",
    "South Asian",
    "Native American",
)
_FOR_MEN = frozenset({"Latino", "Filipino"})
_FOR_WOMEN = frozenset({"Latina", "Filipina", "Afro-Latina"})
STATUSES = ("single", "married", "divorced", "widowed", "separated", "married", "divorced")
PREDICATED = (*STATUSES, "single", "never married", "engaged", "widowed")
_FORM_STATUSES = (
    "single",
    "married",
    "divorced",
    "widowed",
    "separated",
    "never married",
    "domestic partnership",
    "engaged",
    "civil partnership",
)
_TENS = dict(zip(range(20, 100, 10), words("twenty thirty forty fifty sixty seventy eighty ninety"), strict=True))
_SMALL = words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)


@dataclass(frozen=True)
class Age:
    """A number of years, months, weeks or days."""

    number: int
    unit: str = "year"

    @property
    def is_child(self) -> bool:
        """Whether one speaks of a boy or a girl."""
        return self.unit != "year" or self.number < 15

    def before_noun(self, random: Random) -> str:
        """As it stands before "man": `61-year-old`."""
        number, unit = self.number, self.unit
        if unit != "year":
            return random.choice(
                [f"{number}-{unit}-old", f"{number}-{unit}-old", f"{number} {unit} old", self._short()]
            )
        if random.random() < 0.04:
            return f"{self.in_words()}-year-old"
        return random.choice(
            [f"{number}-year-old"] * 5
            + [f"{number} year old"] * 2
            + [f"{number} y/o", f"{number}yo", f"{number} yo", f"{number}-yr-old"]
        )

    def after_noun(self, random: Random) -> str:
        """As it stands after "is": `61` or `61 years old`."""
        number, unit = self.number, self.unit
        if unit != "year":
            return f"{number} {unit}s old"
        return random.choice([str(number)] * 3 + [f"{number} years old"] * 3 + [f"{number} y/o", self.in_words()])

    def terse(self, random: Random) -> str:
        """As abbreviated in notes: `72 y/o`, `29yo`."""
        number = self.number
        if self.unit != "year":
            return self._short()
        return random.choice(
            [
                f"{number} y/o",
                f"{number}yo",
                f"{number} yo",
                f"{number}y",
                f"{number} y.o.",
                f"{number}-yo",
                f"{number} yr old",
                f"{number}YO",
            ]
        )

    def in_field(self, random: Random) -> str:
        """As it stands in a form after "Age:"."""
        if self.unit != "year":
            return random.choice([f"{self.number} {self.unit}s", f"{self.number} {self.unit}s", self._short()])
        return random.choice(
            [str(self.number)] * 5
            + [f"{self.number} years", f"{self.number} yrs", f"{self.number}y", f"{self.number} y"]
        )

    def by_decade(self, random: Random) -> str:
        """Roughly: `mid-50s`, `late forties`."""
        tens = max(20, self.number // 10 * 10)
        part = ("early", "mid", "late")[min(self.number % 10 // 3, 2)]
        joint = "-" if part == "mid" else random.choice([" ", " ", "-"])
        plural = f"{_TENS[tens][:-1]}ies" if random.random() < 0.4 else f"{tens}s"
        return f"{part}{joint}{plural}" if random.random() < 0.85 else plural

    def in_words(self) -> str:
        """The number as words."""
        if self.number < 20:
            return _SMALL[self.number]
        tens, ones = self.number // 10 * 10, self.number % 10
        return f"{_TENS[tens]}-{_SMALL[ones]}" if ones else _TENS[tens]

    def _short(self) -> str:
        letters = {"year": "yo", "month": "mo", "week": "wk", "day": "day"}[self.unit]
        return f"{self.number} {letters} old"


def draw_age(random: Random) -> Age:
    """An age; one of seven patients is a child."""
    kind = random.random()
    if kind < 0.05:
        unit, most = random.choice([("month", 23), ("month", 18), ("week", 11), ("day", 12)])
        return Age(random.randint(2, most), unit)
    if kind < 0.15:
        return Age(random.randint(2, 14))
    return Age(random.choice([random.randint(18, 45), random.randint(30, 70), random.randint(55, 95)]))


def race(random: Random, sex: str) -> str:
    """A word for a people that fits the sex."""
    unfit = _FOR_WOMEN if sex == "m" else _FOR_MEN
    chosen = random.choice(_COMMON_RACES if random.random() < 0.35 else RACES)
    return chosen if chosen not in unfit else "Hispanic"


def gender_noun(random: Random, sex: str, *, is_child: bool) -> str:
    """As in "a 61-year-old woman"."""
    if is_child:
        return random.choice({"m": ["boy", "boy", "male"], "f": ["girl", "girl", "female"]}[sex])
    if random.random() < 0.05:
        return {"m": "transgender man", "f": "transgender woman"}[sex]
    return random.choice(
        {"m": ["man", "man", "man", "male", "gentleman"], "f": ["woman", "woman", "woman", "female", "lady"]}[sex]
    )


def gender_word(random: Random, sex: str) -> str:
    """As it stands after "Sex:"."""
    if sex == "n":
        return random.choice(["nonbinary", "non-binary", "Nonbinary", "genderfluid", "Non-binary"])
    word, letter = {"m": ("male", "M"), "f": ("female", "F")}[sex]
    if random.random() < 0.04:
        return {"m": "transgender male", "f": "transgender female"}[sex]
    return random.choice([word, word, word.capitalize(), word.capitalize(), letter, letter, word.upper()])


def form_race(random: Random, sex: str) -> str:
    """As it stands after "Race:"."""
    return random.choice(FORM_RACES) if random.random() < 0.35 else race(random, sex)


def identity(random: Random) -> str:
    """As it stands after "identifies as"."""
    return random.choice(
        [
            "nonbinary",
            "non-binary",
            "genderqueer",
            "agender",
            "genderfluid",
            "transgender man",
            "transgender woman",
            "trans man",
            "male",
            "female",
        ]
    )


def form_status(random: Random) -> str:
    """As it stands after "Marital status:"."""
    chosen = random.choice(_FORM_STATUSES)
    return random.choice([chosen, chosen, chosen.capitalize()])
