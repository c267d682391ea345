"""What is keyed, as facts: entries that forgive, and none that guesses."""

from resident_app.records.facts import NotADate

CARD_KEYS = 12


def after_clearing(keys: str) -> str:
    """What counts of an entry in which `*` begins anew."""
    return keys.rpartition("*")[2]


def card_after_clearing(keys: str) -> str:
    """What counts of a card number, in which `**` begins anew.

    On old cards `*` is a sign of the number: twelve keys are a whole number as it is printed.
    """
    return keys if len(keys) == CARD_KEYS else keys.rpartition("**")[2]


def keyed_date(keys: str) -> tuple[int, int, int]:
    """MMDDYYYY as year, month, day. Raises NotADate."""
    if len(keys) != 8 or not (keys.isascii() and keys.isdigit()):
        raise NotADate
    return int(keys[4:]), int(keys[:2]), int(keys[2:4])
