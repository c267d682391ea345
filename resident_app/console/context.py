"""What the console works with, built once from settings. There is no register key among it."""

import threading
from dataclasses import dataclass
from datetime import date

from flask import Flask, current_app
from sqlalchemy import Engine

from resident_app.casework.cases.case_service import CaseService
from resident_app.casework.cases.request_index import RequestIndex
from resident_app.casework.messages.back_translations import BackTranslations, load_back_translations
from resident_app.casework.office_keys import OfficeKeysFile
from resident_app.clock import Clock, today, utc_now
from resident_app.configuration import Configuration, load_configuration
from resident_app.database import open_database
from resident_app.languages import Languages, load_languages
from resident_app.security import event_log
from resident_app.settings import ConsoleSettings

_EXTENSION = "console_parts"


@dataclass(frozen=True)
class ConsoleContext:
    settings: ConsoleSettings
    configuration: Configuration
    languages: Languages
    engine: Engine
    keys: OfficeKeysFile
    read_back: BackTranslations
    casework: CaseService
    opened: RequestIndex
    clock: Clock

    def today(self) -> date:
        """The day it is at the office."""
        return today(self.configuration, self.clock())


def open_context(settings: ConsoleSettings, clock: Clock = utc_now) -> ConsoleContext:
    """Build every part. Raises SettingsError if a key, a file of config/ or a catalogue is not right."""
    configuration = load_configuration()
    languages = load_languages()
    engine = open_database(settings.database)
    keys = OfficeKeysFile(settings.office_private_key_path)
    return ConsoleContext(
        settings=settings,
        configuration=configuration,
        languages=languages,
        engine=engine,
        keys=keys,
        read_back=load_back_translations(languages),
        casework=CaseService(engine, keys, frozenset(configuration.casework.outcomes)),
        opened=RequestIndex(engine, keys),
        clock=clock,
    )


def attach(app: Flask, parts: ConsoleContext) -> None:
    """Give an application its parts."""
    app.extensions[_EXTENSION] = parts


def current_context() -> ConsoleContext:
    """The parts of the application that serves this request."""
    found: ConsoleContext = current_app.extensions[_EXTENSION]
    return found


def open_ahead(app: Flask) -> None:
    """Open the requests in memory beside the first requests of officers, so that no search waits for it."""
    parts: ConsoleContext = app.extensions[_EXTENSION]

    def ahead() -> None:
        try:
            parts.opened.current()
        except Exception as error:
            event_log.failed("open ahead", error)

    threading.Thread(target=ahead, daemon=True).start()
