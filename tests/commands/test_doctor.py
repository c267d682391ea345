"""`flask doctor` finds faults that would make the line refuse every caller."""

import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from ivr.carrier.documents import WRITTEN, lacking
from ivr.simulator import FakeCarrier
from ivr.simulator.fake_carrier import ACCOUNT_SID
from ivr.words.voices import is_known
from resident_app.carrier_settings import Carrier
from resident_app.clock import today, utc_now
from resident_app.commands import create_app
from resident_app.configuration import load_configuration
from resident_app.configuration.office import Holiday
from resident_app.database_roles import DatabaseRole
from resident_app.languages import PhoneVoice, load_languages
from resident_app.register.register_key import RegisterKey, RegisterKeys
from resident_app.security.public_keys import make_public_keys
from tests.conftest import Deployment, DeployWith
from tests.evaluator import ThreadedEvaluator
from tests.load.servers import TOKEN, serving
from tests.made_up import CARDS, seal_and_publish
from tests.roles import engine_as


def doctor(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, **environment: str
) -> tuple[int, list[str]]:
    settings = {
        "INSTANCE_DIR": str(deployment.context.settings.instance_dir),
        "TWILIO_AUTH_TOKEN": TOKEN,
        "EVALUATOR_URL": deployment.context.settings.evaluator_url,
        **environment,
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    done = create_app().test_cli_runner().invoke(args=["doctor"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.output
    return done.exit_code, done.output.splitlines()


def test_a_sound_deployment(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    instance = deployment.context.settings.instance_dir
    more = {"TWILIO_WEBHOOK_KEYS": "key_1:a-secret", "SIGNALWIRE_SIGNING_KEYS": "PSK-old,PSK-new"}
    with serving(instance, PUBLIC_BASE_URL="http://127.0.0.1:{port}", **more) as server:
        address = f"http://127.0.0.1:{server.port}"
        status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=address, **more)
        assert status == 0, lines
        assert len(lines) == 15
        to_record = next(line for line in lines if line.startswith("ok    recordings: so has no voice"))
        assert "config/recordings/km/: 0.wav 1.wav" in to_record
        assert " received.wav " in to_record
        signed = (
            "a call signed with TWILIO_AUTH_TOKEN, TWILIO_WEBHOOK_KEYS, SIGNALWIRE_SIGNING_KEYS is answered"
        )
        assert any(signed in line for line in lines)
        status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=address, TWILIO_AUTH_TOKEN="another")
        assert status == 1
        assert next(line for line in lines if line.startswith("fail")).startswith("fail  signature")
        status, lines = doctor(
            deployment, monkeypatch, PUBLIC_BASE_URL=address.replace("127.0.0.1", "localhost")
        )
        assert status == 1, "signed for one address, reached at another"


def test_each_fault_is_named(
    deployment: Deployment, evaluator: ThreadedEvaluator, monkeypatch: pytest.MonkeyPatch
) -> None:
    status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    assert status == 1
    assert any("nothing answers at http://127.0.0.1:9" in line for line in lines)
    keys = deployment.context.settings.instance_dir / "public.keys"
    right = keys.read_text()
    keys.write_text(make_public_keys())
    status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    assert any("sealed with another dictionary key" in line for line in lines)
    keys.write_text(right)
    evaluator.stop()
    status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    assert any("the evaluator does not answer at unix:" in line for line in lines)
    evaluator.keys = RegisterKeys((RegisterKey(bytes(32)),))
    evaluator.start()
    status, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    assert any("does not hold the register key of the live edition" in line for line in lines)
    monkeypatch.delenv("PUBLIC_BASE_URL")
    done = create_app().test_cli_runner().invoke(args=["doctor"])
    assert done.exit_code == 1
    assert "PUBLIC_BASE_URL is missing" in done.output


def test_a_deployment_without_a_secret_of_the_carrier_is_named(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "http://127.0.0.1:9"
    _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=base, TWILIO_AUTH_TOKEN="")
    line = next(line for line in lines if " signature: " in line)
    assert line.startswith(
        "fail  signature: no secret of a carrier is set, so every call and text is refused"
    )


def test_it_tells_what_pages_say_about_themselves(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = load_configuration()

    def line(official: bool, address: str) -> str:
        office = found.office.model_copy(update={"official": official})
        module = sys.modules["resident_app.commands.doctor"]
        monkeypatch.setattr(module, "load_configuration", lambda: replace(found, office=office))
        _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=address)
        return next(line for line in lines if " identity: " in line)

    https, http = "https://127.0.0.1:9", "http://127.0.0.1:9"
    assert "pages do not say that they are official" in line(False, http)
    assert line(True, https).startswith("ok    identity: pages say that they are an official website")
    assert line(True, http).startswith("fail  identity: config/office.toml says official = true")
    publishing = engine_as(deployment.engine, DatabaseRole.REGISTER)
    seal_and_publish(deployment.context, CARDS, tmp_path, publishing, made_up=True)
    assert line(False, http).startswith("ok    identity: pages say that they are a demonstration")
    assert line(True, https).startswith("fail  identity: ")
    assert "--made-up" in line(True, https)


@pytest.mark.parametrize(
    ("days", "words"), [(200, "ok    dates: "), (150, "warn  dates: "), (-1, "warn  dates: ")]
)
def test_what_ends_in_config_is_a_warning_and_no_failure(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch, days: int, words: str
) -> None:
    found = load_configuration()
    day = today(found, utc_now()) + timedelta(days=days)
    office = found.office.model_copy(update={"holiday": (Holiday(name="Staff day", day=day),)})
    module = sys.modules["resident_app.commands.doctor"]
    monkeypatch.setattr(module, "load_configuration", lambda: replace(found, office=office, organizations=()))
    _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    [line] = [line for line in lines if " dates: " in line]
    assert line.startswith(words)
    if words.startswith("warn"):
        for named in ("config/office.toml", "Staff day", day.isoformat()):
            assert named in line


def test_the_number_at_the_carrier_is_checked(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = "http://127.0.0.1:9"
    right = {
        "voice_url": f"{base}/voice/start",
        "voice_fallback_url": f"{base}/voice/fallback.xml",
        "status_callback": f"{base}/voice/status",
        "sms_url": f"{base}/text",
    }
    with FakeCarrier(TOKEN, base).serving() as carrier:
        account = {"TWILIO_ACCOUNT_SID": ACCOUNT_SID, "TWILIO_API_BASE": carrier.address}

        def number_line() -> str:
            _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL=base, **account)
            return next(line for line in lines if " number: " in line)

        assert "is not a number of" in number_line()
        carrier.webhooks = right
        assert number_line().startswith("ok")
        carrier.webhooks = right | {"voice_url": "https://elsewhere.example/voice"}
        assert f"to {base}/voice/start" in number_line()
        carrier.token = "another"
        assert "refuses TWILIO_ACCOUNT_SID" in number_line()


@pytest.mark.parametrize(
    ("voice", "language", "known"),
    [
        ("Polly.Joanna-Neural", "en-US", True),
        ("Polly.Joanna-Neural", "es-US", False),
        ("Polly.Nobody-Neural", "en-US", False),
        ("Google.uk-UA-Wavenet-A", "uk-UA", True),
        ("Google.uk-UA-Wavenet-A", "ru-RU", False),
        ("Google.uk-UA-Nonsense", "uk-UA", False),
        ("alice", "en-US", False),
    ],
)
def test_a_voice_must_be_one_of_its_language(voice: str, language: str, known: bool) -> None:
    assert is_known(PhoneVoice(menu=1, key="1", language=language, voice=voice)) is known


def test_what_a_carrier_lacks_is_listed(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def line(carrier: str) -> str:
        _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9", CARRIER=carrier)
        return next(line for line in lines if " voices: " in line)

    assert line("twilio").startswith(
        "ok    voices: twilio has every verb, and a voice for en-US, es-US, cmn-CN"
    )
    assert line("signalwire").startswith("ok    voices: signalwire has every verb, and a voice for en-US")
    assert 'try it in a call: Gather finishOnKey="", Conference waitUrl=""' in line("signalwire")
    without = {verb: names for verb, names in WRITTEN.items() if verb != "Leave"} | {"Refer": frozenset()}
    module = sys.modules["resident_app.commands.doctor"]
    monkeypatch.setattr(module, "lacking", lambda carrier: lacking(carrier, without))
    assert line("signalwire") == "fail  voices: signalwire does not document Refer"
    monkeypatch.setattr(module, "load_languages", lambda carrier=None: load_languages())
    assert "signalwire documents no voice Google.yue-HK-Standard-A for yue-HK" in line("signalwire")


def test_each_carrier_speaks_with_its_own_voices(deploy: DeployWith) -> None:
    """Every language has a voice of each carrier, which the carrier documents."""
    for carrier in Carrier:
        for language in load_languages(carrier=carrier).on_the_phone():
            assert language.phone
            assert is_known(language.phone, carrier), (carrier, language.code)
    heard = {one.language: one.voice for one in deploy(CARDS, carrier="signalwire").ring().heard}
    assert heard["yue-HK"] == "gcloud.yue-HK-Standard-A"
    assert lacking(Carrier.SIGNALWIRE, {"Say": frozenset({"voice", "pitch"})}) == ["Say pitch"]


def test_a_voice_without_a_carrier_is_twilio_s() -> None:
    entry = PhoneVoice(menu=1, key="1", language="th-TH", voice="Google.th-TH-Standard-A")
    assert entry.of_carrier(Carrier.TWILIO).voice == "Google.th-TH-Standard-A"
    assert entry.of_carrier(Carrier.SIGNALWIRE).voice == "", "it needs recordings"


def test_a_script_without_a_font_is_named(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "resident_app.web.typesetting.fonts.installed_families", lambda: frozenset({"Noto Sans Arabic"})
    )
    _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
    line = next(line for line in lines if "letters:" in line)
    assert line.startswith("ok    letters: no font for zh-Hans, zh-Hant, ko, ja, am, pa, km:")
    assert line.endswith("install fonts-noto-core fonts-noto-cjk")


def test_keys_that_the_public_process_should_not_read_are_named(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = deployment.context.settings.instance_dir
    for named in (True, False):
        _, lines = doctor(deployment, monkeypatch, PUBLIC_BASE_URL="http://127.0.0.1:9")
        line = next(line for line in lines if "keys:" in line)
        assert ("audit.key" in line) is named
        (folder / "audit.key").unlink(missing_ok=True)
