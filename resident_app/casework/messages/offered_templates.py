"""The templates that an officer can choose for a language: the built-in ones and the office's own.

A template without a translation in that language is named, and not offered: English never stands in for it.
"""

import re
from collections.abc import Container
from dataclasses import dataclass

from sqlalchemy import Connection

from resident_app.casework.messages import office_templates
from resident_app.casework.messages.back_translations import BackTranslations
from resident_app.casework.messages.template_variables import TemplateVariable, variables_of
from resident_app.casework.messages.templates import MessageTemplate
from resident_app.languages import SOURCE, Language

_OWN = re.compile(r"own-([0-9]{1,9})(?:\.([0-9]{1,9}))?")
_GETTEXT_VALUE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, repr=False)
class OfferedTemplate:
    """A template in one language. `words` and `says`, its English, have their variables in braces."""

    key: str
    """Its value in a form: the name of a built-in one, or `own-12`."""
    shown: str
    """The same with the version of the words: `own-12.34`."""
    title: str
    channel: str
    """`text` or `email`; empty: both."""
    words: str
    says: str
    version: int
    """0: built in."""
    is_reviewed: bool

    @property
    def is_built_in(self) -> bool:
        return self.version == 0

    @property
    def variables(self) -> frozenset[TemplateVariable]:
        return variables_of(self.words)

    @property
    def name(self) -> str:
        """What a timeline says of a message that was made of it."""
        return f"{self.title} (built in)" if self.is_built_in else f"{self.title}, version {self.version}"


@dataclass(frozen=True, repr=False)
class TemplateOffer:
    """What can be chosen for a language. `untranslated`: the titles of those that lack it."""

    templates: tuple[OfferedTemplate, ...] = ()
    untranslated: tuple[str, ...] = ()

    def find(self, key: str) -> OfferedTemplate | None:
        return next((template for template in self.templates if template.key == key), None)


def template_offer(
    connection: Connection, language: Language, back: BackTranslations, reviewed: Container[str]
) -> TemplateOffer:
    """Return the templates for a language. Built-in ones are reviewed in the languages `reviewed`."""
    own = [each for each in office_templates.every_template(connection) if not each.is_retired]
    pairs = [(each, each.current(language.code)) for each in own]
    built_in = [_built_in(each, language, back, reviewed) for each in MessageTemplate]
    return TemplateOffer(
        (*(_own(each, text) for each, text in pairs if text), *built_in),
        tuple(each.title for each, text in pairs if text is None),
    )


def shown_template(
    connection: Connection, shown: str, language: Language, offer: TemplateOffer
) -> OfferedTemplate | None:
    """Return the template whose words a page showed, also if it has newer words since."""
    own = _OWN.fullmatch(shown)
    if own is None:
        return offer.find(shown)
    template = office_templates.find_template(connection, int(own[1]))
    texts = office_templates.every_text(connection, int(own[1])) if template else []
    return next(
        (
            _own(template, text)
            for text in texts
            if template and str(text.id) == own[2] and text.language == language.code
        ),
        None,
    )


def built_in_words(template: MessageTemplate, language: Language) -> str:
    """Return a built-in template in a language, with its variables in braces."""
    return _in_braces(language.text(template.value))


def built_in_title(template: MessageTemplate) -> str:
    """Return what a built-in template is called: its English words."""
    return _in_braces(template.value)


def _built_in(
    template: MessageTemplate, language: Language, back: BackTranslations, reviewed: Container[str]
) -> OfferedTemplate:
    is_source = language.code == SOURCE
    return OfferedTemplate(
        template.name,
        template.name,
        built_in_title(template),
        "",
        built_in_words(template, language),
        _in_braces(template.value if is_source else back.of(language.code, template.name)),
        0,
        is_source or language.code in reviewed,
    )


def _own(template: office_templates.OfficeTemplate, text: office_templates.TemplateText) -> OfferedTemplate:
    return OfferedTemplate(
        f"own-{template.id}",
        f"own-{template.id}.{text.id}",
        template.title,
        template.channel,
        text.words,
        text.words if text.language == SOURCE else text.read_back,
        text.number,
        text.is_reviewed,
    )


def _in_braces(message: str) -> str:
    return _GETTEXT_VALUE.sub(r"{\1}", message)
