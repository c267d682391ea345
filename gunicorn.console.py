"""How the console is served: `gunicorn -c gunicorn.console.py`. Scale by processes; nothing lives in one."""

import os

wsgi_app = "wsgi:console()"
bind = f"127.0.0.1:{os.environ.get('CONSOLE_PORT') or 8001}"
workers = int(os.environ.get("CONSOLE_CONCURRENCY") or 2)
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 20
keepalive = 5
accesslog = None
logger_class = "resident_app.web.server_log.ServerLog"
control_socket_disable = True
# No header of a request becomes a part of the address that we are served at: gunicorn would believe
# SCRIPT_NAME and PATH_INFO from any proxy on this machine.
forwarder_headers = "x-nobody-sends-this"
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
