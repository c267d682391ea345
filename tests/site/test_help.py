"""Help requests: a reference once it is stored, the same one for a second submission, and the status."""

import pytest
from sqlalchemy import func, select

from resident_app.database import reading
from resident_app.intake.reference import check_digit
from resident_app.intake.request_tables import HelpRequestRow
from tests.conftest import Deployment, DeployWith
from tests.made_up import NEVER, ONCE, form_of
from tests.strict_client import HTML, Page

REQUEST = {"reach_by": "phone", "phone": "(360) 555-0100", "message": "marked words"}


def count(deployment: Deployment) -> int:
    with reading(deployment.engine) as connection:
        return connection.execute(select(func.count()).select_from(HelpRequestRow)).scalar_one()


def fresh_form(deployment: Deployment) -> dict[str, str]:
    page = deployment.client.get("/en/help")
    return {"form_token": next(i.get("value") for i in page.all("input") if i.get("name") == "form_token")}


def test_a_second_sending_gives_the_same_reference(deployment: Deployment) -> None:
    form = fresh_form(deployment) | REQUEST
    references = {deployment.client.post("/en/help", form).reference for _ in range(3)}
    assert len(references) == 1
    assert count(deployment) == 1


def test_so_does_one_without_a_token_on_the_same_day(deployment: Deployment) -> None:
    assert len({deployment.client.post("/en/help", REQUEST).reference for _ in range(2)}) == 1


def test_another_form_and_changed_words_are_another_request(deployment: Deployment) -> None:
    form = fresh_form(deployment) | REQUEST
    first = deployment.client.post("/en/help", form).reference
    again = deployment.client.post("/en/help", fresh_form(deployment) | REQUEST).reference
    changed = deployment.client.post("/en/help", form | {"phone": "360 555 0101"}).reference
    assert len({first, again, changed}) == 3
    assert count(deployment) == 3


def test_what_was_typed_is_kept_when_there_is_a_mistake(deployment: Deployment) -> None:
    page = deployment.client.post("/en/help", REQUEST | {"phone": "12", "name": 'M"<b>'})
    assert page.status == 422
    assert page.by_id("phone").get("value") == "12"
    assert page.by_id("name").get("value") == 'M"<b>'
    assert page.by_id("message").text.strip() == "marked words"


def test_a_message_that_is_too_long_is_kept_whole(deployment: Deployment) -> None:
    page = deployment.client.post("/en/help", REQUEST | {"message": "字" * 4001})
    assert page.status == 422
    assert page.by_id("message").text.strip() == "字" * 4001


def test_a_language_that_is_not_in_our_list_is_not_lost(deployment: Deployment) -> None:
    from resident_app.casework.office_keys import load_office_keys
    from resident_app.casework.opening import open_request

    deployment.client.post("/en/help", REQUEST | {"spoken": "Mixteco", "topic": "a friend"})
    with reading(deployment.engine) as connection:
        row = connection.execute(select(HelpRequestRow.__table__)).one()
    assert (row.spoken_language, row.topic) == ("other", "other")
    key = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    assert open_request(row.sealed, key, row.submission).request.language_note == "Mixteco, a friend"


def test_the_status_is_shown(deployment: Deployment) -> None:
    reference = deployment.client.post("/en/help", REQUEST).reference
    for typed in (reference, reference.replace(" ", "-"), reference.replace(" ", "")):
        page = deployment.client.post("/en/help/status", {"reference": typed})
        assert page.one("main").get("data-state") == "received"


def test_a_slip_is_an_error_and_a_wrong_number_is_unknown(deployment: Deployment) -> None:
    reference = deployment.client.post("/en/help", REQUEST).reference.replace(" ", "")
    slip = reference[:-1] + str((int(reference[-1]) + 1) % 10)
    assert deployment.client.post("/en/help/status", {"reference": slip}).status == 422
    page = deployment.client.post("/en/help/status", {"reference": other_reference(reference)})
    assert page.one("main").get("data-state") == "unknown"


def other_reference(reference: str) -> str:
    """A whole reference with the same selector and another secret."""
    digits = reference[:14] + str((int(reference[14]) + 1) % 10)
    return digits + check_digit(digits)


def test_too_many_requests_from_one_network_keep_what_was_typed(deploy: DeployWith) -> None:
    deployment = deploy()
    most = deployment.context.configuration.limits.help_requests.per_address
    for number in range(most):
        deployment.client.post("/en/help", REQUEST | {"message": str(number)})
    page = deployment.client.post("/en/help", REQUEST | {"message": "one more"})
    assert page.status == 429
    assert page.by_id("message").text.strip() == "one more"
    assert count(deployment) == most


def taken_along(page: Page) -> str:
    """What a page takes along to show its answer again."""
    form = page.by_id("typed")
    assert form is not None
    return next(
        field.get("value") or "" for field in form.iter(HTML + "input") if field.get("name") == "answer"
    )


def chosen_topic(page: Page) -> str | None:
    """The topic that is chosen in the help form."""
    topic = page.by_id("topic")
    return next(
        (one.get("value") for one in topic.iter(HTML + "option") if one.get("selected") is not None), None
    )


@pytest.mark.parametrize(
    ("form", "kind", "topic"),
    [
        (form_of(ONCE), "shared", "shared"),
        (form_of(NEVER), "not-shared", "not-shared"),
        (form_of(NEVER, card_number="WDLNOBODY000"), "no-match", "not-matched"),
    ],
)
def test_help_from_an_answer_has_its_topic_and_leads_back(
    deployment: Deployment, form: dict[str, str], kind: str, topic: str
) -> None:
    answer = deployment.client.post("/en/check", form)
    assert answer.answer == kind
    opened = deployment.client.post("/es/help/start", {"answer": taken_along(answer)})
    assert chosen_topic(opened) == topic
    assert opened.one("title").text == deployment.client.get("/es/help").one("title").text
    wrong = deployment.client.post("/es/help", {"answer": taken_along(answer), "topic": topic})
    assert (wrong.status, chosen_topic(wrong)) == (422, topic)
    sent = deployment.client.post("/es/help", REQUEST | {"answer": taken_along(answer), "topic": topic})
    for page in (opened, wrong, sent):
        back = next(one for one in page.all("form") if one.get("action") == "/es/check")
        fields = {one.get("name"): one.get("value") or "" for one in back.iter() if one.get("name")}
        assert deployment.client.post("/es/check", fields).answer == kind
    with reading(deployment.engine) as connection:
        assert connection.execute(select(HelpRequestRow.topic)).scalar_one() == topic


@pytest.mark.parametrize("topic", ["card", "renewed", "helping", "not-checked"])
def test_help_from_a_link_has_its_topic(deployment: Deployment, topic: str) -> None:
    page = deployment.client.post("/en/help/start", {"topic": topic})
    assert chosen_topic(page) == topic
    assert not [form for form in page.all("form") if form.get("action") == "/en/check"]
    assert ("cannot look up your record" in page.main) == (topic in ("card", "renewed"))
    assert (page.one("main").find(f".//{HTML}details").get("open") is not None) == (topic == "helping")


def test_what_is_no_answer_of_ours_is_not_taken_along(deployment: Deployment) -> None:
    for answer in ("x" * 408, "shared", "<b>", "A" * 30_000):
        for path in ("help/start", "help"):
            page = deployment.client.post(f"/en/{path}", {"answer": answer, "topic": "nothing"})
            assert f'value="{answer}' not in page.text.replace('<option value="shared"', "")
            assert chosen_topic(page) is None
