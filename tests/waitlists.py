"""Makes synthetic waiting lists of any length: people at every stage, with every column, as CSV or as a workbook."""

import csv
import io
import random
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from nhs_number.validate import calculate_checksum

from outreach.rules.waitlist_columns import COLUMNS

MOBILES = 1_000
"""There are no more fictional mobile numbers; on longer lists they repeat, each said to be the person's own."""

NAMES = {
    "en": (
        ("Grace", "Harry", "Chloe", "Jack", "Megan", "Tom", "Beth", "Sam"),
        ("Example", "O'Sample", "Test-Smith"),
    ),
    "pl": (("Ewa", "Łukasz", "Małgorzata", "Paweł"), ("Przykład", "Wzór")),
    "ur": (("Ayesha", "Imran", "Sana", "Bilal"), ("Misaal", "Namoona")),
    "bn": (("Farah", "Rahim", "Nasrin", "Tariq"), ("Udaharon", "Nomuna")),
    "so": (("Amina", "Abdi", "Hodan", "Yusuf"), ("Tusaale", "Muunad")),
    "pa": (("Dev", "Harpreet", "Simran", "Jaspal"), ("Udaharan", "Singh Test")),
    "ar": (("Layla", "Omar", "Huda", "Karim"), ("Mithal", "Al-Namudhaj")),
    "fa": (("Shirin", "Reza", "Parisa", "Navid"), ("Nemune",)),
    "tr": (("Zeynep", "Emre", "Ayşe", "Çağlar"), ("Örnek",)),
    "pt": (("João", "Inês", "Luísa", "Tiago"), ("Exemplo",)),
    "ro": (("Ioana", "Andrei", "Ștefan", "Raluca"), ("Exemplu",)),
    "zh": (("Mei", "Wei", "Xiu", "Jun"), ("Shili",)),
    "cy": (("Siân", "Rhys", "Nerys", "Gethin"), ("Enghraifft",)),
}
LANGUAGES = {
    "en": 78,
    "pl": 4,
    "ur": 4,
    "bn": 3,
    "so": 2,
    "pa": 2,
    "ar": 2,
    "ro": 1,
    "fa": 1,
    "tr": 1,
    "pt": 1,
    "zh": 1,
    "cy": 1,
}
ETHNICITIES = {
    "en": "AAAAAAAAAAAABCDEFGMMNNPLZ99".replace("99", "") + "RS",
    "pl": "C",
    "ur": "J",
    "bn": "K",
    "so": "N",
    "pa": "H",
    "ar": "S",
    "ro": "C",
    "fa": "SL",
    "tr": "CS",
    "pt": "C",
    "zh": "R",
    "cy": "A",
}
PLACES = ("Willow House", "Canal Street Health Centre", "Northside Clinic, 2nd floor")
STREETS = ("Sample Street", "Example Road", "Test Lane")
NOTES = ("", "", "", "Ring after 4 pm", "Prefers a woman to call, if possible")
FORMATS = ("", "", "", "", "", "", "", "large print", "easy read")
STAGES = (
    "referred",
    "booked",
    "missed",
    "assessed",
    "accepted",
    "treatment booked",
    "in treatment",
    "ended",
    "closed",
)
WEIGHTS = (22, 12, 4, 5, 34, 6, 10, 4, 3)

Row = dict[str, str]


def make_waitlist(n: int, seed: int, today: date) -> list[Row]:
    """`n` referrals as of this day, the same for the same seed; every row is accepted by the import."""
    chance = random.Random(seed)
    numbers = chance.sample(range(1_000_000), n)
    return [_row(chance, i, numbers[i], today) for i in range(n)]


def _row(chance: random.Random, i: int, number: int, today: date) -> Row:
    language = chance.choices(list(LANGUAGES), list(LANGUAGES.values()))[0]
    row = dict.fromkeys(COLUMNS, "")
    row |= _identity(chance, i, number, language, today)
    row |= _contact(chance, i, row["given_name"])
    row |= {
        "language": language,
        "interpreter": "yes" if language not in ("en", "cy") and chance.random() < 0.4 else "no",
        "format": chance.choice(FORMATS),
        "ethnicity": "99" if chance.random() < 0.04 else chance.choice(ETHNICITIES[language]),
        "contact_note": chance.choice(NOTES),
    }
    return row | _pathway(chance, today)


def _identity(chance: random.Random, i: int, number: int, language: str, today: date) -> Row:
    given, family = NAMES[language]
    first = chance.choice(given)
    return {
        "referral_id": f"R-{i + 1:06d}",
        "nhs_number": synthetic_nhs_number(number),
        "given_name": first,
        "family_name": chance.choice(family),
        "preferred_name": first[:3] if chance.random() < 0.05 else "",
        "date_of_birth": (today - timedelta(days=chance.randint(19 * 366, 75 * 365))).isoformat(),
    }


