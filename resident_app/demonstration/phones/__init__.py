"""The demonstration's phone company, and its page: a phone to try in the browser."""
