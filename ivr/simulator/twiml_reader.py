"""Reads TwiML strictly: what may stand where, and with which attributes, by the provider's own classes."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from xml.etree import ElementTree

from twilio.twiml import voice_response

from ivr.carrier.documents import WRITTEN

LARGEST_DOCUMENT_BYTES = 64_000
LONGEST_SAY = 3_000
LONGEST_SAY_ENCODED = 4_500

Element = ElementTree.Element

# What may follow one another at the top of a document of ours, and of one for a caller in line.
CALL_VERBS = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Dial", "Enqueue"})
WAIT_VERBS = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup", "Leave"})
# Nested, of what the provider would allow.
_NESTED = {"Gather": frozenset({"Say", "Play", "Pause"}), "Dial": frozenset({"Queue", "Conference"})}
_TEXT = frozenset({"Say", "Play", "Redirect", "Queue", "Enqueue", "Conference"})
_ADDRESSES = frozenset({"action", "waitUrl", "url"})


class BadTwiml(Exception):
    """A document that the provider would refuse, or that we do not write."""


def read(document: str, allowed: frozenset[str] = CALL_VERBS) -> list[Element]:
    """The verbs of a document. Raises BadTwiml."""
    if len(document.encode()) > LARGEST_DOCUMENT_BYTES:
        raise BadTwiml("a document has at most 64 kB")
    try:
        root = ElementTree.fromstring(document)  # noqa: S314
    except ElementTree.ParseError as error:
        raise BadTwiml("not XML") from error
    if root.tag != "Response" or root.attrib or (root.text or "").strip():
        raise BadTwiml("not a <Response> of verbs alone")
    _examine(root, allowed)
    return list(root)


def _examine(parent: Element, allowed: frozenset[str]) -> None:
    for verb in parent:
        if verb.tag not in allowed:
            raise BadTwiml(f"<{verb.tag}> may not stand in <{parent.tag}>")
        unknown = set(verb.attrib) - _attributes(parent.tag, verb.tag)
        if unknown:
            raise BadTwiml(f"<{verb.tag}> has no {', '.join(sorted(unknown))}")
        unlisted = set(verb.attrib) - WRITTEN.get(verb.tag, frozenset())
        if verb.tag not in WRITTEN or unlisted:
            raise BadTwiml(f"ivr/carrier/documents.py lacks <{verb.tag}> {sorted(unlisted)}")
        for name in _ADDRESSES & set(verb.attrib):
            # A conference without a waiting address is silent.
            if verb.tag == "Conference" and not verb.attrib[name]:
                continue
            if not re.match(r"https?://", verb.attrib[name]):
                raise BadTwiml(f"{name} is not an absolute address")
        text = (verb.text or "").strip()
        if (verb.tag in _TEXT) != bool(text) or (verb.tail or "").strip():
            raise BadTwiml(f"<{verb.tag}> {'needs' if verb.tag in _TEXT else 'holds no'} text")
        _examine(verb, _NESTED.get(verb.tag, frozenset()))


@cache
def _attributes(parent: str, child: str) -> frozenset[str]:
    """The attributes that the provider's library takes for `child` in `parent`, in TwiML's spelling."""
    owner = voice_response.VoiceResponse if parent == "Response" else getattr(voice_response, parent)
    maker = getattr(owner, child.lower(), None)
    if maker is None:
        raise BadTwiml(f"<{child}> may not stand in <{parent}>")
    names = list(inspect.signature(maker).parameters)[1:]
    return frozenset(_camel(name) for name in names if name != "kwargs") - {"message", "name"}


def _camel(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(word.capitalize() for word in rest)


def each(verbs: list[Element], *tags: str) -> Iterator[Element]:
    """The verbs with one of these tags, nested ones too, in the order in which they are carried out."""
    for verb in verbs:
        yield from (one for one in verb.iter() if one.tag in tags)
