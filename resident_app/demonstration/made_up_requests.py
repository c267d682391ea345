"""Made-up help requests for the console: in many languages, some old, some answered."""

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from faker import Faker
from sqlalchemy import Engine, func, select

from resident_app.casework.cases.actions import Actor, CaseAction
from resident_app.casework.cases.case_service import CaseService
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.configuration import Configuration
from resident_app.database import reading, writing
from resident_app.intake.help_request import HelpRequest
from resident_app.intake.reference_authentication import hash_secret
from resident_app.intake.request_storage import free_references, insert_request, submission_of
from resident_app.intake.request_tables import HelpRequestRow, RequestState

SEED = 20180110
REQUESTS = 60

_WORDS = {
    "en": "I got a letter and I do not understand it.",
    "es": "Quisiera hablar con alguien sobre mi licencia.",
    "zh-Hans": "我想知道我的信息有没有被提供给别人。",
    "vi": "Tôi muốn hỏi về hồ sơ của tôi.",
    "ru": "Я хочу поговорить с кем-нибудь о моих данных.",
    "ko": "제 기록에 대해 물어보고 싶습니다.",
    "ja": "私の記録について聞きたいことがあります。",
    "uk": "Я хочу запитати про свої дані.",
    "ar": "أريد أن أسأل عن سجلي.",
    "so": "Waxaan rabaa inaan wax ka weydiiyo diiwaankayga.",
    "am": "ስለ መዝገቤ መጠየቅ እፈልጋለሁ።",
    "other": "",
}


@dataclass(frozen=True)
class _MadeUpRequest:
    """A made-up request, and how long ago it was received."""

    request: HelpRequest
    age: timedelta


def make_requests(engine: Engine, keys: OfficeKeysFile, configuration: Configuration, now: datetime) -> bool:
    """Fill an office that has no requests. Return whether it had none."""
    with reading(engine) as connection:
        if connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one():
            return False
    chance = random.Random(SEED)  # noqa: S311
    fake = Faker("en_US")
    fake.seed_instance(SEED)
    casework = CaseService(
        engine, keys, frozenset(configuration.casework.outcomes), configuration.contact_hours
    )
    worked_on: list[tuple[datetime, int]] = []
    for _ in range(REQUESTS):
        made = _made_up(chance, fake, configuration)
        number = _store(engine, keys, made, now)
        worked_on.append((now - made.age * chance.random() * 0.8, number))
    # In order of time, because the audit log is.
    for at, number in sorted(worked_on):
        _work_on(casework, number, at, chance, configuration)
    return True


def _made_up(chance: random.Random, fake: Faker, configuration: Configuration) -> _MadeUpRequest:
    language = chance.choice(list(_WORDS))
    origin = chance.choice(("site", "phone"))
    channel = "phone" if origin == "phone" else chance.choice(("phone", "text", "email"))
    request = HelpRequest(
        origin=origin,
        reach_by=channel,
        phone="" if channel == "email" else f"+1206555{chance.randrange(100, 200):04d}",
        email=f"made-up-{chance.randrange(1000)}@example.com" if channel == "email" else "",
        spoken=language,
        written=language,
        topic=chance.choice(list(configuration.codes.topics)),
        name=fake.name() if origin == "site" else "",
        message=_WORDS[language] if origin == "site" else "",
        best_time=chance.choice(list(configuration.codes.times)),
        voicemail_ok=chance.random() < 0.5,
    )
    return _MadeUpRequest(request, timedelta(hours=chance.randrange(1, 24 * 14)))


def _store(engine: Engine, keys: OfficeKeysFile, made: _MadeUpRequest, now: datetime) -> int:
    """Store a request as the help desk would have at that time, with a reference that the site knows."""
    seed, at = secrets.token_bytes(32), now - made.age
    submission = submission_of(seed)
    attempt, reference = free_references(engine, seed)[0]
    with writing(engine) as connection:
        insert_request(
            connection,
            keys.current().newest.public,
            made.request,
            reference,
            secret_hash=hash_secret(reference),
            submission=submission,
            attempt=attempt,
            received_at=at,
            last_contact_at=at,
        )
        stored = select(HelpRequestRow.id).where(HelpRequestRow.submission == submission)
        return connection.execute(stored).scalar_one()


def _work_on(
    casework: CaseService, number: int, at: datetime, chance: random.Random, configuration: Configuration
) -> None:
    """Do what the office may have done since: nothing, a call, an answer."""
    actor = Actor(1, at, configuration.calendar.zone, secrets.token_hex(16))
    match chance.choice(("nothing", "nothing", "called", "called", "closed")):
        case "called":
            went = chance.choice(configuration.casework.call)
            next_try = configuration.calendar.next_working_day_end(actor.day)
            casework.record_call(number, None, went, actor, next_try if went.again else None)
        case "closed":
            casework.perform(
                number,
                CaseAction("Answered on the phone.", state=RequestState.CLOSED, outcome="answered"),
                actor,
            )
