"""Whose site this is: a demonstration, an official website or neither, by the live edition and config/."""

from enum import Enum

from flask import g

from resident_app.public_context import current_context


class Identity(Enum):
    """What every page says on top about itself."""

    DEMONSTRATION = "demonstration"
    """The live edition was sealed as made-up."""
    OFFICIAL = "official"
    """config/office.toml says so, and the live edition was sealed as real."""
    UNCONFIRMED = "unconfirmed"
    """Neither: nothing is said. So it is too while no edition is live and verified."""


def current_identity() -> Identity:
    """Return what this request's page says. It is decided once, so that a page agrees with itself."""
    if "identity" not in g:
        choose_identity(_identity())
    identity: Identity = g.identity
    return identity


def choose_identity(identity: Identity) -> None:
    """Make this the identity of the request's page."""
    g.identity = identity


def _identity() -> Identity:
    context = current_context()
    made_up = context.edition_guard.is_made_up()
    if made_up:
        return Identity.DEMONSTRATION
    is_real = made_up is False
    return Identity.OFFICIAL if is_real and context.configuration.office.official else Identity.UNCONFIRMED
