"""How the public process is served: `gunicorn`."""

from resident_app.web.gunicorn_settings import gunicorn_settings

# A check that waits for a slot holds a thread. WAITING_CHECKS is well below this number of threads, so that
# some are always left for pages and menus.
globals().update(
    gunicorn_settings("wsgi:public()", port=("PORT", 8000), processes="WEB_CONCURRENCY", threads=128)
)
