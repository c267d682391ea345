"""How the public process is served. Scale by processes; nothing lives in one."""

import os

wsgi_app = "wsgi:public()"
bind = f"127.0.0.1:{os.environ.get('PORT') or 8000}"
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
worker_class = "gthread"
# A check that waits for its turn holds a thread. WAITING_CHECKS is well below this number, so
# that threads are always left for pages and menus.
threads = 128
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
