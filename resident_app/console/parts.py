"""What the console works with, built once from settings. There is no register key among it."""

import threading
from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app
from sqlalchemy import Engine

from resident_app.clock import Clock, today, utc_now
from resident_app.configuration import Configuration, load_configuration
from resident_app.database import open_database
from resident_app.languages import Languages, load_languages
from resident_app.outreach.cases.casework import Casework
from resident_app.outreach.cases.opened import OpenedRequests
from resident_app.outreach.messages.back_translations import BackTranslations, load_back_translations
from resident_app.outreach.office_key import OfficeKeysFile
from resident_app.safeguards import events
from resident_app.settings import ConsoleSettings

_EXTENSION = "console_parts"


@dataclass(frozen=True)
class ConsoleParts:
    settings: ConsoleSettings
    configuration: Configuration
    languages: Languages
    engine: Engine
    keys: OfficeKeysFile
    read_back: BackTranslations
    casework: Casework
    opened: OpenedRequests
    clock: Clock

    def today(self) -> date:
        """The day it is at the office."""
        return today(self.configuration, self.clock())


def open_parts(settings: ConsoleSettings, clock: Clock = utc_now) -> ConsoleParts:
    """Build every part. Raises SettingsError if a key, a file of config/ or a catalogue is not right."""
    configuration = load_configuration()
    languages = load_languages()
    engine = open_database(settings.database)
    keys = OfficeKeysFile(settings.office_private_key_path)
    return ConsoleParts(
        settings=settings,
        configuration=configuration,
        languages=languages,
        engine=engine,
        keys=keys,
        read_back=load_back_translations(languages),
        casework=Casework(engine, keys, frozenset(configuration.casework.outcomes)),
        opened=OpenedRequests(engine, keys),
        clock=clock,
    )


def attach(app: Flask, parts: ConsoleParts) -> None:
    """Give an application its parts."""
    app.extensions[_EXTENSION] = parts


def current_parts() -> ConsoleParts:
    """The parts of the application that serves this request."""
    found: ConsoleParts = current_app.extensions[_EXTENSION]
    return found


def open_ahead(app: Flask) -> None:
    """Open the requests in memory beside the first requests of officers, so that no search waits for it."""
    parts: ConsoleParts = app.extensions[_EXTENSION]

    def ahead() -> None:
        try:
            parts.opened.current()
        except Exception as error:
            events.failed("open ahead", error)

    threading.Thread(target=ahead, daemon=True).start()
