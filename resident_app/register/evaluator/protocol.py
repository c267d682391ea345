"""What the public process and the evaluator say to each other.

A frame is four bytes of length (big-endian) and a JSON object. Bytes in it are base64. Each request has one
reply, in order. A reply names the id of the key that it was made with.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST_FRAME_BYTES = 16 * 1024
LENGTH_BYTES = 4
MOST_MARKS = 16


class ProtocolError(Exception):
    """A frame that is too long, or not what the protocol says."""


@dataclass(frozen=True, repr=False)
class Evaluate:
    """Evaluate a blinded element (32 bytes) for a bucket, under the limits that `marks` names."""

    key_id: str
    bucket: int
    element: bytes
    marks: tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, repr=False)
class Settle:
    """How the check of a reservation came out."""

    reservation: bytes
    failed: bool


@dataclass(frozen=True, repr=False)
class Probe:
    """Evaluate a blinded element under the probe's key: it opens no card, and no limit counts it."""

    key_id: str
    element: bytes


@dataclass(frozen=True)
class Hello:
    """Ask which keys there are."""


Request = Evaluate | Settle | Probe | Hello


@dataclass(frozen=True, repr=False)
class Reply:
    """`result` is `ok`, or a verdict's value, `unknown-key` or `refused`."""

    result: str
    key_id: str = ""
    element: bytes = b""
    reservation: bytes = b""
    key_ids: tuple[str, ...] = ()


def encode_request(request: Request) -> bytes:
    """The frame of a request."""
    match request:
        case Hello():
            return _frame({"op": "hello"})
        case Probe():
            return _frame({"op": "probe", "key": request.key_id, "element": _text(request.element)})
        case Settle():
            return _frame(
                {"op": "settle", "reservation": _text(request.reservation), "failed": request.failed}
            )
        case Evaluate():
            marks = [[name, _text(mark)] for name, mark in request.marks]
            element = _text(request.element)
            return _frame(
                {
                    "op": "evaluate",
                    "key": request.key_id,
                    "bucket": request.bucket,
                    "element": element,
                    "marks": marks,
                }
            )


def decode_request(body: bytes) -> Request:
    """The request in a frame's body. Raises ProtocolError."""
    found = _object(body)
    try:
        match found["op"]:
            case "hello":
                return Hello()
            case "probe":
                return Probe(_name(found["key"]), _element(found["element"]))
            case "settle":
                return Settle(_bytes(found["reservation"]), bool(found["failed"]))
            case "evaluate":
                return Evaluate(
                    _name(found["key"]),
                    _bucket(found["bucket"]),
                    _element(found["element"]),
                    _marks(found["marks"]),
                )
    except (KeyError, TypeError, ValueError):
        raise ProtocolError from None
    raise ProtocolError


def encode_reply(reply: Reply) -> bytes:
    """The frame of a reply."""
    fields: dict[str, Any] = {"result": reply.result, "key": reply.key_id, "keys": list(reply.key_ids)}
    fields["element"], fields["reservation"] = _text(reply.element), _text(reply.reservation)
    return _frame({name: value for name, value in fields.items() if value})


def decode_reply(body: bytes) -> Reply:
    """The reply in a frame's body. Raises ProtocolError."""
    found = _object(body)
    try:
        return Reply(
            result=_name(found["result"]),
            key_id=_name(found.get("key", "")),
            element=_bytes(found.get("element", "")),
            reservation=_bytes(found.get("reservation", "")),
            key_ids=tuple(_name(id) for id in found.get("keys", ())),
        )
    except (KeyError, TypeError, ValueError):
        raise ProtocolError from None


def length_of(prefix: bytes) -> int:
    """The length of the body that follows. Raises ProtocolError if it is too long."""
    length = int.from_bytes(prefix, "big")
    if length > LONGEST_FRAME_BYTES:
        raise ProtocolError
    return length


def _frame(fields: dict[str, Any]) -> bytes:
    body = json.dumps(fields, separators=(",", ":")).encode()
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        raise ProtocolError from None
    if not isinstance(found, dict):
        raise ProtocolError
    return found


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise TypeError
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None


def _element(text: object) -> bytes:
    element = _bytes(text)
    if len(element) != 32:
        raise ValueError
    return element


def _name(text: object) -> str:
    if not isinstance(text, str) or len(text) > 64:
        raise ValueError
    return text


def _bucket(number: object) -> int:
    if not isinstance(number, int) or not 0 <= number < 65_536:
        raise ValueError
    return number


def _marks(found: Sequence[Sequence[object]]) -> tuple[tuple[str, bytes], ...]:
    marks = tuple((_name(name), _bytes(mark)) for name, mark in found)
    if len(marks) > MOST_MARKS or any(not 16 <= len(mark) <= 32 for _, mark in marks):
        raise ValueError
    return marks
