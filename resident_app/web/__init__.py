"""Shared by every web application: factory, health, errors, headers, static files, page cache, accounts."""
