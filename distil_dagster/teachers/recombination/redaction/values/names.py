"""Names of people from many countries, by Faker and from short lists where Faker has none in Latin letters."""

from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any

from distil_dagster.teachers.recombination.redaction.lists import words

LOCALES = words(
    "en_US en_US en_US en_GB en_GB en_IE en_NZ en_IN en_IN en_NG yo_NG ha_NG ig_NG tw_GH zu_ZA en_KE sw es_MX "
    "es_MX es_ES es_CO pt_BR pt_PT fr_FR fr_CA de_DE it_IT pl_PL nl_NL sv_SE da_DK no_NO fi_FI tr_TR cs_CZ "
    "ro_RO hu_HU hr_HR vi_VN id_ID et_EE ga_IE lt_LT sk_SK uz_UZ en_PK"
)
_WITHOUT_LATIN_LETTERS = (
    (
        "Wei Jun Hao Zhiyuan Bo Cheng Kai-Wen Guowei",
        "Mei-Hua Xiaoling Yan Jing Lihua Shu-Fen Yuxin",
        "Chen Lin Zhao Wu Huang Xu Tseng Luo Gao",
    ),
    (
        "Min-jun Ji-hoon Sung-ho Dong-hyun Tae-yang",
        "Soo-jin Eun-ji Hye-won Ji-min Yuna",
        "Kim Park Choi Jeong Kang Yoon Shin Bae",
    ),
    (
        "Kenji Takumi Haruto Daichi Shigeru",
        "Yuki Akiko Naomi Sayuri Keiko",
        "Yamada Kobayashi Matsuda Ishikawa Fujimoto Ueda",
    ),
    (
        "Omar Khalid Tariq Samir Bilal Walid",
        "Layla Samira Rania Nour Hanan",
        "Haddad Al-Masri Mansour Khoury Nasser El-Amin Saleh",
    ),
    ("Arman Davoud Farhad Kourosh", "Shirin Parisa Azadeh Mahsa", "Hosseini Karimi Rostami Farahani Moradi"),
    (
        "Tomasi Sione Manaia Fetu Kalani",
        "Mele Lagi Sina Moana Noelani",
        "Tuilagi Faleolo Mahoe Kealoha Vainikolo Tupou",
    ),
    ("Dakota Elan Kele Chaska", "Aiyana Winona Nizhoni Kaya", "Yazzie Tsosie Nez Whitehorse Cloud Benally"),
    ("Dawit Tesfaye Yonas Abel", "Selam Hiwot Meron Tigist", "Bekele Tadesse Haile Abebe Mengistu"),
    ("Ivan Dmytro Oleksandr Sergei", "Oksana Iryna Natalia Svetlana", "Kovalenko Shevchenko Bondar Ivanov Melnyk"),
    ("Ari Menachem Yosef Noam", "Rivka Shoshana Tova Yael", "Goldfarb Rosenbaum Katz Ben-David Levy"),
    (
        "Deshawn Malik Terrell Jamal Tyrone",
        "Latoya Keisha Tanisha Ebony Monique",
        "Washington Booker Jefferson Gaines Tubman",
    ),
    ("Theo Giannis Nikos Stavros", "Eleni Despina Kalliope Ioanna", "Stavropoulos Mavridis Georgiou Katsaros"),
)
_NICKNAMES = words(
    "Bobby Liz Bill Jimmy Kate Maggie Tommy Beth Charlie Gus Nan Pip Teddy Dot Manny Lupe Chuy Ollie Sunny Bea "
    "Fran Abe Lou Mimi Coco Zee Jojo Kiki Tito Nana-Yaw Babs Mick Gerry Tina Vicky"
)

_OTHER_MEANINGS = frozenset(
    words("MD RN NP PA DO PT ED IV OR ER OK BP HR CT MR DR OT ID US UK IM SC CC TV PC AM PM NO")
)


@dataclass(frozen=True)
class Person:
    """One person and the ways to write the name; `sex` is m or f."""

    sex: str
    given: str
    family: str
    middle: str | None
    middle_initial: str
    nickname: str
    abbreviates: bool = False
    """Whether the full name has only the letter of the given name."""

    @cached_property
    def full(self) -> str:
        """Given names, then family name."""
        given = f"{self.given[0]}." if self.abbreviates else self.given
        return " ".join(filter(None, (given, self.middle, self.family)))

    @property
    def reversed(self) -> str:
        """The name as registers have it, family name and comma first."""
        return f"{self.family}, {' '.join(filter(None, (self.given, self.middle)))}"

    @property
    def with_initial(self) -> str:
        """With the letter of a middle name."""
        return f"{self.given} {self.middle_initial}. {self.family}"

    @property
    def initials(self) -> str:
        """Two capitals, as staff sign."""
        letters = f"{self.given[0]}{self.family.split()[-1][0]}".upper()
        return letters if letters not in _OTHER_MEANINGS else f"{letters[0]}{self.middle_initial}{letters[1]}"


class Names:
    """Draws people; equal states of the random generator give equal ones."""

    def __init__(self, random: Random) -> None:
        from faker import Faker

        self._random = random
        self._fakers: list[Any] = []
        by_locale: dict[str, Any] = {}
        for locale in LOCALES:
            if locale not in by_locale:
                by_locale[locale] = Faker(locale, providers=["faker.providers.person"], use_weighting=False)
                by_locale[locale].seed_instance(random.getrandbits(32))
            self._fakers.append(by_locale[locale])

    def person(self, sex: str) -> Person:
        """Somebody; one of seven has a middle name or a second family name."""
        random = self._random
        given, family, other = self._parts(sex)
        middle = None
        kind = random.random()
        if kind < 0.06:
            middle = other
        elif kind < 0.09:
            family = f"{family}-{self._parts(sex)[1]}" if "-" not in family and " " not in family else family
        return Person(
            sex,
            given,
            family,
            middle,
            random.choice("ABCDEGHJKLMNPRSTW"),
            random.choice(_NICKNAMES),
            0.09 < kind < 0.11,
        )

    def _parts(self, sex: str) -> tuple[str, str, str]:
        """A given name, a family name and another given name of the same country."""
        random = self._random
        if random.random() < 0.2:
            men, women, families = (names.split() for names in random.choice(_WITHOUT_LATIN_LETTERS))
            first, second = random.sample(men if sex == "m" else women, 2)
            return first, random.choice(families), second
        faker = random.choice(self._fakers)
        draw = faker.first_name_male if sex == "m" else faker.first_name_female
        family_of = faker.last_name_male if sex == "m" else faker.last_name_female
        return draw(), family_of(), draw()
