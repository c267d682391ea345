"""The published figures, as charts with their tables."""

from dataclasses import dataclass

from flask import Response

from resident_app.configuration.office import Figures
from resident_app.public_context import current_context
from resident_app.site.blueprint import site
from resident_app.site.rendering import cached_page


@dataclass(frozen=True)
class Bar:
    """A bar of a chart. Its length is `percent` of the chart's width."""

    percent: float

    @classmethod
    def of(cls, value: int, whole: int) -> "Bar":
        return cls(round(100 * value / whole, 1) if whole else 0)


@site.get("/<lang>/numbers")
def numbers() -> Response:
    return cached_page("numbers.html", bars=bars(current_context().configuration.figures))


def bars(figures: Figures) -> dict[str, Bar]:
    """Return the bar of each figure. Counts of requests share one scale; a percentage has its own."""
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
