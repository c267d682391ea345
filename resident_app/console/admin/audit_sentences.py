"""The audit log in sentences: each kind of event told with the names of people and links to requests."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from resident_app.casework.retention.schedule import RULES
from resident_app.console.admin.audit_words import (
    PHONES,
    SYSTEM,
    NamesOfNumbers,
    RecordedEvent,
    SentenceWords,
)
from resident_app.intake.erasure_tables import RemovalReason
from resident_app.intake.request_tables import EntryKind, RequestState
from resident_app.security.audit_log import Audited

UNREADABLE = "This event cannot be read as it is stored. Verify the log."
_COMMAND_LINE = "Somebody at the command line"
_NOBODY_KNOWN = "Somebody without an account here"

_READ_ON = {
    "queue.show": "in the queue",
    "queue.rows": "in the queue",
    "queue.search": "among the results of a search",
    "merge.compare": "to compare it with another request",
    "merge.merge": "to merge it with another request",
    "contact.show": "to correct how to contact the person",
    "contact.change": "to correct how to contact the person",
    "call.begin": "to call the person",
    "outbox.show": "in the outbox",
    "replies.show": "among the replies",
    "replies.compare": "to compare it with a reply",
    "office-requests": "at the command line",
}
"""Where somebody read a request, by endpoint. On the page of the request nothing is added."""

_CHANGES = {
    EntryKind.NOTE: "wrote a note in {it}",
    EntryKind.NOTE_CORRECTED: "corrected a note in {it}",
    EntryKind.NEXT_ACTION: "planned what is next for {it}",
    EntryKind.CALL: "noted how a call about {it} went",
    EntryKind.TEXT_OUT: "wrote a text message for {it}",
    EntryKind.EMAIL_OUT: "wrote an email for {it}",
    EntryKind.TEXT_IN: "added a text message to {it}",
    EntryKind.EMAIL_IN: "added an email to {it}",
    EntryKind.CALL_BACK: "changed when the person of {it} is called back",
    EntryKind.TAKEN_DOWN: "took down {it}",
    EntryKind.MERGED: "merged {it} with {other}",
    EntryKind.SEPARATED: "separated {it} from the request that it was merged with",
    EntryKind.CONTACT_CHANGED: "corrected how to contact the person of {it}",
    EntryKind.TAGGED: "changed the tags of {it}",
    EntryKind.PRIORITY: "changed the priority of {it}",
    EntryKind.CALL_BACK: "changed when the person of {it} is called back",
    EntryKind.TAKEN_DOWN: "took down {it}",
    EntryKind.TAGGED: "changed the tags of {it}",
    EntryKind.PRIORITY: "changed the priority of {it}",
    EntryKind.ANSWERED: "noted that what the person of {it} wrote is answered",
    EntryKind.READ: "read {it}",
    EntryKind.HELD: "put {it} under legal hold",
    EntryKind.RELEASED: "ended the legal hold of {it}",
    EntryKind.CONTACT_REMOVED: "removed how to contact the person of {it}",
    "erase-refused": "refused to erase {it}, or took that back",
    "erase-asked": "asked to erase {it}: {reason}",
    "erased": "erased {it}: {reason}",
    "erase-wanted": "allowed to erase {it} when its legal hold ends: {reason}",
}
"""What changed in a request. The states and the assignment have words of their own."""

_ACCOUNT = {
    "added": "added the account of {whom}",
    "link": "made a new set-up link for {whom}",
    "closed": "closed the account of {whom}",
    "opened": "opened the account of {whom} again",
    "opened-asked": "asked to open the account of {whom} again",
    "role": "changed the role of {whom}",
    "role-asked": "asked to change the role of {whom}",
    "confirmed": "confirmed the account of {whom}",
    "sessions-ended": "signed {whom} out everywhere",
    "link-allowed": "approved the set-up link of {whom}",
    "link-refused": "refused the set-up link of {whom}",
    "role-allowed": "approved the new role of {whom}",
    "role-refused": "refused the new role of {whom}",
    "open-allowed": "approved that the account of {whom} opens again",
    "open-refused": "refused to open the account of {whom} again",
}
_OWN_ACCOUNT = {
    "set-up": "set up their account",
    "details": "changed their name, phone or languages",
    "password": "changed their password",
    "session-ended": "ended one of their sessions",
    "app": "added an authenticator app",
    "app-removed": "removed their authenticator app",
    "passkey": "added a passkey",
    "passkey-removed": "removed a passkey",
}
_ROWS = {
    "staff": "the account of {whom}",
    "staff_passkey": "a passkey",
    "staff_session": "a session",
    "export": "an export",
    "outgoing_message": "a message",
    "office_call": "a call",
    "erasure_approval": "an approval to erase a request",
    "office_template": "a template",
    "office_interpreter": "an interpreter",
    "office_template_text": "the words of a template",
}
_REMOVED = {rule.kind: rule.says for rule in RULES} | {
    "request": "Requests",
    "note": "SentenceWords that people added to their requests",
    "timeline": "Timeline entries",
    "call": "Calls",
    "attachment": "Attached files",
}
_ALONE = {
    "link": "made a set-up link for {whom}",
    "role": "raised the role of {whom}",
    "open": "opened the account of {whom} again",
    "export": "allowed {export}",
    "erasure": "erased {it}",
}
_RULES = {rule.setting for rule in RULES}


def tell(event: RecordedEvent, names: NamesOfNumbers) -> Markup:
    """Return an event as a sentence."""
    try:
        kind = Audited(event.kind)
    except ValueError:
        return escape(UNREADABLE)
    told = _TOLD.get(kind)
    if told is None or (not event.fields and kind not in _WITHOUT_FIELDS):
        return escape(UNREADABLE)
    pattern = told.sentence if isinstance(told.sentence, str) else told.sentence(event)
    # The pattern is ours. A code in it that has no words of its own came from the database.
    return escape(pattern).format_map(SentenceWords(event, names, _actor(kind, event, names)))


def _actor(kind: Audited, event: RecordedEvent, names: NamesOfNumbers) -> str:
    """Return the name of the person who did it, or what to call it if nobody was signed in."""
    if event.actor_id is not None:
        return names.person(event.actor_id)
    if kind in (Audited.SIGN_IN_FAILED, Audited.SIGN_IN_LOCKED):
        return _NOBODY_KNOWN
    if kind in _AT_THE_COMMAND_LINE or (kind is Audited.KEY_CHANGED and event.code("what") != "resealed"):
        return _COMMAND_LINE
    if kind is Audited.REQUEST_CHANGED and event.code("what") == EntryKind.CONTACT_CHANGED:
        return "The person who sent it"
    return SYSTEM


def _plain(code: str) -> str:
    """Return a code that has no words of its own as words: its letters alone."""
    return " ".join(re.findall(r"[a-z]+", code)) or "something"


def _request_changed(event: RecordedEvent) -> str:
    """Return "{who} wrote a note in {it}, set the status …": the changes of one form are one sentence."""
    told = []
    for code in event.code("what").split("+"):
        if code == EntryKind.STATE:
            told.append(_status_set(event))
        elif code == EntryKind.ASSIGNED:
            told.append(_assigned(event))
        else:
            told.append(_CHANGES.get(code) or f"changed {{it}} ({_plain(code)})")
    first, *rest = told
    return "{who} " + _listed([first, *(one.replace("{it}", "it") for one in rest)]) + "."


def _status_set(event: RecordedEvent) -> str:
    state = event.code("state")
    if not state:
        return "changed the status of {it}"
    return "closed {it}" if state == RequestState.CLOSED else "set the status of {it} to “{status}”"


def _assigned(event: RecordedEvent) -> str:
    to = event.count("assigned_to")
    if to is None:
        return "changed who has {it}"
    if not to:
        return "gave {it} back, so that nobody has it"
    return "took {it}" if to == event.actor_id else "assigned {it} to {assignee}"


def _listed(phrases: Sequence[str]) -> str:
    *most, last = phrases
    return f"{', '.join(most)} and {last}" if most else last


def _request_read(event: RecordedEvent) -> str:
    where = _READ_ON.get(event.code("page"))
    return "{who} read {request} " + where + "." if where else "{who} opened {request}."


def _attachment_read(event: RecordedEvent) -> str:
    of = "{request}" if event.count("request") else "a reply that belongs to no request"
    return "{who} looked at a file that came with " + of + "."


def _account_changed(event: RecordedEvent) -> str:
    what = event.code("what")
    if what in _OWN_ACCOUNT:
        return "{who} " + _OWN_ACCOUNT[what] + "."
    return "{who} " + (_ACCOUNT.get(what) or f"changed the account of {{whom}} ({_plain(what)})") + "."


def _row_version(event: RecordedEvent) -> str:
    for table, name in (("staff", "the account of {whom}"), ("export", "{export}")):
        if event.count(table):
            return f"The system noted that {name} has changed, so that no older copy of it counts."
    return "The system noted that a row has changed, so that no older copy of it counts."


def _row_refused(event: RecordedEvent) -> str:
    name = _ROWS.get(event.code("table"), "a row")
    if event.code("table") == "staff" and not event.count("row"):
        name = "an account"
    about = " (about {request})" if event.count("request") else ""
    return f"The system found {name}{about} in the database that it did not write, and refused it."


def _one_person(event: RecordedEvent) -> str:
    done = _ALONE.get(event.code("what")) or "did what needs two people"
    why = "in an emergency" if event.count("emergency") else "because there was no second person"
    return "{who} " + done + f" alone, {why}."


def _searched(event: RecordedEvent) -> str:
    if event.count("found") is None:
        return "{who} searched."
    return "{who} searched, and found {found} " + _many(event, "found", "request") + "."


def _notices_changed(event: RecordedEvent) -> str:
    return {
        "email-on": "{who} gets email about notices.",
        "email-off": "{who} turned off email about notices.",
    }.get(event.code("what"), "{who} changed email about notices.")


def _many(event: RecordedEvent, field: str, one: str) -> str:
    return one if event.count(field) == 1 else f"{one}s"


def _message_retried(event: RecordedEvent) -> str:
    if event.code("what") == "cancelled":
        return "{who} cancelled {message}."
    return "{who} had {message} sent again."


def _message_ended(event: RecordedEvent) -> str:
    if event.code("how") == "sent":
        return "The system sent {message}."
    return "The system could not send {message}: {why}."


def _reply_placed(event: RecordedEvent) -> str:
    if event.code("what") == "dropped":
        return "{who} removed a reply that belonged to no request."
    if event.code("what") == "detached":
        return "{who} moved a message from {request} back to the replies."
    return "{who} added a reply to {request}."


def _called(event: RecordedEvent) -> str:
    if event.count("interpreter"):
        return "{who} asked {interpreter} into {call}."
    return "{who} called the person of {request}."


def _rang(event: RecordedEvent) -> str:
    for party, phone in PHONES.items():
        if event.count(party):
            return f"The system rang {phone} for {{call}}."
    return "The system rang a phone for a call."


def _hold_changed(event: RecordedEvent) -> str:
    if event.count("held"):
        return "{who} put {request} under legal hold."
    return "{who} ended the legal hold of {request}."


def _purged(event: RecordedEvent) -> str:
    what, why = removed_in_words(event.code("what"), event.code("rule"))
    return f"The system removed {{count}} of “{what}”: {why}."


def removed_in_words(kind: str, rule: str) -> tuple[str, str]:
    """Return what was removed and why, from the codes of a purge receipt."""
    what = _REMOVED.get(kind, "Records")
    if rule in _RULES:
        return what, "their time was over"
    if rule == RemovalReason.ERASED:
        return what, "the person wanted it erased"
    return what, "they were erased before, and a restored backup had them again"


def _export_asked(event: RecordedEvent) -> str:
    named = {"figures": "figures", "requests": "requests"}.get(event.code("what"))
    return "{who} asked for {export}" + (f" with {named}." if named else ".")


def _export_decided(event: RecordedEvent) -> str:
    return "{who} allowed {export}." if event.count("allowed") else "{who} refused {export}."


def _exported(event: RecordedEvent) -> str:
    if event.code("what") == "figures":
        return "{who} saved the figures of {since} to {until} as a file."
    return "{who} saved {export}, with {lines} " + _many(event, "lines", "line") + "."


def _template_changed(event: RecordedEvent) -> str:
    done = {
        "written": "wrote words for the template {template}",
        "described": "changed what the template {template} is called or for",
        "reviewed": "reviewed words of the template {template}",
        "retired": "stopped offering the template {template}",
        "offered-again": "offers the template {template} again",
    }.get(event.code("what"))
    return "{who} " + (done or "changed the template {template}") + "."


def _interpreter_changed(event: RecordedEvent) -> str:
    done = {
        "added": "added {interpreter}",
        "retired": "stopped offering {interpreter}",
        "offered-again": "offers {interpreter} again",
    }.get(event.code("what"))
    return "{who} " + (done or "changed the number, languages or hours of {interpreter}") + "."


def _key_changed(event: RecordedEvent) -> str:
    return {
        "rotated": "{who} gave the office the new key {key}.",
        "retired": "{who} removed the office’s old key {key}.",
        "resealed": "{who} sealed what was sealed to an older key to the office’s key {key}.",
        "audit-key": "{who} gave the audit log the new key {key}.",
    }.get(event.code("what"), "{who} changed the key {key}.")


def _verified(event: RecordedEvent) -> str:
    findings = event.count("findings")
    if not findings:
        return "{who} verified the log up to event {upto}: nothing was changed."
    places = "place" if findings == 1 else "places"
    return "{who} verified the log up to event {upto}: it was changed in {findings} " + places + "."


@dataclass(frozen=True)
class _Told:
    """A kind's name in the filter, and its sentence, which may depend on the event."""

    name: str
    sentence: str | Callable[[RecordedEvent], str]


