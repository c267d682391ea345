"""400 made-up cards with their true answers, the same every time."""

import random
from dataclasses import dataclass
from datetime import date, timedelta

from faker import Faker

from resident_app.configuration import Configuration
from resident_app.configuration.codes import Codes
from resident_app.register.disclosure import Disclosure, Disclosures, divide
from resident_app.register.recipients import Recipients, find_recipients

SEED = 20180110
CARDS = 400
FIRST_DAY = date(2017, 5, 1)

_OFFICES = ("Seattle", "Tacoma", "Yakima", "Spokane", "Portland", "")
_LETTER_VALUES = {
    "*": 4,
    **dict(zip("ABCDEFGHI", range(1, 10), strict=True)),
    **dict(zip("JKLMNOPQR", range(1, 10), strict=True)),
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
    **{str(digit): digit for digit in range(10)},
}
_MONTHS = "BCDJKLMNOPQR"
_DAYS = "ABCDEFGHZSJKLMNWPQR0123456789TUX"
_SIGNS = (1, -1, 1, -1, 1, -1, 1, -1, 1, 0, -1, 1)


@dataclass(frozen=True)
class MadeUpCard:
    """A card and its disclosures, first those that its answer must list."""

    person: str
    card_number: str
    born_on: date
    issued_on: date
    disclosures: tuple[Disclosure, ...]

    @property
    def answer(self) -> str:
        return "shared" if self.disclosures else "not-shared"

    def recipients(self, codes: Codes) -> Recipients:
        """Return who received the record: what the answer must say."""
        return find_recipients(Disclosures(self.disclosures), codes)


def made_up_cards(configuration: Configuration) -> list[MadeUpCard]:
    """Return the cards. A third were shared, some several times, one eleven times."""
    chance = random.Random(SEED)  # noqa: S311
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    cards: list[MadeUpCard] = []
    numbers: set[str] = set()
    while len(cards) < CARDS:
        card = _made_up_card(len(cards), chance, fake, configuration)
        if card.card_number not in numbers:
            numbers.add(card.card_number)
            cards.append(card)
    return cards


def old_card_number(last: str, first: str, middle: str, born: date) -> str:
    """Return a number as it was computed until September 2018, for made-up cards that look real."""
    head = last.upper()[:5].ljust(5, "*") + first.upper()[:1] + (middle.upper()[:1] or "*")
    head += f"{(100 - born.year % 100) % 100:02d}"
    tail = _MONTHS[born.month - 1] + _DAYS[born.day - 1]
    values = [_LETTER_VALUES[sign] for sign in head + "0" + tail]
    check = sum(sign * value for sign, value in zip(_SIGNS, values, strict=True)) % 10
    return f"{head}{check}{tail}"


def _made_up_card(
    number: int, chance: random.Random, fake: Faker, configuration: Configuration
) -> MadeUpCard:
    born = date(1940, 1, 1) + timedelta(days=chance.randrange(60 * 365))
    is_new = chance.random() < 0.4
    earliest = max(date(2018, 9, 4) if is_new else date(2011, 1, 1), born + timedelta(days=17 * 365))
    latest = max(date(2023, 12, 31) if is_new else date(2018, 8, 31), earliest)
    issued = earliest + timedelta(days=chance.randrange((latest - earliest).days + 1))
    last = "".join(letter for letter in fake.last_name() if letter.isalpha())
    if is_new:
        card_number = "WDL" + "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789", k=9))
    else:
        middle = chance.choice(["", fake.first_name()])
        card_number = old_card_number(last, fake.first_name(), middle, born)
    times = 11 if number == 7 else chance.choices((0, 1, 2, 3), weights=(66, 20, 9, 5))[0]
    disclosures = [_made_up_disclosure(chance, configuration) for _ in range(times)]
    listed, others = divide(disclosures, configuration.codes.agency_groups.ice)
    return MadeUpCard(f"made-up-{number:03d}", card_number, born, issued, (*listed, *others))


def _made_up_disclosure(chance: random.Random, configuration: Configuration) -> Disclosure:
    days = (configuration.office.cut_off - FIRST_DAY).days
    codes = configuration.codes
    return Disclosure(
        answered_on=FIRST_DAY + timedelta(days=chance.randrange(days)),
        agency=chance.choice(list(codes.agencies)),
        office=chance.choice(_OFFICES),
        released=chance.choice((("photo",), ("application",), ("photo", "application"), ("record",))),
        ground=chance.choice(list(codes.grounds)),
        request=f"R-{chance.randrange(10**6):06d}",
    )
