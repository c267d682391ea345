"""The catalogues, and how messages are found for them."""
