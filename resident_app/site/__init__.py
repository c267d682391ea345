"""The resident's pages. No cookie, one small script, and nothing that a resident typed is kept."""