def synthetic_nhs_number(n: int) -> str:
    """The n-th number from 999 000 0000 on that has a check digit; `n` is below five million."""
    for nine_digits in (f"999{n:06d}", f"998{n:06d}", f"997{n:06d}", f"996{n:06d}"):
        check = calculate_checksum(nine_digits)
        if check is not None and check < 10:
            return f"{nine_digits}{check}"
    raise ValueError(f"no synthetic NHS number for {n}")


def _contact(chance: random.Random, i: int, given: str) -> Row:
    kind = chance.random()
    plain = given.encode("ascii", "ignore").decode().lower()
    return {
        "mobile": f"07700 {900_000 + i % MOBILES}" if kind < 0.92 else "",
        "phone": f"020 7946 {i % MOBILES:04d}" if chance.random() < 0.3 else "",
        "email": f"{plain}.{i + 1}@example.org" if chance.random() < 0.7 else "",
        "address_1": f"{chance.randint(1, 99)} {chance.choice(STREETS)}",
        "address_2": "Flat 2" if chance.random() < 0.2 else "",
        "address_3": "Northside",
        "address_4": "Sampletown",
        "postcode": "ZZ99 3WZ",
        "preferred_channel": chance.choices(("sms", "email", "letter", "phone", ""), (55, 15, 5, 5, 20))[0],
        "safe_to_text": chance.choices(("yes", "no", ""), (75, 5, 20))[0],
        "safe_to_email": chance.choices(("yes", "no", ""), (70, 5, 25))[0],
        "safe_to_voicemail": chance.choices(("yes", "no", ""), (50, 20, 30))[0],
        "do_not_contact": "yes" if chance.random() < 0.01 else "no",
        "number_is": chance.choices(("own", "shared", "carer"), (96, 3, 1))[0],
    }


def _pathway(chance: random.Random, today: date) -> Row:
    """The dates and attendances of one referral at a random stage, all in an order that can be true."""
    stage = chance.choices(STAGES, WEIGHTS)[0]
    ago = {"referred": (0, 90), "booked": (14, 110), "missed": (60, 150), "assessed": (70, 160)}.get(
        stage, (200, 720)
    )
    referred = today - timedelta(days=chance.randint(*ago))
    row = {"referred_on": referred.isoformat()}
    if stage == "booked":
        return row | _visit(chance, "assessment", today + timedelta(days=chance.randint(1, 40)), "0")
    if stage != "referred":
        seen = referred + timedelta(days=chance.randint(30, 58))
        attendance = "3" if stage == "missed" else chance.choice("556")
        row |= _visit(chance, "assessment", seen, attendance)
        if stage in ("missed", "assessed"):
            return row
        row["accepted_on"] = (seen + timedelta(days=chance.randint(3, 21))).isoformat()
    if stage == "treatment booked":
        row |= _visit(chance, "treatment", today + timedelta(days=chance.randint(1, 40)), "0")
    if stage in ("in treatment", "ended"):
        row |= _visit(chance, "treatment", today - timedelta(days=chance.randint(40, 80)), "5")
    if stage == "ended":
        row["therapy_ended_on"] = (today - timedelta(days=chance.randint(0, 30))).isoformat()
    if stage == "closed":
        row["closed_on"] = (today - timedelta(days=chance.randint(0, 60))).isoformat()
        row["closed_reason"] = chance.choice(("moved away", "no longer wishes to wait", "deceased"))
        row["deceased_on"] = row["closed_on"] if row["closed_reason"] == "deceased" else ""
    return row


def _visit(chance: random.Random, kind: str, day: date, attendance: str) -> Row:
    wall = chance.choice(("09:30", "10:30", "14:00", "16:15"))
    return {
        f"{kind}_at": f"{day.isoformat()} {wall}",
        f"{kind}_place": chance.choice(PLACES),
        f"{kind}_attendance": attendance,
    }


def as_csv(rows: Sequence[Mapping[str, str]], encoding: str = "utf-8", delimiter: str = ",") -> bytes:
    """The rows as an export writes them, with the columns of the first row as headers."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def as_xlsx(rows: Iterable[Mapping[str, object]], sheet: str = "Waiting list") -> bytes:
    """The rows in a workbook of one sheet, with the columns of the first row as headers."""
    import openpyxl  # noqa: PLC0415 - takes long, and most tests read CSV

    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet(sheet)
    for i, row in enumerate(rows):
        if i == 0:
            page.append(list(row))
        page.append([value if value != "" else None for value in row.values()])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def spoilt(workbook: bytes, part: str) -> bytes:
    """The workbook with this part of it made unreadable where it is packed; its place and length stay right."""
    with zipfile.ZipFile(io.BytesIO(workbook)) as packed:
        begins = packed.getinfo(part).header_offset + 30 + len(part)
    return workbook[:begins] + b"\xff" * 8 + workbook[begins + 8 :]
