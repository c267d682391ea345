"""The slip that a person takes home: their reference and how to use it, in their language.

Its sentences are those of the site's page that says that a request was sent.
"""

from dataclasses import dataclass

from resident_app.casework.cases.taken_down import TakenDown
from resident_app.console.context import ConsoleContext
from resident_app.contact_points import Channel
from resident_app.intake.reference import Reference
from resident_app.languages import SOURCE, Language

_SAVED = "We have your request."
_REFERENCE = "Your reference number is:"
_KEEP = (
    "Write this number down. With it you can ask on this site or by phone what happened with your request. "
    "We cannot show it again."
)
_ALSO = "On this site you can also use it to add to your request, or to erase it."
_NEXT = {
    Channel.PHONE: "Someone from the Office of Community Outreach will call you in your language.",
    Channel.TEXT: (
        "Someone from the Office of Community Outreach will send you a text message in your language."
    ),
    Channel.EMAIL: "Someone from the Office of Community Outreach will write you an email in your language.",
}
_COMES_FROM = "Our calls and text messages come from %(number)s."
_NEVER_ASKED = "We never ask about immigration status, citizenship, place of birth or social security number."
_FREE = "We never ask for money or for a password. Our help costs nothing."
SENTENCES = (_SAVED, _REFERENCE, _KEEP, _ALSO, *_NEXT.values(), _COMES_FROM, _NEVER_ASKED, _FREE)
"""Every sentence of a slip: each is a message of the site, in every language."""


@dataclass(frozen=True, repr=False)
class ReferenceSlip:
    """A slip, as it is printed. `language` is English if the site has no pages in the person's."""

    language: Language
    reference: str
    heading: str
    above: str
    sentences: tuple[str, ...]
    address: str
    """Of the page where the reference is used; empty if this console does not know the site's address."""
    line: str
    is_in_their_language: bool


def reference_slip(taken: TakenDown, reference: Reference, context: ConsoleContext) -> ReferenceSlip:
    """Return the slip of a request that was just taken down."""
    asked = taken.request
    language = context.languages.get(asked.written)
    is_theirs = language is not None and language.site
    chosen = language if language is not None and language.site else context.languages[SOURCE]
    line = context.configuration.office.line_in_words
    sentences = [chosen.text(_KEEP), chosen.text(_ALSO)]
    if asked.reach_by:
        sentences.append(chosen.text(_NEXT[Channel(asked.reach_by)]))
    if asked.reach_by in (Channel.PHONE, Channel.TEXT):
        sentences.append(chosen.text(_COMES_FROM, number=line))
    sentences += [chosen.text(_NEVER_ASKED), chosen.text(_FREE)]
    base = context.settings.site_url
    return ReferenceSlip(
        language=chosen,
        reference=str(reference),
        heading=chosen.text(_SAVED),
        above=chosen.text(_REFERENCE),
        sentences=tuple(sentences),
        address=f"{base}/{chosen.code}/help/status" if base else "",
        line=line,
        is_in_their_language=is_theirs,
    )
