"""Many made-up people, other than the demonstration's, as a trusted machine's files hold them."""

import random
from dataclasses import replace
from datetime import date, timedelta

from faker import Faker

from resident_app.demonstration.made_up_cards import MadeUpCard, old_card_number
from resident_app.register.disclosure import Disclosure, divide

ICE = ("ICE", "ICE-ERO", "ICE-HSI")
AGENCIES = (*ICE, "CBP", "DHS")
GROUNDS = ("1325", "1326", "narcotics", "not-stated")


def people(count: int, seed: int) -> list[MadeUpCard]:
    """`count` cards with old and new numbers; names are French and Spanish, so Windows-1252 matters."""
    chance = random.Random(seed)
    fake = Faker(["fr_FR", "es_MX"])
    fake.seed_instance(seed)
    cards: dict[tuple[str, date, date], MadeUpCard] = {}
    while len(cards) < count:
        born = date(1930, 1, 1) + timedelta(days=chance.randrange(25_000))
        issued = born + timedelta(days=chance.randrange(6_000, 8_000))
        if chance.random() < 0.5:
            letters = "".join(sign for sign in fake.last_name().upper() if "A" <= sign <= "Z") or "X"
            number = old_card_number(letters, chance.choice("ABCDEFGH"), chance.choice(["", "Q"]), born)
        else:
            number = "WDL" + "".join(chance.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=9))
        releases = {_release(chance) for _ in range(chance.choice((0, 0, 0, 1, 1, 2, 8, 9, 12)))}
        listed, others = divide(releases, ICE)
        card = MadeUpCard(f"Peña {len(cards)}", number, born, issued, (*listed, *others))
        cards[(number, born, issued)] = card
    return list(cards.values())


def near_misses(card: MadeUpCard) -> list[MadeUpCard]:
    """The card with one fact a little wrong."""
    number = card.card_number[:-1] + ("7" if card.card_number[-1] in "ABC2" else "A")
    return [
        replace(card, card_number=number),
        replace(card, born_on=card.born_on + timedelta(days=1)),
        replace(card, issued_on=card.issued_on + timedelta(days=1)),
    ]


def _release(chance: random.Random) -> Disclosure:
    return Disclosure(
        answered_on=date(2017, 5, 1) + timedelta(days=chance.randrange(250)),
        agency=chance.choice(AGENCIES),
        office=chance.choice(["Tacoma", "Peñasco", ""]),
        released=chance.choice([("photo",), ("photo", "application", "record")]),
        ground=chance.choice(GROUNDS),
        request=f"{chance.randrange(10**9)}",
    )
