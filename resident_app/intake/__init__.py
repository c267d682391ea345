"""What the public side may do with a help request: seal it, ask about it, add to it, erase it.

Nothing in this package can open what it seals.
"""
