"""What the sealing tests share: small files, a quick plan, and opening what was sealed."""

import csv
import io
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from resident_app.configuration import load_configuration
from resident_app.configuration.limits import Sealing
from resident_app.register.disclosure import Disclosures, decode
from resident_app.register.edition import open_dictionary
from resident_app.register.envelope import LABEL_BYTES, derive_envelope_keys
from resident_app.register.facts import Facts, written_card_number
from resident_app.register.register_key import RegisterKey
from resident_app.register.sealed_file import read_sealed_file
from resident_app.register.sealing.plan import SealingPlan
from resident_app.register.sealing.sealing_keys import SealingKeys
from resident_app.register.signatures import SigningKey, VerifyKeys, private_line
from resident_app.security.public_keys import PublicKeys

SIGNING = SigningKey("edition-signing", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
"""The same in each process, so that a sealing can go on in another one."""
KEY = SealingKeys(RegisterKey(bytes(range(32))), bytes(32), bytes(range(32)), SIGNING)
VERIFY = VerifyKeys((("edition-signing", SIGNING.key.public_key()),))
CONFIGURATION = load_configuration()
QUICK = Sealing(memory_kib=8, passes=1)
TODAY = date(2026, 3, 1)
ROSTER_HEADER = "person,card_number,born_on,issued_on"
DISCLOSURES_HEADER = "person,answered_on,agency,office,released,ground,request"


def plan(folder: Path, **changes: Any) -> SealingPlan:
    """A plan for roster.csv and disclosures.csv of `folder`."""
    usual: dict[str, Any] = {
        "roster": folder / "roster.csv",
        "disclosures": folder / "disclosures.csv",
        "period_from": date(2017, 1, 1),
        "period_to": date(2018, 1, 9),
        "out": folder / "edition.sealed",
        "key": KEY,
        "codes": CONFIGURATION.codes,
        "limits": QUICK,
        "cut_off": CONFIGURATION.office.cut_off,
        "today": TODAY,
        "workers": 2,
    }
    return SealingPlan(**usual | changes)


def write_files(folder: Path, roster: list[str], disclosures: list[str]) -> SealingPlan:
    """Both files as UTF-8, their headers added; returns the plan for them."""
    for name, header, rows in (
        ("roster.csv", ROSTER_HEADER, roster),
        ("disclosures.csv", DISCLOSURES_HEADER, disclosures),
    ):
        text = "".join(row + "\n" for row in [header, *rows])
        (folder / name).write_text(text, encoding="utf-8", newline="")
    return plan(folder)


def write_keys(folder: Path) -> dict[str, str]:
    """The key files of a sealing machine with `KEY`, as settings that name them."""
    public = {field.name: bytes(range(32)) for field in fields(PublicKeys)} | {
        "bucket": KEY.bucket,
        "dictionary": KEY.dictionary,
    }
    files = {
        "REGISTER_KEY_FILE": f"register-key-1 {KEY.register.seed.hex()}\n",
        "PUBLIC_KEYS_FILE": "public-keys-1\n" + "".join(f"{n} {k.hex()}\n" for n, k in public.items()),
        "EDITION_SIGNING_KEY_FILE": private_line(SIGNING),
    }
    folder.mkdir()
    for name, contents in files.items():
        (folder / name).write_text(contents)
    return {name: str(folder / name) for name in files}


def facts(card_number: str, born_on: str, issued_on: str) -> Facts:
    return Facts(written_card_number(card_number), date.fromisoformat(born_on), date.fromisoformat(issued_on))


def sealed_labels(path: Path) -> list[bytes]:
    """Every label, in the order of the file, whose seal is checked."""
    with read_sealed_file(path, VERIFY) as file:
        return [label for label, _ in file.envelopes()]


def answer(path: Path, card: Facts) -> Disclosures | None:
    """What a card is told from a sealed file; None when it is not in it."""
    with read_sealed_file(path, VERIFY) as file:
        opened = derive_envelope_keys(KEY.evaluate(card), file.edition.id, file.edition.argon2)
        for label, envelope in file.envelopes():
            if label == opened.label:
                return decode(opened.open(envelope), open_dictionary(file.edition, KEY.dictionary))
    return None


def answers(path: Path, cards: list[Facts]) -> list[Disclosures | None]:
    """What each card is told; one reading of the file for all of them."""
    with read_sealed_file(path, VERIFY) as file:
        rows = dict(file.envelopes())
        dictionary = open_dictionary(file.edition, KEY.dictionary)
        opened = [
            derive_envelope_keys(KEY.evaluate(card), file.edition.id, file.edition.argon2) for card in cards
        ]
    assert all(len(label) == LABEL_BYTES and len(row) == 272 for label, row in rows.items())
    return [
        decode(card.open(rows[card.label]), dictionary) if card.label in rows else None for card in opened
    ]


def rejects(path: Path) -> list[tuple[str, int, str, str]]:
    """The rejects file: file, line, reason, row."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["file", "line", "reason", "row"]
    return [(name, int(line), reason, row) for name, line, reason, row in rows]


def write_town(folder: Path, cards: int) -> list[Facts]:
    """`cards` people, every third with disclosures, one of them with nine; returns their facts."""
    roster, disclosures = io.StringIO(), io.StringIO()
    roster.write(ROSTER_HEADER + "\n")
    disclosures.write(DISCLOSURES_HEADER + "\n")
    for number in range(cards):
        roster.write(f"person-{number},{card_number(number)},{birth(number)},2016-05-07\n")
        for release in range(9 if number == 3 else number % 3 == 0):
            disclosures.write(f"person-{number},2017-06-{release + 11},ICE-ERO,Tacoma,photo,1326,R{number}\n")
    (folder / "roster.csv").write_text(roster.getvalue())
    (folder / "disclosures.csv").write_text(disclosures.getvalue())
    return [facts(card_number(number), birth(number), "2016-05-07") for number in range(cards)]


def town_is_whole(path: Path, cards: list[Facts]) -> bool:
    """Whether every card of `write_town` has one envelope and its true answer."""
    found = answers(path, cards)
    labels = sealed_labels(path)
    return (
        labels == sorted(set(labels))
        and len(labels) == len(cards)
        and all(
            known is not None and len(known.listed) + known.more == (9 if number == 3 else number % 3 == 0)
            for number, known in enumerate(found)
        )
    )


def card_number(number: int) -> str:
    return f"WDL{number:09}"


def birth(number: int) -> str:
    return f"{1940 + number % 60}-{number % 12 + 1:02}-{number % 28 + 1:02}"
