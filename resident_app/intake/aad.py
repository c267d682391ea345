"""The associated data (RFC 9180, 8.1) of each kind of ciphertext: it opens only beside its own row."""


def request_aad(submission: bytes) -> bytes:
    return submission


def note_aad(request: bytes, submission: bytes) -> bytes:
    """`request` is the submission of the request that the note was added to."""
    return request + submission


def timeline_aad(request: bytes, key: bytes) -> bytes:
    """`request` is the submission of the request whose timeline the entry is in."""
    return request + key


def outgoing_aad(key: str) -> bytes:
    return key.encode()


def inbound_aad(submission: bytes) -> bytes:
    return submission


def attachment_aad(key: bytes) -> bytes:
    return b"attachment|" + key


def draft_aad(request: bytes, account: int) -> bytes:
    """`request` is the submission of the request that the draft is about."""
    return b"draft|" + request + b"|" + str(account).encode()


def call_aad(token: str) -> bytes:
    return b"call|" + token.encode()
