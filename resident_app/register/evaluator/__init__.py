"""The evaluator: a process that holds the register key and nothing else.

It evaluates blinded elements (RFC 9497) and counts check attempts in its memory. It sees blinded elements,
marks of a card and a network, and a bucket; never a fact. It has no database and no network but its socket.

`protocol` is what travels, `attempts` counts, `server` answers, `client` asks, `hardening` closes the
process.
"""