_TOLD: Mapping[Audited, _Told] = {
    Audited.SIGNED_IN: _Told("Signed in", "{who} signed in with {how}."),
    Audited.SIGN_IN_FAILED: _Told("Tried to sign in", "{who} tried to sign in, and {how} was wrong."),
    Audited.SIGN_IN_LOCKED: _Told(
        "Locked out", "{who} is locked out for some time, after too many wrong tries with {how}."
    ),
    Audited.SIGNED_OUT: _Told("Signed out", "{who} signed out."),
    Audited.UNLOCKED: _Told("Confirmed who they are", "{who} confirmed with {how} that it is still them."),
    Audited.ACCOUNT_CHANGED: _Told("Changed an account", _account_changed),
    Audited.ROW_VERSION: _Told("Note of a change", _row_version),
    Audited.ROW_REFUSED: _Told("Found a row that is not ours", _row_refused),
    Audited.TWO_PEOPLE: _Told(
        "Two people from now on", "The office has two people who can approve: from now on one is not enough."
    ),
    Audited.ONE_PERSON: _Told("Did alone what needs two people", _one_person),
    Audited.REQUEST_READ: _Told("Read a request", _request_read),
    Audited.REQUEST_CHANGED: _Told("Changed a request", _request_changed),
    Audited.REPLY_READ: _Told(
        "Read a reply that belongs to no request", "{who} read a reply that belongs to no request."
    ),
    Audited.ATTACHMENT_READ: _Told("Looked at an attached file", _attachment_read),
    Audited.SEARCHED: _Told("Searched", _searched),
    Audited.NOTICES_CHANGED: _Told("Email about notices was turned on or off", _notices_changed),
    Audited.MESSAGE_QUEUED: _Told("Wrote a message", "{who} gave {message} to be sent."),
    Audited.MESSAGE_RETRIED: _Told("Sent a message again, or cancelled it", _message_retried),
    Audited.MESSAGE_ENDED: _Told("A message went out or failed", _message_ended),
    Audited.REPLY_PLACED: _Told("Added or removed a reply", _reply_placed),
    Audited.CALLED: _Told("Called", _called),
    Audited.RANG: _Told("A phone rang", _rang),
    Audited.HOLD_CHANGED: _Told("Legal hold", _hold_changed),
    Audited.PURGED: _Told("Removed what was due", _purged),
    Audited.EXPORT_ASKED: _Told("Asked for a file", _export_asked),
    Audited.EXPORT_DECIDED: _Told("Allowed or refused a file", _export_decided),
    Audited.EXPORTED: _Told("Saved a file", _exported),
    Audited.TEMPLATE_CHANGED: _Told("Changed a template", _template_changed),
    Audited.INTERPRETER_CHANGED: _Told("Changed an interpreter", _interpreter_changed),
    Audited.KEY_CHANGED: _Told("Changed a key", _key_changed),
    Audited.HEAD_PRINTED: _Told(
        "Wrote down where the log ends",
        "The system wrote down where the log ends, to be kept on another machine.",
    ),
    Audited.VERIFIED: _Told("Verified the log", _verified),
    Audited.CHAIN_KEYED: _Told(
        "Gave the log its first key", "{who} gave the log its first key. Events up to {upto} have none."
    ),
}
_AT_THE_COMMAND_LINE = frozenset(
    {Audited.ACCOUNT_CHANGED, Audited.ONE_PERSON, Audited.REQUEST_READ, Audited.CHAIN_KEYED}
)
_WITHOUT_FIELDS = frozenset({Audited.SIGNED_OUT, Audited.TWO_PEOPLE, Audited.HEAD_PRINTED})
KIND_NAMES: Mapping[str, str] = {kind.value: told.name for kind, told in _TOLD.items()}
"""What each kind of event is called."""
