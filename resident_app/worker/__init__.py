"""The worker: sends what waits, calls, removes what is too old, seals again. It answers no request."""
