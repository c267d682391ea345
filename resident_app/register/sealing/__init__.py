"""Sealing: two CSV files become one edition, on one trusted machine or on several.

The way in is `seal_edition` of `resident_app.register.sealing.run`; another machine takes a
share of its work with `join_sealing` of `resident_app.register.sealing.join`.

Both files are read once, into a work database that holds keyed hashes and byte offsets
(`index`). What needs all rows to be known is settled there in SQL (`settle`). Threads and
machines then claim chunks of cards, read those rows again and seal them (`seal`), and the
sealed rows are sorted into the edition (`gather`). Killed at any moment, the same call goes on.
"""
