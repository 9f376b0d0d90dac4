"""How to reach somebody: e-mail addresses, telephone numbers and postal addresses that nobody has.

Domains are those reserved for examples (RFC 2606); telephone numbers mostly lie in the ranges kept for fiction.
"""

import unicodedata
from random import Random
from typing import Any

from distil_dagster.teachers.recombination.redaction.lists import phrases, words
from distil_dagster.teachers.recombination.redaction.values.digits import digits, shaped, spelled
from distil_dagster.teachers.recombination.redaction.values.names import Person

_DOMAINS = words(
    "example.com example.com example.com example.org example.org example.net mail.example mailbox.example "
    "post.example webmail.example inbox.test mymail.test home.example fastpost.example mail.test uni.example"
)
_ROLES = words(
    "billing accounts referrals intake records scheduling pharmacy appeals claims support info frontdesk "
    "priorauth refunds results privacy labs admissions nurse-line enrollment helpdesk payments reception "
    "membership imaging"
)
_ORGANISATIONS = words(
    "lakeside maple hillcrest oakfield riverbend stmarks northgate brightcare cedarway harbor bluewater "
    "eastmoor fairview greenhill kingsway meadow pinecrest redwood silverlake sunrise valley westbrook willow "
    "summit unity prairie"
)
_SECTORS = words("clinic health dental medical hospital care rx plan eye ortho peds imaging labs surgery familycare")
_TOP = words("example example example test")
_AREA_CODES = words(
    "201 202 206 212 213 214 215 216 303 305 312 313 314 316 402 404 406 408 412 415 416 425 480 503 504 505 "
    "512 520 602 604 608 612 614 615 617 619 702 704 713 717 718 720 727 734 757 770 773 801 804 808 812 813 "
    "816 818 901 904 907 913 919 941 951 971"
)
_CITIES = phrases(
    "Akron, OH 443##; Albany, NY 122##; Amarillo, TX 791##; Ann Arbor, MI 481##; Augusta, ME 043##; Austin, TX "
    "787##; Baton Rouge, LA 708##; Bend, OR 977##; Billings, MT 591##; Boise, ID 837##; Boulder, CO 803##; "
    "Bozeman, MT 597##; Buffalo, NY 142##; Cedar Rapids, IA 524##; Charleston, SC 294##; Chattanooga, TN 374##; "
    "Columbus, OH 432##; Dayton, OH 454##; Des Moines, IA 503##; Duluth, MN 558##; El Paso, TX 799##; Erie, PA "
    "165##; Eugene, OR 974##; Fargo, ND 581##; Flagstaff, AZ 860##; Fort Wayne, IN 468##; Gainesville, FL "
    "326##; Grand Rapids, MI 495##; Green Bay, WI 543##; Hartford, CT 061##; Honolulu, HI 968##; Houston, TX "
    "770##; Jackson, MS 392##; Juneau, AK 998##; Knoxville, TN 379##; Lafayette, LA 705##; Las Cruces, NM "
    "880##; Lexington, KY 405##; Lincoln, NE 685##; Little Rock, AR 722##; Macon, GA 312##; Madison, WI 537##; "
    "Mobile, AL 366##; Nashua, NH 030##; Norfolk, VA 235##; Omaha, NE 681##; Peoria, IL 616##; Portland, OR "
    "972##; Provo, UT 846##; Raleigh, NC 276##; Reno, NV 895##; Richmond, VA 232##; Roanoke, VA 240##; "
    "Rochester, NY 146##; Salem, OR 973##; Santa Fe, NM 875##; Savannah, GA 314##; Scranton, PA 185##; Spokane, "
    "WA 992##; Springfield, MA 011##; St. Louis, MO 631##; Syracuse, NY 132##; Tacoma, WA 984##; Toledo, OH "
    "436##; Topeka, KS 666##; Tucson, AZ 857##; Waco, TX 767##; Wichita, KS 672##; Wilmington, DE 198##"
)
_BRITISH = phrases(
    "Leeds LS# #; Bristol BS# #; Cardiff CF## #; Glasgow G## #; Norwich NR# #; York YO## #; Sheffield S## #; "
    "Derby DE## #; Plymouth PL# #; Belfast BT# #; Exeter EX# #; Nottingham NG# #; Swansea SA# #; Leicester LE# "
    "#; Bath BA# #; London SE## #; London N# #; Manchester M## #; Oxford OX# #; Dundee DD# #; Hull HU# #; "
    "Reading RG# #; Luton LU# #; Preston PR# #"
)
_COUNTIES = words("Kent Devon Surrey Norfolk Essex Cumbria Fife Gwynedd Dorset")
_ABROAD = phrases(
    "Hauptstraße {n}, 5#### Köln; Lindenweg {n}, 8#### München; {n} rue des Lilas, 690## Lyon; {n} avenue Foch, "
    "310## Toulouse; Via Garibaldi {n}, 401## Bologna; Calle Mayor {n}, 280## Madrid; Kerkstraat {n}, 10## GB "
    "Amsterdam; {n} Banff Road, Calgary, AB T2P 1K#; {n} King Street West, Toronto, ON M5V 2T#; {n} Wattle "
    "Street, Fremantle WA 61##; {n} Smith Street, Fitzroy VIC 30##; {n} Dominion Road, Auckland 10##; {n} "
    "Patrick Street, Cork; {n} Grafton Street, Dublin 2, Ireland; {n} rue Sainte-Anne, Québec, QC G1R 2A#; "
    "Storgata {n}, 01## Oslo, Norway; Nørregade {n}, 80## Aarhus, Denmark; Bahnhofstrasse {n}, 800# Zürich, "
    "Switzerland; {n} MG Road, Pune 4110##; {n} Calle Luna, San Juan, PR 009##"
)
_SUFFIXES = words(
    "Street St Avenue Ave Road Rd Lane Ln Drive Dr Court Ct Boulevard Blvd Way Place Terrace Circle Trail "
    "Parkway Loop Pike"
)
_TREES = words(
    "Maple Oak Cedar Birch Walnut Willow Chestnut Magnolia Hickory Elm Pine Spruce Main Church Mill Park Lake River "
    "Hill Sunset Prospect Highland Meadow Harbor Orchard Garden Jackson Lincoln Madison Franklin Delaware Peachtree"
)
_STREET_NAMES = _TREES + phrases(
    "Old Post; Fox Run; Martin Luther King; Cherry Blossom; Stone Bridge; Quail Hollow; County Line; Bayview; "
    "San Pedro; El Camino; Blue Heron; Rose Garden; Kings Canyon; North 5th; SW 42nd; "
    "East 116th; W 9th; Ridge; Wren; Larkspur; "
    "Lombard; Canterbury"
)
_BRITISH_WAYS = words("Road Street Lane Close Avenue Gardens Crescent Grove Terrace Drive Row Mews View Rise Court")
_UNITS = ("Apt {}", "Apt. {}", "Apartment {}", "Unit {}", "#{}", "Suite {}", "Ste {}", "Lot {}", "Floor {}")

