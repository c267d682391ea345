"""The published figures, each with its period and the year in which DOL published it."""

from flask import Response

from resident_app.site.blueprint import site
from resident_app.site.rendering import cached_page


@site.get("/<lang>/numbers")
def numbers() -> Response:
    return cached_page("numbers.html")
