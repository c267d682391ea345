"""The language of a web request, and gettext in it. The only module that imports Flask-Babel."""

from collections.abc import Iterator

import flask
from babel import Locale, UnknownLocaleError
from babel.core import get_global
from flask_babel import Babel
from flask_babel.speaklater import LazyString

from resident_app.catalogues import Domain
from resident_app.languages import SOURCE, Language, Languages, script_of

_LONGEST_HEADER = 500


def choose_language(language: Language) -> None:
    """Make `language` the language of this request."""
    flask.g.language = language


def current_language() -> Language:
    """Return the language of this request. The first part of its path decides, nothing else."""
    language: Language = flask.g.language
    return language


def negotiate(accept_language: str, languages: Languages) -> Language:
    """Return the site's language that an Accept-Language header asks for (RFC 9110, 12.5.4), or English.

    Each tag is tried with its likely script first (zh-TW is Traditional), then by language alone, so that
    es-419 finds es and zh-HK still finds Chinese.
    """
    for wanted in _accepted(accept_language):
        for matches in (_same_script, _same_language):
            for language in languages.on_the_site():
                if matches(wanted, language.locale):
                    return language
    return languages[SOURCE]


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


def _accepted(header: str) -> Iterator[Locale]:
    """An Accept-Language header's locales, best first."""
    weighted: list[tuple[float, int, Locale]] = []
    for position, item in enumerate(header[:_LONGEST_HEADER].split(",")):
        tag, _, parameter = item.strip().partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
            locale = _parse(tag.strip())
        except (ValueError, UnknownLocaleError, TypeError):
            continue
        if quality > 0:
            weighted.append((-quality, position, locale))
    for _, _, locale in sorted(weighted, key=lambda entry: entry[:2]):
        yield locale


def _parse(tag: str) -> Locale:
    alias = get_global("language_aliases").get(tag.lower())
    return Locale.parse(str(alias or tag).replace("_", "-"), sep="-")


def _same_script(wanted: Locale, ours: Locale) -> bool:
    return _same_language(wanted, ours) and script_of(wanted) == script_of(ours)


def _same_language(wanted: Locale, ours: Locale) -> bool:
    return bool(wanted.language == ours.language)
