"""A few of the made-up cards: one for each kind of answer."""

from dataclasses import dataclass
from datetime import date

from resident_app.configuration.codes import Codes
from resident_app.demonstration.made_up_cards import MadeUpCard
from resident_app.register.facts import fold
from resident_app.register.recipients import IceReceived

_WITHOUT_ICE = (IceReceived.NOT_SHOWN, IceReceived.ONLY_ABOVE, IceReceived.ABOVE_AND_OTHERS)


@dataclass(frozen=True)
class ExampleCard:
    """A card to try. `title` says which answer it has."""

    title: str
    card_number: str
    born_on: date
    issued_on: date

    @property
    def keys(self) -> tuple[str, str, str]:
        """The keys for the card number, the birth date and the issue date."""
        return f"{fold(self.card_number)}#", f"{self.born_on:%m%d%Y}#", f"{self.issued_on:%m%d%Y}#"


def example_cards(made_up: list[MadeUpCard], codes: Codes) -> list[ExampleCard]:
    """Return a card for each answer, and one for each that "shared" can say of ICE."""
    shared = [card for card in made_up if card.disclosures]
    never = next(card for card in made_up if not card.disclosures)
    often = next(card for card in shared if len(card.disclosures) > 8)
    of_ice = {ice: [card for card in shared if card.recipients(codes).ice is ice] for ice in IceReceived}
    once = next(card for card in of_ice[IceReceived.YES] if len(card.disclosures) == 1)
    mixed = next(
        card
        for card in of_ice[IceReceived.YES]
        if card.recipients(codes).others and len(card.disclosures) <= 8
    )
    return [
        _example("shared with ICE", once),
        _example("shared with ICE and others", mixed),
        *(_example(_title(card, codes), card) for ice in _WITHOUT_ICE for card in of_ice[ice][:1]),
        _example(f"shared {len(often.disclosures)} times", often),
        _example("not shared", never),
        ExampleCard("no match", once.card_number, once.born_on, never.issued_on),
    ]


def _title(card: MadeUpCard, codes: Codes) -> str:
    return "shared with " + " and ".join(card.recipients(codes).others)


def _example(title: str, card: MadeUpCard) -> ExampleCard:
    return ExampleCard(title, card.card_number, card.born_on, card.issued_on)
