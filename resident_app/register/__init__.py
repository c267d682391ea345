"""The sealed register: facts, OPRF, envelopes, editions, and the check that reads them.

`Register.check_record` of `resident_app.register.check` is the one entry point for a check.
"""
