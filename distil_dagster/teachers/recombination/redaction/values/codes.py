"""Numbers and codes that stand for a person, a case, a device, a card or an account."""

import re
from random import Random
from typing import Any

from distil_dagster.teachers.recombination.redaction.lists import phrases, words
from distil_dagster.teachers.recombination.redaction.values.digits import digits, shaped, spelled

PATTERNS: dict[str, tuple[str, ...]] = {
    "mrn": phrases(
        "########; #######; ######; 00######; @######; @@-######; MR######; M-#######; ##-##-##; @@#####; "
        "H########; ###-###"
    ),
    "member": phrases(
        "@@@#########; @@@#######; @#########; ########-01; #########; @@########; #########@; @@@ ### ####; "
        "1@@4-@@5-@@73; XYZ########"
    ),
    "group": phrases("######; #####-##; @@####; ########; G-#####; @#####"),
    "policy": phrases("POL-#######; @@-######-@; ########; P########; HP/######"),
    "account": phrases("#########; ####-######; ACC-######; A#######; ##-#######; ######"),
    "claim": phrases(
        "CLM-#####; CLM########; #############; C-##-#####; @@-####-##; 20##-######; CL/######; ##########; @#######-##"
    ),
    "auth": phrases("PA########; PA-######; AUTH-######; A########; ########; RF-#####; PA-20##-####"),
    "invoice": phrases("INV-######; INV######; ######; 20##/####; I-#####; B######-#; STMT-######; IN-##-####"),
    "order": phrases("ORD-#####; WO-#####; SO######; #######; DME-#####; PO-####-##; O######; #####-@"),
    "rx": phrases("#######; RX-#######; RX#######; ######-##; #######-####; C#######; ########"),
    "specimen": phrases("S##-#####; SP-######; @##-####; ##-######-@; LAB######; B##########; 26-#####; CYT-##-####"),
    "passport": phrases("#########; @########; @@#######; @@ ######"),
    "licence": phrases("@#######; @@######; D###-####-####; RN-######; @@-######-@; ########; @### #### ####"),
    "badge": phrases("#####; B-####; @@####; ####; E#####"),
    "provider": phrases("1#########; 1#########; @@#######; @#####"),
    "serial": phrases(
        "SN-########; @@#-#######; @######; @@######@; ##@####-##; ####-####-##; @@@######; DX#########; PM-####-@"
    ),
    "subject": phrases("###-####; S-####; ##-###-##; @@@-###; 0#-0##; P####; @@####-##"),
    "ticket": phrases("#######; TKT-#####; INC#######; CS-####; #######-#; @@-#####; HD-####"),
    "booking": phrases("@#@-##@; @@@###; #@#@#@; CS-#@#@; @##@@#; BK-#####; @@-##-@@"),
    "file": phrases("@@@/####; ####/##; F-#####; @@-####; ##/####-@"),
    "payment": phrases("TXN########; pi_########; T-#######; ##########; PAY-######; R########"),
    "nhs": phrases("### ### ####; ### ### ####; ##########; ###-###-####"),
    "medicare": phrases("1@@4-@@5-@@73; #@@#-@@#-@@##; #@@#@@#@@##; #### ##### #"),
    "cvv": phrases("###; ###; ####"),
    "visit": phrases("V########; E-######; ENC-#######; ########; VN######"),
    "dea": phrases("@@#######"),
    "plate": phrases("@@@-####; #@@@###; @@## @@@"),
}
"""Shapes of the codes, by what they stand for: `#` is a digit, `@` a letter."""
_IBAN_LOCALES = words(
    "de_DE de_DE en_GB en_GB fr_FR fr_FR nl_NL nl_NL es_ES it_IT pl_PL fi_FI no_NO da_DK de_AT de_CH en_IE pt_PT"
)


def code(random: Random, kind: str) -> str:
    """A number or code of a kind in `PATTERNS`."""
    return shaped(random, random.choice(PATTERNS[kind]))


