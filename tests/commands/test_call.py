"""`flask call`: a phone in the terminal, and the transcript of any path."""

import pytest
from click.testing import Result
from sqlalchemy import func, insert, select

from ivr.words.spoken_values import render_day
from resident_app.commands import create_app
from resident_app.database import reading, writing
from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from resident_app.security.rate_limits import AttemptRow
from tests.conftest import Deployment
from tests.made_up import ONCE, keys_of


@pytest.fixture
def call(deployment: Deployment, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("INSTANCE_DIR", str(deployment.context.settings.instance_dir))
    monkeypatch.setenv("EVALUATOR_URL", deployment.context.settings.evaluator_url)
    monkeypatch.setenv("PUBLIC_BASE_URL", "https://records.example.gov")
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "t")

    def ring(*arguments: str, typed: str = "") -> Result:
        done = create_app().test_cli_runner().invoke(args=["call", *arguments], input=typed)
        assert done.exception is None, done.output
        return done

    return ring


@pytest.mark.parametrize("code", [language.code for language in load_languages().on_the_phone()])
def test_the_transcript_of_a_check(call, code: str) -> None:
    done = call("--lang", code, "--keys", " ".join([*keys_of(ONCE), "9"]))
    language = load_languages()[code]
    assert render_day(ONCE.disclosures[0].answered_on, language) in done.output
    assert done.output.rstrip().endswith("(the call is over)")


def test_a_conversation_with_the_map(call) -> None:
    done = call("--lang", "en", typed="?\n1\n?\nnonsense\n\nh\n")
    assert "You are at: main" in done.output
    assert "You are at: card" in done.output
    assert "We did not hear a key." in done.output
    assert "h hangs up" in done.output


def test_a_request_that_is_left_is_real(deployment: Deployment, call) -> None:
    call("--lang", "ko", "--keys", "2 1 3 1 2 1 h")
    with reading(deployment.engine) as connection:
        assert connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one() == 1


def test_another_time_does_no_harm(deployment: Deployment, call) -> None:
    attempt = {"reservation": b"1", "counted": b"1", "at": 1, "expires_at": 1, "settled": True, "weight": 1}
    with writing(deployment.short_lived) as connection:
        connection.execute(insert(AttemptRow).values(**attempt))
    done = call("--at", "2030-07-01T20:00", "--lang", "en", "--keys", "2 1 3 1 h")
    assert "Your reference number" in done.output
    with reading(deployment.short_lived) as connection:
        assert connection.execute(select(func.count()).select_from(AttemptRow)).scalar_one() == 1
    with reading(deployment.engine) as connection:
        assert connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one() == 0
