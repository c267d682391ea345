"""Tell the console every few seconds that this worker runs, and what it can do."""

from resident_app.carrier_settings import Carrier
from resident_app.casework.key_check import OfficeKeyCheck
from resident_app.casework.worker_status import note_heartbeat
from resident_app.database import writing
from resident_app.settings import WorkerSettings
from resident_app.worker.context import WorkerContext

_CARRIERS = {Carrier.TWILIO: "Twilio", Carrier.SIGNALWIRE: "SignalWire"}


class Heartbeat:
    """The heartbeat of one worker, under its name."""

    def __init__(self, context: WorkerContext, worker: str, key_check: OfficeKeyCheck):
        self._context = context
        self._worker = worker
        self._key_check = key_check
        self._names = {
            "phone_company": phone_company_name(context.settings) if context.provider else "",
            "mail_server": context.settings.smtp_url.host or "" if context.settings.smtp_url else "",
        }

    def note(self) -> None:
        """Note that the worker runs now."""
        self._note(problem=self._key_check.problem(), has_stopped=False)

    def note_end(self) -> None:
        """Note that the worker was stopped, so that nobody waits for a minute to hear it."""
        self._note(problem="", has_stopped=True)

    def _note(self, **columns: str | bool) -> None:
        with writing(self._context.engine) as connection:
            note_heartbeat(connection, self._worker, self._context.clock(), **self._names, **columns)


def phone_company_name(settings: WorkerSettings) -> str:
    """Return the name by which officers know the phone company."""
    if settings.has_made_up_carrier:
        return "the demonstration’s"
    return _CARRIERS[settings.carrier]
