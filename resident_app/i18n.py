"""The language of a web request, and gettext in it. The only module that imports Flask-Babel."""

import re

import flask
from babel.core import get_global
from flask_babel import Babel
from flask_babel.speaklater import LazyString

from resident_app.catalogues import Domain
from resident_app.languages import SOURCE, Language, Languages, likely_script

_LONGEST_HEADER = 500
# RFC 5646, 2.1, in lower case: what follows a territory says nothing that the site has.
_TAG = re.compile(
    r"(?P<language>[a-z]{2,3})(-(?P<extended>[a-z]{3}))?(-(?P<script>[a-z]{4}))?"
    r"(-(?P<territory>[a-z]{2}|[0-9]{3}))?(-[a-z0-9]{1,8})*"
)
# Spoken languages that are written as another one is: those of the macrolanguages zho and ara (ISO 639-3).
_WRITTEN_AS = {
    **dict.fromkeys(("yue", "wuu", "nan", "hak", "gan", "hsn", "cdo", "cjy"), "zh"),
    **dict.fromkeys(("arz", "apc", "acm", "ary", "arq", "aeb", "afb", "ars", "ayl", "apd", "acq"), "ar"),
}


def choose_language(language: Language) -> None:
    """Make `language` the language of this request."""
    flask.g.language = language


def current_language() -> Language:
    """Return the language of this request. The first part of its path decides, nothing else."""
    language: Language = flask.g.language
    return language


def negotiate(accept_language: str, languages: Languages) -> Language:
    """Return the site's language that an Accept-Language header asks for (RFC 9110, 12.5.4), or English."""
    for tag in _accepted(accept_language):
        if language := match_tag(tag, languages):
            return language
    return languages[SOURCE]


def match_tag(tag: str, languages: Languages) -> Language | None:
    """Return the site's language that a BCP 47 tag means, whatever its case, or None if the site has none.

    It is tried with its likely script first (zh-TW is Traditional), then by language alone, so that es-419
    finds es and zh-HK still finds Chinese.
    """
    parsed = _TAG.fullmatch(tag.strip().replace("_", "-").lower())
    if parsed is None:
        return None
    code = str(get_global("language_aliases").get(parsed["extended"] or parsed["language"], ""))
    code = code.partition("_")[0] or parsed["extended"] or parsed["language"]
    script = (parsed["script"] or likely_script(code, (parsed["territory"] or "").upper())).title()
    ours = [
        language
        for language in languages.on_the_site()
        if language.locale.language == _WRITTEN_AS.get(code, code)
    ]
    return next((language for language in ours if language.script == script), ours[0] if ours else None)


def lazy_gettext(message: str, **values: object) -> LazyString:
    """Mark a message of the site for translation; it is translated when it is shown."""
    return LazyString(lambda: current_language().text(message, **values))


def install(app: flask.Flask) -> None:
    """Give an application gettext in the language of each request."""

    def select() -> str:
        return (
            str(current_language().locale)
            if flask.has_request_context() and "language" in flask.g
            else SOURCE
        )

    Babel(app, locale_selector=select)
    # Flask-Babel looks up the catalog for each message, a third of a page's time; a request has one.
    app.jinja_env.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]


def _gettext(message: str) -> str:
    return current_language().text(message)


def _ngettext(one: str, many: str, count: int) -> str:
    return current_language().catalogues[Domain.SITE].ngettext(one, many, count)


def _accepted(header: str) -> list[str]:
    """Return the tags of an Accept-Language header, best first."""
    weighted: list[tuple[float, str]] = []
    for item in header[:_LONGEST_HEADER].split(","):
        tag, _, parameter = item.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        if quality > 0:
            weighted.append((-quality, tag))
    return [tag for _, tag in sorted(weighted, key=lambda entry: entry[0])]