_NOT_DECOMPOSED = str.maketrans("øłßđ\u0131\u0259æ", "olsdiaa")


class Contacts:
    """Draws e-mail addresses, telephone numbers and postal addresses."""

    def __init__(self, random: Random) -> None:
        from faker import Faker

        self._random = random
        providers = ["faker.providers.address", "faker.providers.person"]
        self._faker: Any = Faker("en_US", providers=providers, use_weighting=False)
        self._faker.seed_instance(random.getrandbits(32))

    def email(self, person: Person) -> str:
        """A mailbox named after a person."""
        random = self._random
        given, family = _ascii(person.given), _ascii(person.family)
        number = random.choice(["", "", "", digits(random, 2), str(random.randint(1950, 2007)), digits(random, 1)])
        dot = random.choice([".", ".", "_", "-", ""])
        local = random.choice(
            [
                f"{given}{dot}{family}{number}",
                f"{given}{dot}{family}",
                f"{given[0]}{dot}{family}{number}",
                f"{given}{dot}{family[0]}{number}",
                f"{family}{dot}{given}",
                f"{given}{number or digits(random, 3)}",
                f"{given[0]}{family}+{random.choice(['health', 'clinic', 'rx', 'kids'])}",
            ]
        )
        if random.random() < 0.06:
            local = ".".join(part.capitalize() for part in local.split("."))
        return f"{local}@{self._domain()}"

    def role_email(self) -> str:
        """The mailbox of an office."""
        random = self._random
        organisation, sector = random.choice(_ORGANISATIONS), random.choice(_SECTORS)
        host = random.choice([f"{organisation}{sector}", f"{organisation}-{sector}", f"{organisation}.{sector}"])
        return f"{random.choice(_ROLES)}@{host}.{random.choice(_TOP)}"

    def _domain(self) -> str:
        random = self._random
        if random.random() < 0.7:
            return random.choice(_DOMAINS)
        return f"{_ascii(self._faker.last_name())}.{random.choice(['example', 'test', 'example'])}"

    def phone(self) -> str:
        """A telephone number in digits, without an extension."""
        random = self._random
        if random.random() < 0.28:
            pattern = random.choice(
                phrases(
                    "020 7946 0###; 0113 496 0###; 0117 496 0###; 0161 496 0###; 0191 498 0###; 029 2018 0###; "
                    "028 9649 6###; 07700 900###; 07700 900 ###; +44 7700 900###; +44 20 7946 0###; +44 (0)161 "
                    "496 0###; 0808 157 0###; 03069 990###; 01632 960###; +353 20 915 ####; +49 30 23125 ###; "
                    "+33 1 99 00 ## ##; +61 2 5550 ####; (02) 5550 ####; 0491 570 ###; +64 9 555 0###; +31 6 "
                    "5550 ####; +52 55 5550 ####; +91 98#55 5####; 1300 975 7##; +1-###-555-01##"
                )
            )
            return shaped(random, pattern)
        area, exchange, line = random.choice(_AREA_CODES), "555", f"01{digits(random, 2)}"
        if random.random() < 0.25:
            exchange, line = f"{random.randint(2, 9)}{digits(random, 2)}", digits(random, 4)
        if random.random() < 0.15:
            area = random.choice(["800", "888", "877", "866", "844"])
        return random.choice(
            [
                f"({area}) {exchange}-{line}",
                f"({area}) {exchange}-{line}",
                f"{area}-{exchange}-{line}",
                f"{area}-{exchange}-{line}",
                f"{area}-{exchange}-{line}",
                f"{area}.{exchange}.{line}",
                f"{area} {exchange} {line}",
                f"{area}{exchange}{line}",
                f"+1 {area} {exchange} {line}",
                f"+1 ({area}) {exchange}-{line}",
                f"+1-{area}-{exchange}-{line}",
                f"1-{area}-{exchange}-{line}",
                f"({area}){exchange}-{line}",
                f"{area}/{exchange}-{line}",
                f"{exchange}-{line}",
                f"{exchange}-{line}",
            ]
        )

    def extended_phone(self) -> str:
        """A telephone number with an extension."""
        random = self._random
        number = str(random.randint(10, 9999))
        tail = random.choice(["ext. {}", "ext {}", "x{}", "extension {}", "Ext. {}", "ext. {}"])
        return f"{self.phone()} {tail.format(number)}"

    def spoken_phone(self) -> str:
        """A telephone number in words, as it is said."""
        random = self._random
        zero = random.choice(["oh", "zero"])
        comma = random.choice([", ", ", ", " "])
        groups = [random.choice(_AREA_CODES), "555", f"01{digits(random, 2)}"]
        if random.random() < 0.25:
            groups = groups[1:]
        return comma.join(spelled(group, zero) for group in groups)

    def postcode(self) -> str:
        """A postcode alone."""
        if self._random.random() < 0.75:
            code = shaped(self._random, self._random.choice(_CITIES)).split()[-1]
            return code if self._random.random() < 0.85 else f"{code}-{digits(self._random, 4)}"
        return " ".join(self._british_place().split()[-2:])

    def address(self) -> str:
        """A postal address on one line, from the number to the last part given."""
        random, kind = self._random, self._random.random()
        if kind < 0.24:
            return self._british()
        if kind < 0.31:
            return shaped(random, random.choice(_ABROAD).replace("{n}", str(random.randint(1, 240))))
        if kind < 0.37:
            return f"{random.choice(['PO Box', 'P.O. Box', 'PO BOX'])} {random.randint(11, 9899)}, {self._place()}"
        return f"{self._street()}{self._tail()}"

    def address_lines(self) -> str:
        """A postal address over two lines."""
        random = self._random
        if random.random() < 0.25:
            house = f"{random.randint(1, 180)} {self._way()}"
            return f"{house}\n{self._british_place()}"
        if random.random() < 0.2:
            return f"PO Box {random.randint(11, 9899)}\n{self._place()}"
        unit = f", {self._unit()}" if random.random() < 0.25 else ""
        return f"{self._street()}{unit}\n{self._place()}"

    def _tail(self) -> str:
        random, kind = self._random, self._random.random()
        unit = f"{random.choice([', ', ', ', ' '])}{self._unit()}" if random.random() < 0.35 else ""
        place = self._place()
        city, _, rest = place.partition(", ")
        state = rest.split()[0]
        if kind < 0.6:
            tail = f", {place}"
        elif kind < 0.7:
            tail = f", {city}, {state}"
        elif kind < 0.8:
            tail = f", {city}"
        elif kind < 0.85:
            tail = f", {city} {rest}"
        elif kind < 0.9:
            tail = f", {place}-{digits(random, 4)}"
        else:
            tail = ""
        return f"{unit}{tail}"

    def _street(self) -> str:
        random = self._random
        number = str(random.choice([random.randint(1, 99), random.randint(100, 999), random.randint(1000, 12999)]))
        if random.random() < 0.05:
            number += random.choice("AB")
        if random.random() < 0.4:
            return f"{number} {self._faker.last_name()} {random.choice(_SUFFIXES)}"
        direction = random.choice(["", "", "", "N ", "S ", "E ", "W ", "North ", "West "])
        name = random.choice(_STREET_NAMES)
        if name.split()[0] in ("North", "SW", "East", "W", "Old"):
            direction = ""
        return f"{number} {direction}{name} {random.choice(_SUFFIXES)}"

    def _unit(self) -> str:
        random = self._random
        name = random.choice(
            [
                str(random.randint(1, 40)),
                f"{random.randint(1, 30)}{random.choice('ABCDE')}",
                "B",
                str(random.randint(101, 930)),
            ]
        )
        return random.choice(_UNITS).format(name)

    def _place(self) -> str:
        return shaped(self._random, self._random.choice(_CITIES))

    def _way(self) -> str:
        random = self._random
        stem = random.choice(_TREES) if random.random() < 0.5 else self._faker.last_name()
        return f"{stem} {random.choice(_BRITISH_WAYS)}"

    def _british(self) -> str:
        random = self._random
        kind_of_flat, letter = random.choice(["Flat", "Flat", "Apartment", "Unit"]), random.choice(["", "", "a", "B"])
        flat = f"{kind_of_flat} {random.randint(1, 30)}{letter}, "
        start = f"{flat if random.random() < 0.3 else ''}{random.randint(1, 210)} {self._way()}"
        place, kind = self._british_place(), random.random()
        city = place.rsplit(" ", 2)[0]
        if kind < 0.5:
            return f"{start}, {place}"
        if kind < 0.65:
            return f"{start}, {city}, {' '.join(place.split()[-2:])}"
        if kind < 0.75:
            return f"{start}, {city}, {random.choice(_COUNTIES)}"
        return f"{start}, {city}"

    def _british_place(self) -> str:
        random = self._random
        letters = "".join(random.choice("ABDEFGHJLNPQRSTUWXYZ") for _ in range(2))
        return shaped(random, random.choice(_BRITISH)) + letters


def _ascii(text: str) -> str:
    """A name as it stands in a mailbox: lower-case letters only."""
    replaced = text.lower().translate(_NOT_DECOMPOSED)
    decomposed = unicodedata.normalize("NFKD", replaced)
    return "".join(letter for letter in decomposed if letter.isascii() and letter.isalpha()) or "mail"
