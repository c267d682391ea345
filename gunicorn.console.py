"""How the console is served: `gunicorn -c gunicorn.console.py`."""

from resident_app.web.gunicorn_settings import gunicorn_settings

globals().update(
    gunicorn_settings(
        "wsgi:console()", port=("CONSOLE_PORT", 8001), processes="CONSOLE_CONCURRENCY", threads=8
    )
)
