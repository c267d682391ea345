"""The audit log in sentences: each kind of event, with names and links, and no code or number left raw."""

import re

import pytest

from resident_app.casework.retention.erasure_approval_tables import ErasureReason
from resident_app.casework.retention.schedule import RULES
from resident_app.console.admin.audit_sentences import KIND_NAMES, UNREADABLE, tell
from resident_app.console.admin.audit_words import NamesOfNumbers, RecordedEvent, read_fields
from resident_app.console.rendering import STATES
from resident_app.contact_points import Channel
from resident_app.intake.message_tables import DeliveryError
from resident_app.intake.request_tables import EntryKind, RequestState
from resident_app.security.audit_log import Audited
from resident_app.web.accounts.lockouts import SignInStep
from resident_app.web.accounts.staff_tables import AskedFor

ANA, BEN, CARLA = 1, 2, 3
NAMES = NamesOfNumbers(
    people={ANA: "Ana", BEN: "Ben", CARLA: "Carla <b>"},
    request_address=lambda number: f"/requests/{number}",
    export_address=lambda number: f"/exports#export-{number}",
    messages={70: (12, Channel.TEXT), 71: (None, Channel.EMAIL)},
    calls={80: 12},
    templates={5: "Where our office is"},
    interpreters={4: "Kim’s service"},
)
Case = tuple[Audited, int | None, dict[str, int | str], str]
CASES: list[Case] = [
    (Audited.SIGNED_IN, ANA, {"how": "recovery-code"}, "Ana signed in with a recovery code."),
    (Audited.SIGN_IN_FAILED, ANA, {"step": "password"}, "Ana tried to sign in, and the password was wrong."),
    (
        Audited.SIGN_IN_FAILED,
        None,
        {"step": "password"},
        "Somebody without an account here tried to sign in, and the password was wrong.",
    ),
    (
        Audited.SIGN_IN_LOCKED,
        ANA,
        {"step": "code"},
        "Ana is locked out for some time, after too many wrong tries with a password and a code.",
    ),
    (Audited.SIGNED_OUT, ANA, {}, "Ana signed out."),
    (Audited.UNLOCKED, ANA, {"how": "passkey"}, "Ana confirmed with a passkey that it is still them."),
    (Audited.ACCOUNT_CHANGED, ANA, {"account": ANA, "what": "password"}, "Ana changed their password."),
    (
        Audited.ACCOUNT_CHANGED,
        ANA,
        {"account": CARLA, "what": "link-allowed"},
        "Ana approved the set-up link of Carla <b>.",
    ),
    (
        Audited.ACCOUNT_CHANGED,
        None,
        {"account": BEN, "what": "closed"},
        "Somebody at the command line closed the account of Ben.",
    ),
    (
        Audited.ROW_VERSION,
        None,
        {"staff": BEN, "version": 2, "after": 4},
        "The system noted that the account of Ben has changed, so that no older copy of it counts.",
    ),
    (
        Audited.ROW_REFUSED,
        None,
        {"table": "staff", "row": BEN},
        "The system found the account of Ben in the database that it did not write, and refused it.",
    ),
    (
        Audited.TWO_PEOPLE,
        None,
        {},
        "The office has two people who can approve: from now on one is not enough.",
    ),
    (
        Audited.ONE_PERSON,
        ANA,
        {"what": "link", "account": BEN, "emergency": 0},
        "Ana made a set-up link for Ben alone, because there was no second person.",
    ),
    (Audited.REQUEST_READ, BEN, {"request": 12, "page": "request.show"}, "Ben opened request 12."),
    (
        Audited.REQUEST_READ,
        BEN,
        {"request": 12, "page": "queue.search"},
        "Ben read request 12 among the results of a search.",
    ),
    (
        Audited.REQUEST_CHANGED,
        ANA,
        {"request": 12, "what": "assigned", "assigned_to": BEN},
        "Ana assigned request 12 to Ben.",
    ),
    (
        Audited.REQUEST_CHANGED,
        ANA,
        {"request": 12, "what": "note+text-out+state", "state": "tried"},
        "Ana wrote a note in request 12, wrote a text message for it and set the status of it to “{tried}”.",
    ),
    (
        Audited.REQUEST_CHANGED,
        ANA,
        {"request": 12, "what": "state", "state": "closed"},
        "Ana closed request 12.",
    ),
    (
        Audited.REQUEST_CHANGED,
        ANA,
        {"request": 12, "what": "merged", "other": 13},
        "Ana merged request 12 with request 13.",
    ),
    (
        Audited.REQUEST_CHANGED,
        None,
        {"request": 12, "what": "contact-changed"},
        "The person who sent it corrected how to contact the person of request 12.",
    ),
    (
        Audited.REQUEST_CHANGED,
        ANA,
        {"request": 12, "what": "erase-asked", "reason": "asked-by-phone"},
        "Ana asked to erase request 12: the person asked by phone.",
    ),
    (Audited.REPLY_READ, ANA, {"reply": 5}, "Ana read a reply that belongs to no request."),
    (
        Audited.ATTACHMENT_READ,
        ANA,
        {"request": 12, "attachment": 4},
        "Ana looked at a file that came with request 12.",
    ),
    (
        Audited.ATTACHMENT_READ,
        ANA,
        {"reply": 5, "attachment": 4},
        "Ana looked at a file that came with a reply that belongs to no request.",
    ),
    (Audited.SEARCHED, ANA, {"found": 1}, "Ana searched, and found 1 request."),
    (
        Audited.MESSAGE_QUEUED,
        ANA,
        {"message": 70, "request": 12},
        "Ana gave a text message for request 12 to be sent.",
    ),
    (Audited.MESSAGE_RETRIED, ANA, {"message": 71, "count": 1}, "Ana had an email to staff sent again."),
    (
        Audited.MESSAGE_RETRIED,
        ANA,
        {"message": 70, "what": "cancelled"},
        "Ana cancelled a text message for request 12.",
    ),
    (
        Audited.MESSAGE_ENDED,
        None,
        {"message": 70, "how": "sent"},
        "The system sent a text message for request 12.",
    ),
    (
        Audited.MESSAGE_ENDED,
        None,
        {"message": 999, "how": "not-authorized"},
        "The system could not send a message: nobody at the office wrote it as it is.",
    ),
    (Audited.REPLY_PLACED, ANA, {"request": 12, "what": "placed"}, "Ana added a reply to request 12."),
    (
        Audited.REPLY_PLACED,
        ANA,
        {"request": 12, "what": "detached"},
        "Ana moved a message from request 12 back to the replies.",
    ),
    (
        Audited.REPLY_PLACED,
        ANA,
        {"request": 0, "what": "dropped"},
        "Ana removed a reply that belonged to no request.",
    ),
    (Audited.CALLED, ANA, {"request": 12, "call": 80}, "Ana called the person of request 12."),
    (
        Audited.CALLED,
        ANA,
        {"interpreter": 80},
        "Ana asked an interpreter into a call about request 12.",
    ),
    (
        Audited.RANG,
        None,
        {"resident": 80},
        "The system rang the person’s phone for a call about request 12.",
    ),
    (Audited.HOLD_CHANGED, ANA, {"request": 12, "held": 1}, "Ana put request 12 under legal hold."),
    (
        Audited.PURGED,
        None,
        {"what": "session", "rule": "session_hours", "count": 1200},
        "The system removed 1,200 of “Sessions of staff”: their time was over.",
    ),
    (Audited.EXPORT_ASKED, ANA, {"export": 3, "what": "requests"}, "Ana asked for file 3 with requests."),
    (Audited.EXPORT_DECIDED, BEN, {"export": 3, "allowed": 0}, "Ben refused file 3."),
    (Audited.EXPORTED, ANA, {"export": 3, "lines": 40}, "Ana saved file 3, with 40 lines."),
    (
        Audited.NOTICES_CHANGED,
        ANA,
        {"notice_address": ANA, "what": "email-off"},
        "Ana turned off email about notices.",
    ),
    (
        Audited.TEMPLATE_CHANGED,
        ANA,
        {"template": 5, "text": 9, "what": "reviewed"},
        "Ana reviewed words of the template “Where our office is”.",
    ),
    (
        Audited.CALLED,
        ANA,
        {"interpreter": 80, "service": 4},
        "Ana asked the interpreter “Kim’s service” into a call about request 12.",
    ),
    (
        Audited.INTERPRETER_CHANGED,
        ANA,
        {"service": 4, "what": "retired"},
        "Ana stopped offering the interpreter “Kim’s service”.",
    ),
    (
        Audited.KEY_CHANGED,
        None,
        {"what": "rotated", "key": "ab12", "before": "cd34"},
        "Somebody at the command line gave the office the new key ab12.",
    ),
    (
        Audited.HEAD_PRINTED,
        None,
        {},
        "The system wrote down where the log ends, to be kept on another machine.",
    ),
    (
        Audited.VERIFIED,
        ANA,
        {"upto": 50, "findings": 0},
        "Ana verified the log up to event 50: nothing was changed.",
    ),
    (
        Audited.CHAIN_KEYED,
        None,
        {"upto": 9, "upto_hash": "ff"},
        "Somebody at the command line gave the log its first key. Events up to 9 have none.",
    ),
]


