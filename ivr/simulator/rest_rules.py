"""The rules of the carrier's REST API that we rely on, as it documents them."""

import re

PATH = re.compile(r"/2010-04-01/Accounts/(AC[0-9a-f]{32})/(\w+?)(?:/(CA[0-9a-f]{32}))?\.json")
# From https://www.twilio.com/docs/voice/api/call-resource and messaging/api/message-resource, what we use.
CREATED = {
    "Calls": (
        {"To", "From", "Url"},
        {"Method", "StatusCallback", "StatusCallbackMethod", "Timeout", "TimeLimit", "MachineDetection"},
    ),
    "Messages": ({"To", "From", "Body"}, {"StatusCallback"}),
}
_E164 = re.compile(r"\+[1-9][0-9]{7,14}")
_LONGEST_BODY = 1600


class ConnectionBroken(Exception):
    """The connection breaks before an answer."""


class CarrierRefusal(Exception):
    """A request that the carrier would refuse, with its HTTP status and its error code."""

    def __init__(self, status: int, code: int, message: str):
        super().__init__(message)
        self.status, self.code = status, code


def refuse_invalid(form: dict[str, str], required: set[str], optional: set[str]) -> None:
    """Check the parameters of a request. Raises CarrierRefusal."""
    missing, unknown = required - set(form), set(form) - required - optional
    if missing or unknown:
        raise CarrierRefusal(400, 20001, f"missing: {sorted(missing)}, unknown: {sorted(unknown)}")
    for name in {"To", "From"} & set(form):
        if not _E164.fullmatch(form[name]):
            raise CarrierRefusal(400, 21211, f"{name} is not E.164")
    for name in {"Url", "StatusCallback"} & set(form):
        if not form[name].startswith(("http://", "https://")):
            raise CarrierRefusal(400, 21205, f"{name} is not an absolute address")
    for name, largest in (("Timeout", 600), ("TimeLimit", 14_400)):
        if name in form and not (form[name].isdigit() and 0 < int(form[name]) <= largest):
            raise CarrierRefusal(400, 21220, f"{name} is out of range")
    if form.get("MachineDetection", "Enable") not in ("Enable", "DetectMessageEnd"):
        raise CarrierRefusal(400, 21214, "no such machine detection")
    if not 0 < len(form.get("Body", "-")) <= _LONGEST_BODY:
        raise CarrierRefusal(400, 21617, "Body is too long")
