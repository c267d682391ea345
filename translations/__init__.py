"""The catalogues, and the tools that extract, update and check them."""
