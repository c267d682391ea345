"""Benchmarks as ratios: what we reach of what this machine could do, measured in one run.

Run `python -m bench`, or `make bench`. Every server is our own, on the loopback address, with made-up people
in a temporary folder.
"""
