"""The pages that are the same for everyone: home, privacy, how to know us, accessibility and languages."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from resident_app.i18n import negotiate
from resident_app.public_context import current_context
from resident_app.site.blueprint import root, site
from resident_app.site.rendering import cached_page


@root.get("/")
def redirect_to_language() -> BaseResponse:
    """Redirect to the home page in the browser's language."""
    language = negotiate(request.headers.get("Accept-Language", ""), current_context().languages)
    response = redirect(url_for("site.home", lang=language.code))
    response.vary.add("Accept-Language")
    return response


@site.get("/<lang>/")
def home() -> Response:
    return cached_page("home.html")


@site.get("/<lang>/privacy")
def privacy() -> Response:
    first = current_context().configuration.casework.queue.first
    return cached_page("privacy.html", shared_comes_first="shared" in first)


@site.get("/<lang>/really-us")
def really_us() -> Response:
    return cached_page("really_us.html")


@site.get("/<lang>/accessibility")
def accessibility() -> Response:
    return cached_page("accessibility.html")


@site.get("/<lang>/languages")
def languages() -> Response:
    context = current_context()
    every = context.languages.values()
    return cached_page(
        "languages.html",
        written=[language for language in every if language.site],
        spoken_only=[language for language in every if language.has_voice and not language.site],
        reviews=context.reviews,
    )
