"""A translation that is missing stops a deployment. A demonstration shows the English text in marks."""

from collections.abc import Callable
from pathlib import Path

import polib
import pytest
from jinja2 import ChoiceLoader, DictLoader

from ivr.words.prompts import Prompt
from ivr.words.recordings import Recordings
from ivr.words.required_messages import require_words
from ivr.words.text_messages import Text
from resident_app import public_context
from resident_app.casework.messages.back_translations import BackTranslations, load_back_translations
from resident_app.casework.messages.templates import MessageTemplate
from resident_app.catalogues import Domain, catalogue_file
from resident_app.configuration import load_configuration
from resident_app.demonstration.deployment import Ports, make_settings_file
from resident_app.languages import load_languages
from resident_app.settings import (
    KeyFileSettings,
    PublicSettings,
    RegisterSettings,
    SettingsError,
    load_settings,
)
from tests.conftest import DeployWith
from tests.translations.pseudo_language import CODE, VOICE, make_pseudo_language

SENTENCE = "Ask the Office of Community Outreach to call you back"

Lacking = Callable[..., Path]


@pytest.fixture
def lacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lacking:
    """Serve the pseudo-language without some messages; returns its translations/."""

    def make(*messages: str) -> Path:
        config, translations = make_pseudo_language(tmp_path / "pseudo", lack=messages)
        monkeypatch.setattr(
            public_context, "load_languages", lambda **how: load_languages(config, translations, **how)
        )
        return translations

    return make


def drop_from_template(translations: Path, domain: Domain, message: str) -> None:
    template = polib.pofile(str(translations / f"{domain}.pot"))
    template.remove(template.find(message))
    template.save()


def test_a_deployment_refuses_a_page_that_is_not_whole(lacking: Lacking, deploy: DeployWith) -> None:
    lacking(SENTENCE)
    with pytest.raises(SettingsError, match=f"the site catalogue of {CODE} lacks 1 of .* '{SENTENCE}'"):
        deploy()


@pytest.mark.parametrize("prompt", [Prompt.RECEIVED, Prompt.NO_INPUT])
def test_a_deployment_refuses_a_prompt_that_is_missing(
    lacking: Lacking, deploy: DeployWith, prompt: Prompt
) -> None:
    """Also if the template lacks it: the prompts of the code are what callers hear."""
    drop_from_template(lacking(prompt.value), Domain.PHONE, prompt.value)
    with pytest.raises(SettingsError, match=f"the phone catalogue of {CODE} lacks 1 of .* '{prompt.value}'"):
        deploy()


def test_a_deployment_refuses_a_text_message_that_is_missing(lacking: Lacking, deploy: DeployWith) -> None:
    drop_from_template(lacking(Text.STOPPED.value), Domain.SITE, Text.STOPPED.value)
    with pytest.raises(
        SettingsError, match=f"the site catalogue of {CODE} lacks 1 of .* '{Text.STOPPED.value}'"
    ):
        deploy()


def test_a_language_of_the_site_alone_needs_no_prompt(tmp_path: Path) -> None:
    config, translations = make_pseudo_language(tmp_path)
    list_of_languages = config / "languages.toml"
    lines = list_of_languages.read_text(encoding="utf-8").splitlines()
    list_of_languages.write_text("\n".join(line for line in lines if VOICE not in line), encoding="utf-8")
    catalogue_file(translations, CODE, Domain.PHONE).with_suffix(".mo").unlink()
    require_words(load_languages(config, translations), load_configuration().codes, Recordings())


def test_a_demonstration_shows_english_in_marks(lacking: Lacking, deploy: DeployWith) -> None:
    lacking(SENTENCE, Prompt.MAIN_CHECK.value)
    deployment = deploy(show_untranslated=True)
    assert f"⟦{SENTENCE}⟧" in deployment.client.get(f"/{CODE}/").text
    assert f"⟦{SENTENCE}⟧" not in deployment.client.get("/en/").text
    assert f"⟦{Prompt.MAIN_CHECK.value % {'key': 1}}⟧" in deployment.ring().press("2").text


def test_a_demonstration_shows_a_language_without_catalogues(lacking: Lacking, deploy: DeployWith) -> None:
    translations = lacking()
    for domain in Domain:
        catalogue_file(translations, CODE, domain).with_suffix(".mo").unlink()
    assert f"⟦{SENTENCE}⟧" in deploy(show_untranslated=True).client.get(f"/{CODE}/").text


def test_a_demonstration_shows_a_new_sentence_before_it_is_in_a_template(
    lacking: Lacking, deploy: DeployWith
) -> None:
    lacking()
    app = (deployment := deploy(show_untranslated=True)).app
    assert app.jinja_env.loader is not None
    source, _, _ = app.jinja_env.loader.get_source(app.jinja_env, "home.html")
    new = source.replace(
        "{% block main %}", '{% block main %}<p>{{ _("Brand new for %(who)s.", who=1) }}</p>'
    )
    app.jinja_env.loader = ChoiceLoader([DictLoader({"home.html": new}), app.jinja_env.loader])
    assert "⟦Brand new for 1.⟧" in deployment.client.get(f"/{CODE}/").text
    assert "<p>Brand new for 1.</p>" in deployment.client.get("/en/").text


def test_an_officer_sees_a_new_template_in_a_demonstration(tmp_path: Path) -> None:
    """Nobody has translated it, nor read the translation back."""
    lack = [MessageTemplate.DONE.value]

    def read_back(*, show_untranslated: bool) -> BackTranslations:
        languages = load_languages(config, translations, show_untranslated=show_untranslated)
        return load_back_translations(languages, translations, may_lack=show_untranslated)

    config, translations = make_pseudo_language(tmp_path, lack=lack)
    drop_from_template(translations, Domain.SITE, MessageTemplate.DONE.value)
    (translations / "back.toml").touch()
    with pytest.raises(SettingsError, match=f"{CODE} lacks 1 of .*'We have done"):
        read_back(show_untranslated=False)
    assert read_back(show_untranslated=True).of(CODE, "DONE") == f"⟦{MessageTemplate.DONE.value}⟧"


def test_only_the_demonstration_sets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSTANCE_DIR", str(tmp_path))
    assert not load_settings(RegisterSettings).show_untranslated
    make_settings_file(KeyFileSettings(instance_dir=tmp_path), Ports())
    assert load_settings(PublicSettings).show_untranslated
