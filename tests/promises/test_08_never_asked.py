"""Promise 8: immigration status, citizenship, place of birth, social security number: never asked."""

from resident_app.intake.request_tables import HelpRequestRow
from resident_app.languages import load_languages
from tests.conftest import Deployment

ASKED = {
    "/check": {
        "card_number",
        "birth_month",
        "birth_day",
        "birth_year",
        "issue_month",
        "issue_day",
        "issue_year",
    },
    "/help": {
        "form_token",
        "name",
        "reach_by",
        "phone",
        "email",
        "spoken",
        "written",
        "topic",
        "message",
        "best_time",
        "voicemail_ok",
        # Hidden: the sealed answer that the person came from, and the address that they were asked about.
        "answer",
        "asked_about",
    },
    "/help/status": {"reference"},
}


def test_what_the_forms_ask(deployment: Deployment) -> None:
    for code in [language.code for language in load_languages().on_the_site()]:
        for path, names in ASKED.items():
            page = deployment.client.get(f"/{code}{path}")
            fields = [field for tag in ("input", "select", "textarea") for field in page.all(tag)]
            assert {field.get("name") for field in fields} == names


def test_what_is_stored_of_a_request() -> None:
    assert set(HelpRequestRow.__table__.columns.keys()) == {
        "id",
        "submission",
        "selector",
        "secret_hash",
        "reference_attempt",
        "origin",
        "spoken_language",
        "written_language",
        "topic",
        "channel",
        "state",
        "received_at",
        "sealed",
        "sealed_to",
        "version",
        "assigned_to",
        "last_contact_at",
        "tried_on",
        "next_action_at",
        "call_back_officer",
        "call_back_interpreter",
        "priority",
        "closed_at",
        "outcome",
        "merged_into",
        "legal_hold",
        "erasure_requested_at",
        "contact_removed_at",
        "wrote_at",
        "undelivered_at",
    }
