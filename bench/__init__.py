"""Benchmarks as ratios: what we reach of what this machine could do, measured in one run.

The way in is `python -m bench`, or `make bench`. Every server is our own, on the loopback
address, in a temporary folder; the people in it are made up.
"""
