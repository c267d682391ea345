"""What follows: requests learn whether messages arrived, officers who wrote and which call-back is due."""

from datetime import datetime

from sqlalchemy import Engine

from resident_app.casework.cases.settlement import settle_messages
from resident_app.casework.notices.notice_mail import mail_notices
from resident_app.casework.notices.staff_notices import (
    has_due_call_backs,
    has_news,
    tell_of_call_backs,
    tell_of_replies,
)
from resident_app.casework.office_keys import OfficeKeys
from resident_app.configuration import Configuration
from resident_app.database import reading, writing


def follow_up(engine: Engine, keys: OfficeKeys, configuration: Configuration, now: datetime) -> None:
    """Do what is left to do. Two workers may do it at the same time."""
    zone, reached = configuration.calendar.zone, configuration.casework.spoken_outcomes
    settle_messages(engine, zone, reached, now)
    with reading(engine) as connection:
        is_news, is_due = has_news(connection), has_due_call_backs(connection, now)
    if is_news or is_due:
        with writing(engine) as connection:
            tell_of_replies(connection)
            tell_of_call_backs(connection, now)
    mail_notices(engine, keys, now)
