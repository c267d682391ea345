"""Who may use the demonstration's phone: its own page in a browser on this machine.

Whoever reaches it can place calls. So it listens at 127.0.0.1 alone, answers under that name alone (else a
page elsewhere could give its own name that address), and acts only on what its own page sends.
"""

from flask import abort, request

HOST = "127.0.0.1"


def refuse_other_names() -> None:
    """Refuse (421) a request for another host: a page elsewhere gave its own name this machine's address."""
    port = request.environ["SERVER_PORT"]
    if request.host not in (f"{HOST}:{port}", f"localhost:{port}"):
        abort(421)


def refuse_other_pages() -> None:
    """Refuse (403) what another page made the browser send. Both headers that tell it may not be missing."""
    if request.method in ("GET", "HEAD"):
        return
    fetch_site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    is_ours = fetch_site == "same-origin" if fetch_site else origin == f"http://{request.host}"
    if not is_ours or not request.is_json:
        abort(403)
