"""What follows from messages: their requests learn whether they arrived, and officers learn who wrote."""

from datetime import datetime

from sqlalchemy import Engine

from resident_app.casework.cases.settlement import settle_messages
from resident_app.casework.notices.notice_mail import mail_notices
from resident_app.casework.notices.staff_notices import has_news, tell_of_replies
from resident_app.casework.office_keys import OfficeKeys
from resident_app.configuration import Configuration
from resident_app.database import reading, writing


def follow_up(engine: Engine, keys: OfficeKeys, configuration: Configuration, now: datetime) -> None:
    """Do what is left to do. Two workers may do it at the same time."""
    zone, reached = configuration.calendar.zone, configuration.casework.spoken_outcomes
    settle_messages(engine, zone, reached, now)
    with reading(engine) as connection:
        is_news = has_news(connection)
    if is_news:
        with writing(engine) as connection:
            tell_of_replies(connection)
    mail_notices(engine, keys, now)
