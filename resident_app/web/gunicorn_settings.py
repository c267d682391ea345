"""How gunicorn serves every web application here. The files named `gunicorn.*.py` at the root use it.

Scale by processes: nothing lives in one of them.
"""

import os
from pathlib import Path

_SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


def gunicorn_settings(
    application: str, *, port: tuple[str, int], processes: str, threads: int
) -> dict[str, str | int | bool | None]:
    """Return the settings that serve `application`, an expression such as `wsgi:public()`.

    `port` is the environment variable that sets the port, and the default. `processes` is the environment
    variable that sets the number of processes; the default is 2.
    """
    port_variable, default_port = port
    return {
        "wsgi_app": application,
        "bind": f"127.0.0.1:{os.environ.get(port_variable) or default_port}",
        "workers": int(os.environ.get(processes) or 2),
        "worker_class": "gthread",
        "threads": threads,
        "timeout": 60,
        "graceful_timeout": 20,
        "keepalive": 5,
        "accesslog": None,
        "logger_class": "resident_app.web.server_log.ServerLog",
        "control_socket_disable": True,
        # Gunicorn believes SCRIPT_NAME and PATH_INFO from any proxy on this machine. No request may choose
        # the address that we are served at, so the header it looks for is one that nobody sends.
        "forwarder_headers": "x-nobody-sends-this",
        "worker_tmp_dir": str(_SHARED_MEMORY) if _SHARED_MEMORY.is_dir() else None,
    }
