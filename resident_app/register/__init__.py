"""The sealed register: facts, editions, and the one question that anyone may put to it.

The one public way in is `check_record` of `resident_app.register.check`.
"""
