"""TwiML: the only package that writes it."""
