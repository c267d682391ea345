"""The least that Flask can do: one page with nothing on it."""

from flask import Flask


def create_app() -> Flask:
    app = Flask("empty", static_folder=None)
    app.add_url_rule("/", "empty", lambda: b"")
    return app
