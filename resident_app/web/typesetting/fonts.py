"""Fonts: the machine's own, Noto's for each script."""

from functools import cache

import typst
from babel import Locale

from resident_app.languages import Language

PACKAGES = ("fonts-noto-core", "fonts-noto-cjk")
"""Debian's packages with a font for every script."""

# Typst brings a font with these scripts.
_SCRIPTS_OF_TYPST = ("Latn", "Cyrl")
_FONT_OF_TYPST = "Libertinus Serif"
_EAST_ASIAN = {"Hans": "SC", "Hant": "TC", "Jpan": "JP", "Kore": "KR"}


def can_typeset(language: Language) -> bool:
    """Return whether this machine has a font for the language's script."""
    return language.script in _SCRIPTS_OF_TYPST or _family(language.script) in installed_families()


def families_for(language: Language) -> tuple[str, ...]:
    """Return the font families for a text in `language`, the preferred one first."""
    return _family(language.script), _family("Latn"), _FONT_OF_TYPST


@cache
def installed_families() -> frozenset[str]:
    """Return the font families of this machine. The first call takes up to half a second."""
    return frozenset(typst.Fonts().families())


def _family(script: str) -> str:
    """Return Noto's family for a script (ISO 15924)."""
    if script in _EAST_ASIAN:
        return f"Noto Sans CJK {_EAST_ASIAN[script]}"
    if script in _SCRIPTS_OF_TYPST:
        return "Noto Sans"
    return f"Noto Sans {Locale('en').scripts[script]}"
