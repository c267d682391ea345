"""The published figures, as charts with their tables."""

from dataclasses import dataclass

from flask import Blueprint, Response, make_response

from resident_app.configuration import Figures
from resident_app.public_context import current_context
from resident_app.site.rendering import kept_page


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: `percent` of its whole width."""

    percent: float

    @classmethod
    def of(cls, value: int, whole: int) -> "Bar":
        return cls(round(100 * value / whole, 1) if whole else 0)


def add_to(site: Blueprint) -> None:
    site.add_url_rule("/<lang>/numbers", "numbers", show_numbers)


def show_numbers() -> Response:
    figures = current_context().configuration.figures
    return make_response(kept_page("numbers.html", bars=bars(figures)))


def bars(figures: Figures) -> dict[str, Bar]:
    """The bar of each figure. Counts of requests share one scale; a share has its own."""
    counts = {
        "requests": figures.before.requests,
        "sent_to_governor": figures.after.sent_to_governor,
        "from_ice_with_court_order": figures.after.from_ice_with_court_order,
    }
    longest = max(counts.values())
    return {
        **{name: Bar.of(count, longest) for name, count in counts.items()},
        "approved_percent": Bar.of(figures.after.approved_percent, 100),
    }