def like(random: Random, value: str) -> str:
    """A code of the same shape: digits for digits, capitals for capitals; a short prefix is kept now and then."""
    keep = re.match(r"[A-Za-z]{2,4}(?=[-/_ ]|\d)", value)
    start = keep.end() if keep and random.random() < 0.5 else 0
    changed = (
        random.choice("0123456789")
        if letter.isdigit()
        else random.choice("ABCDEFGHJKLMNPRSTUVWXYZ")
        if letter.isupper() and letter.isascii()
        else letter
        for letter in value[start:]
    )
    return value[:start] + "".join(changed)


def user_name(random: Random, mailbox: str) -> str:
    """A name to log in with, made of that in an e-mail address."""
    name = re.sub(r"[.+-]", random.choice(["", "_", "."]), mailbox.partition("@")[0].lower())
    return (
        name
        if random.random() < 0.3
        else f"{name}{random.choice(['', '_'])}{digits(random, random.choice([1, 2, 2, 4]))}"
    )


def uuid(random: Random) -> str:
    """A random UUID (RFC 9562, version 4), now and then in capitals."""
    text = f"{random.getrandbits(128):032x}"
    text = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{random.choice('89ab')}{text[17:20]}-{text[20:]}"
    return text.upper() if random.random() < 0.15 else text


def ssn(random: Random) -> str:
    """A social security number from the ranges that are never issued (areas 000, 666 and 900 to 999)."""
    area = random.choice(["000", "666", f"9{digits(random, 2)}", f"9{digits(random, 2)}"])
    group, serial = f"{random.randint(1, 99):02d}", f"{random.randint(1, 9999):04d}"
    separator = random.choice(["-", "-", "-", "-", "-", "-", " ", " ", ""])
    return separator.join((area, group, serial))


def masked_ssn(random: Random) -> str:
    """A social security number of which only the end can be read."""
    mask = random.choice(["xxx-xx-", "XXX-XX-", "***-**-", "xxx-xx-", "###-##-", "XXX XX ", "•••-••-"])
    return f"{mask}{digits(random, 4)}"


def spoken_ssn(random: Random) -> str:
    """A social security number in words."""
    zero = random.choice(["oh", "zero"])
    groups = f"9{digits(random, 2)}", f"{random.randint(11, 99)}", digits(random, 4)
    return random.choice([", ", ", ", " "]).join(spelled(group, zero) for group in groups)


def card(random: Random) -> str:
    """A payment card number with a right check digit (Luhn; ISO/IEC 7812-1), in the groupings that people type."""
    if random.random() < 0.15:
        number = _with_check_digit(random, random.choice(["34", "37"]).ljust(14, "#"))
        groups = [number[:4], number[4:10], number[10:]]
    else:
        start = random.choice(["4", "4", "4", "51", "52", "55", "2221", "6011", "65"])
        number = _with_check_digit(random, start.ljust(15, "#"))
        groups = [number[place : place + 4] for place in range(0, 16, 4)]
    return random.choice([" ", " ", " ", "-", "-", "", "", "."]).join(groups)


def _with_check_digit(random: Random, pattern: str) -> str:
    number = shaped(random, pattern)
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(reversed(number)))
    return f"{number}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


class Ibans:
    """Draws bank account numbers of several countries with right check digits (ISO 13616)."""

    def __init__(self, random: Random) -> None:
        from faker import Faker

        self._random = random
        fakers: dict[str, Any] = {}
        for locale in dict.fromkeys(_IBAN_LOCALES):
            fakers[locale] = Faker(locale, providers=["faker.providers.bank"])
            fakers[locale].seed_instance(random.getrandbits(32))
        self._fakers = [fakers[locale] for locale in _IBAN_LOCALES]

    def iban(self) -> str:
        """An IBAN, in groups of four or in one piece."""
        number = str(self._random.choice(self._fakers).iban())
        if self._random.random() < 0.35:
            return number
        return " ".join(number[start : start + 4] for start in range(0, len(number), 4))
