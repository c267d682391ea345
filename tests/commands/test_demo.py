"""The demonstration on other ports, and on one that is taken."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest

from resident_app.commands import create_app
from resident_app.demonstration.deployment import Ports, make_settings_file, publish_made_up_cards
from resident_app.register.publication import live_edition
from resident_app.settings import ConsoleSettings, KeyFileSettings, PhoneSettings, load_settings
from tests.conftest import Deployment, DeployWith
from tests.made_up import CARDS, LIGHT


def test_started_again_with_other_ports_every_address_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    settings = KeyFileSettings(instance_dir=tmp_path)
    make_settings_file(settings, Ports())
    file = tmp_path / "settings.env"
    secrets = [line for line in file.read_text().splitlines() if "KEY" in line or "TOKEN" in line]
    file.write_text(file.read_text() + "# mine\n")
    make_settings_file(settings, Ports(9310, 9311, 9313))
    again = file.read_text()
    make_settings_file(settings, Ports(9310, 9311, 9313))
    assert file.read_text() == again
    assert [line for line in again.splitlines() if "KEY" in line or "TOKEN" in line] == secrets
    assert "# mine" in again
    phone, console = load_settings(PhoneSettings), load_settings(ConsoleSettings)
    assert phone.base_url == "http://127.0.0.1:9310"
    assert phone.twilio_api_base.port == 9313
    assert console.console_url == "http://localhost:9311"


def test_an_address_that_somebody_chose_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    (tmp_path / "settings.env").write_text("PUBLIC_BASE_URL=https://records.example.gov\n")
    make_settings_file(KeyFileSettings(instance_dir=tmp_path), Ports())
    assert load_settings(PhoneSettings).base_url == "https://records.example.gov"


def test_a_taken_port_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", "0")
        monkeypatch.setenv("PHONES_PORT", "0")
        monkeypatch.setenv("CONSOLE_PORT", str(port))
        done = create_app().test_cli_runner().invoke(args=["demo", "free-ports"])
    assert done.exit_code == 1
    assert f"Port {port} is taken. Choose another one: make run CONSOLE_PORT=…" in done.output


def test_what_a_demonstration_publishes_is_marked(deploy: DeployWith) -> None:
    deployment = deploy()
    context = deployment.context
    settings = KeyFileSettings(_env_file=None, instance_dir=context.settings.instance_dir)
    limits = context.configuration.limits.model_copy(update={"sealing": LIGHT})
    publish_made_up_cards(deployment.engine, settings, replace(context.configuration, limits=limits), CARDS)
    assert live_edition(deployment.engine, context.verify_keys).edition.made_up


def test_who_has_a_demonstration_without_the_mark_is_told(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = deployment.context.settings.instance_dir
    monkeypatch.setenv("INSTANCE_DIR", str(instance))
    done = create_app().test_cli_runner().invoke(args=["demo"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "not marked as made-up" in done.output
    assert str(instance) in done.output


def test_there_is_a_card_for_each_thing_that_an_answer_can_say_of_ice() -> None:
    done = create_app().test_cli_runner().invoke(args=["demo", "cards", "--json"])
    cards = json.loads(done.output)
    said = {(card["recipients"] or {}).get("ice") for card in cards}
    assert said == {None, "yes", "not-shown", "only-above", "above-and-others"}
    assert all((card["answer"] == "shared") == bool(card["disclosures"]) for card in cards)
    often = next(card for card in cards if len(card["disclosures"]) > 8)
    parts_of_ice = [one for one in often["disclosures"] if one["agency"].startswith("ICE")]
    assert all(one in often["disclosures"][:8] for one in parts_of_ice[:8])
    shown = create_app().test_cli_runner().invoke(args=["demo", "cards"]).output
    for title in ("shared with ICE ", "shared with ICE and others", "shared with CBP ", "shared with DHS "):
        assert title in shown