def told(kind: str, actor: int | None, fields: dict[str, int | str]) -> str:
    return str(tell(RecordedEvent(kind, actor, fields), NAMES).striptags())


@pytest.mark.parametrize(("kind", "actor", "fields", "sentence"), CASES)
def test_a_sentence(kind: Audited, actor: int | None, fields: dict[str, int | str], sentence: str) -> None:
    assert told(kind, actor, fields) == sentence.format(tried=STATES[RequestState.TRIED])


def test_every_kind_has_a_sentence_and_a_name() -> None:
    assert {kind for kind, *_ in CASES} == set(Audited) == set(map(Audited, KIND_NAMES))


def test_names_are_text_and_requests_are_links() -> None:
    html = tell(
        RecordedEvent(
            Audited.REQUEST_CHANGED, CARLA, {"request": 12, "what": "assigned", "assigned_to": BEN}
        ),
        NAMES,
    )
    assert html == 'Carla &lt;b&gt; assigned <a href="/requests/12">request 12</a> to Ben.'


@pytest.mark.parametrize(
    ("kind", "name", "codes"),
    [
        (
            Audited.REQUEST_CHANGED,
            "what",
            [*EntryKind, "erase-asked", "erase-refused", "erased", "erase-wanted", "something-new"],
        ),
        (Audited.REQUEST_CHANGED, "reason", list(ErasureReason)),
        (Audited.MESSAGE_ENDED, "how", list(DeliveryError)),
        (Audited.SIGN_IN_FAILED, "step", [step.value for step in SignInStep]),
        (Audited.UNLOCKED, "how", ["passkey", "password-and-code", "password", "never-heard-of"]),
        (Audited.ONE_PERSON, "what", [one.value for one in AskedFor] + ["export"]),
        (
            Audited.ACCOUNT_CHANGED,
            "what",
            [f"{one.value}-{end}" for one in AskedFor for end in ("allowed", "refused")] + ["new-thing"],
        ),
        (Audited.ROW_REFUSED, "table", ["staff", "staff_session", "outgoing_message", "never_heard_of"]),
        (Audited.PURGED, "what", [rule.kind for rule in RULES]),
        (Audited.PURGED, "rule", [rule.setting for rule in RULES] + ["erased", "retention"]),
    ],
)
def test_no_code_is_left_raw(kind: Audited, name: str, codes: list[str]) -> None:
    for code in codes:
        sentence = told(kind, ANA, {name: code, "request": 12, "account": 999, "count": 2})
        assert not re.search(r"[a-z]_[a-z]|999|\{|\}|None", sentence), sentence
        if "-" in code:
            assert code not in sentence


@pytest.mark.parametrize("change", list(EntryKind))
def test_each_change_of_a_request_has_words_of_its_own(change: EntryKind) -> None:
    sentence = told(Audited.REQUEST_CHANGED, ANA, {"request": 12, "what": change})
    assert "(" not in sentence, "a change without words is told as its code"


def test_what_somebody_else_wrote_into_the_table_is_text_at_most() -> None:
    assert told("never-heard-of", ANA, {"request": 12}) == UNREADABLE
    assert read_fields("not json") == read_fields("[1]") == {}
    assert told(Audited.REQUEST_READ, ANA, {}) == UNREADABLE
    forged = {"request": "<script>", "what": "{who.__class__}<script>", "assigned_to": "x"}
    html = tell(RecordedEvent(Audited.REQUEST_CHANGED, ANA, forged), NAMES)
    assert "<script>" not in html
    assert "__class__" not in html
