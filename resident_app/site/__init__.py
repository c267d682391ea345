"""The resident's pages. No cookie, no script, and nothing that a resident typed is kept."""
