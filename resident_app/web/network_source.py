"""The network that a web request comes from, for rate limits."""

from flask import request

from resident_app.security import event_log
from resident_app.security.request_source import RequestSource, from_address, from_untrusted_proxy, is_private


def network_source(trusted_proxies: int) -> RequestSource:
    """Return the network that the request comes from.

    A proxy in front while TRUSTED_PROXIES is 0 would make all people share its limits: none applies then.
    """
    peer = request.remote_addr or ""
    if trusted_proxies == 0 and "X-Forwarded-For" in request.headers and is_private(peer):
        event_log.unconfigured_proxy()
        return from_untrusted_proxy()
    return from_address(peer)
