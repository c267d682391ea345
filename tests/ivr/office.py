"""An office that calls residents: a deployment, a worker's calling, and the phones that ring."""

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta

from sqlalchemy import insert, select
from twilio.request_validator import RequestValidator

from ivr.carrier.client import CarrierClient
from ivr.simulator import FakeCarrier, Handset
from resident_app.casework.calls import office_calls
from resident_app.casework.calls.office_calls import CallNumbers, CallStatus, NewCall
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.configuration import Configuration
from resident_app.database import reading, writing
from resident_app.database_roles import DatabaseRole
from resident_app.intake.call_tables import CallLegRow, OfficeCallRow
from resident_app.intake.request_tables import HelpRequestRow, RequestState
from resident_app.worker.call_placement import CallPlacer
from tests.conftest import BASE_URL, TOKEN, Deployment
from tests.roles import engine_as

OFFICER, RESIDENT, INTERPRETER = "+13605550111", "+12065550122", "+18005550133"
STAFF = 7


@dataclass
class Office:
    """`calling` is one worker's."""

    deployment: Deployment
    provider: FakeCarrier
    keys: OfficeKeysFile = field(init=False)
    calling: CallPlacer = field(init=False)
    token: str = ""

    def __post_init__(self) -> None:
        instance = self.deployment.context.settings.instance_dir
        self.keys = OfficeKeysFile(instance / "office.private.key")
        self.calling = self.worker()

    def worker(self, **outbound: int) -> CallPlacer:
        """A worker's calling, with an interpreter's number and with these limits."""
        context = self.deployment.context
        return CallPlacer(
            engine_as(self.deployment.audited, DatabaseRole.WORKER),
            self.keys,
            CarrierClient(context.settings, context.configuration.office.line),
            _with(context.configuration, outbound),
            BASE_URL,
        )

    def request(self, language: str = "ko") -> int:
        """A request that was left."""
        now = self.deployment.clock()
        with writing(self.deployment.engine) as connection:
            made = connection.execute(
                insert(HelpRequestRow).values(
                    submission=secrets.token_bytes(16),
                    selector=secrets.token_hex(3),
                    secret_hash="",
                    reference_attempt=0,
                    origin="phone",
                    spoken_language=language,
                    topic="question",
                    channel="phone",
                    state=RequestState.RECEIVED,
                    received_at=now,
                    last_contact_at=now,
                    sealed=b"",
                )
            )
        return int((made.inserted_primary_key or [0])[0])

    def begin(
        self,
        language: str = "ko",
        *,
        voicemail_ok: bool = False,
        resident: str = RESIDENT,
        request: int | None = None,
        staff: int = STAFF,
        token: str = "",
    ) -> int:
        """An officer clicks "call"."""
        self.token = token or secrets.token_hex(16)
        call = NewCall(
            token=self.token,
            request_id=request if request is not None else self.request(language),
            actor_id=staff,
            numbers=CallNumbers(OFFICER, resident),
            spoken_language=language,
            topic="question",
            voicemail_ok=voicemail_ok,
        )
        with writing(engine_as(self.deployment.audited, DatabaseRole.CONSOLE)) as connection:
            return office_calls.begin_call(connection, call, self.keys.current(), self.deployment.clock())

    def advance(self, seconds: float = 0.5) -> None:
        """Time passes, and the worker looks."""
        self.deployment.clock.pass_by(seconds)
        self.calling.advance(self.deployment.clock())

    def officer_ready(self) -> Handset:
        """The officer's phone rings, is answered, and a key is pressed."""
        self.advance()
        return self.provider.ringing(OFFICER).pick_up().press("1")

    def resident_rings(self, number: str = RESIDENT) -> Handset:
        self.advance()
        return self.provider.ringing(number)

    def look(self, call: int) -> CallStatus:
        with reading(self.deployment.engine) as connection:
            found = office_calls.find_call(connection, call)
        assert found is not None
        return found

    def row(self, call: int) -> OfficeCallRow:
        with reading(self.deployment.engine) as connection:
            return connection.execute(  # type: ignore[return-value]
                select(OfficeCallRow.__table__).where(OfficeCallRow.id == call)
            ).one()

    def legs(self, call: int) -> dict[str, str]:
        """The stage of each leg."""
        with reading(self.deployment.engine) as connection:
            found = select(CallLegRow.who, CallLegRow.stage).where(CallLegRow.call_id == call)
            return {leg.who: leg.stage for leg in connection.execute(found)}

    def post(self, path: str, call_sid: str, *, token: str = TOKEN, **form: str) -> tuple[int, str]:
        """A request of the provider about this call, signed with `token`."""
        whole = f"/voice/office/{self.token}/{path}"
        parameters = {"CallSid": call_sid, **form}
        signature = RequestValidator(token).compute_signature(BASE_URL + whole, parameters)
        return self.deployment.post(whole, parameters, {"X-Twilio-Signature": signature})

    def settle(self) -> None:
        """All that was put off is done."""
        for _ in range(3):
            self.advance(timedelta(seconds=61).total_seconds())


def _with(configuration: Configuration, outbound: dict[str, int]) -> Configuration:
    limits = configuration.limits
    changed = limits.model_copy(update={"outbound": limits.outbound.model_copy(update=outbound)})
    office = configuration.office.model_copy(update={"interpreter": INTERPRETER})
    return replace(configuration, limits=changed, office=office)
