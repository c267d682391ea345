"""Made-up cards for tests, and how they become a live edition with a light Argon2."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import Engine

from ivr.simulator import Phone
from resident_app.configuration.limits import Sealing
from resident_app.demonstration.deployment import write_disclosures, write_roster
from resident_app.demonstration.made_up_cards import MadeUpCard as Card
from resident_app.languages import Language
from resident_app.public_context import PublicContext
from resident_app.register.disclosure import Disclosure
from resident_app.register.facts import fold
from resident_app.register.publication import publish
from resident_app.register.sealing.plan import SealingPlan
from resident_app.register.sealing.run import seal_edition
from resident_app.register.sealing.sealing_keys import load_sealing_keys
from resident_app.register.signatures import load_signing_key
from resident_app.settings import KeyFileSettings

__all__ = [
    "CARDS",
    "LIGHT",
    "NEVER",
    "NINE",
    "ONCE",
    "Card",
    "choose",
    "form_of",
    "keys_of",
    "seal_and_publish",
]

# What was sealed in this run: the same cards under the same key are sealed once.
_SEALED: dict[tuple[bytes, tuple[Card, ...], date, bool], bytes] = {}

LIGHT = Sealing(memory_kib=8, passes=1)


def _disclosure(day: int) -> Disclosure:
    return Disclosure(
        date(2017, 6, day), "ICE-ERO", "Tacoma", ("photo", "application"), "1326", f"R-{day:04d}"
    )


ONCE = Card("p1", "WDLABC123456", date(1980, 2, 29), date(2019, 3, 4), (_disclosure(1),))
NEVER = Card("p2", "WOO**JT546KA", date(1946, 5, 1), date(2012, 7, 9), ())
NINE = Card(
    "p3", "LOPEZMA253BD", date(1975, 1, 4), date(2015, 12, 31), tuple(_disclosure(d) for d in range(1, 10))
)
CARDS = [ONCE, NEVER, NINE]


def form_of(card: Card, **changes: object) -> dict[str, str]:
    """The fields of the check form."""
    changed = replace(card, **changes)  # type: ignore[arg-type]
    return {
        "card_number": changed.card_number,
        "birth_year": str(changed.born_on.year),
        "birth_month": str(changed.born_on.month),
        "birth_day": str(changed.born_on.day),
        "issue_year": str(changed.issued_on.year),
        "issue_month": str(changed.issued_on.month),
        "issue_day": str(changed.issued_on.day),
    }


def keys_of(card: Card, **changes: object) -> list[str]:
    """The keys of a check by phone, from the main menu on.

    Stars are left out, as callers may, except where the letters before them are on the keys of WDL.
    """
    changed = replace(card, **changes)  # type: ignore[arg-type]
    born, issued = f"{changed.born_on:%m%d%Y}#", f"{changed.issued_on:%m%d%Y}#"
    number = fold(changed.card_number)
    if number.startswith(fold("WDL")):
        number = "*".join(map(fold, changed.card_number.split("*")))
    return ["1", f"{number}#", born, "1", issued, "1"]


def choose(phone: Phone, language: Language) -> Phone:
    """Choose a language in the first menu or the second."""
    assert language.phone is not None
    if language.phone.menu == 2:
        phone.press("9")
    return phone.press(language.phone.key)


def seal_and_publish(
    context: PublicContext,
    cards: list[Card],
    folder: Path,
    publishing: Engine | None = None,
    *,
    made_up: bool = False,
) -> None:
    """Seal `cards` from two files and make them live. `publishing` is an engine that may do that.

    Only with `made_up` are they marked as made-up.
    """
    sealed = folder / "sealed"
    settings = KeyFileSettings(_env_file=None, instance_dir=context.settings.instance_dir)
    name = (settings.register_key_path.read_bytes(), tuple(cards), context.today(), made_up)
    if name not in _SEALED:
        _SEALED[name] = _seal(context, settings, cards, folder, made_up).read_bytes()
    sealed.write_bytes(_SEALED[name])
    publisher = load_signing_key(settings.publisher_key_path, "publisher", "PUBLISHER_KEY_FILE")
    engine = publishing or context.engine
    for _ in publish(engine, sealed, context.verify_keys, publisher, None, datetime.now(UTC)):
        pass


def _seal(
    context: PublicContext, settings: KeyFileSettings, cards: list[Card], folder: Path, made_up: bool
) -> Path:
    """The sealed file, made as a trusted machine makes it."""
    roster, disclosures = folder / "roster.csv", folder / "disclosures.csv"
    write_roster(roster, cards)
    write_disclosures(disclosures, cards)
    configuration = context.configuration
    plan = SealingPlan(
        roster=roster,
        disclosures=disclosures,
        period_from=date(2017, 5, 1),
        period_to=configuration.office.cut_off,
        out=folder / "sealed",
        key=load_sealing_keys(settings),
        codes=configuration.codes,
        limits=LIGHT,
        cut_off=configuration.office.cut_off,
        today=context.today(),
        made_up=made_up,
    )
    report = seal_edition(plan)
    assert report.edition is not None, "a made-up card was rejected"
    return plan.out
