"""Help requests: a reference once it is stored, the same one for a second submission, and the status."""

from sqlalchemy import func, select

from resident_app.database import reading
from resident_app.intake.reference import check_digit
from resident_app.intake.request_tables import HelpRequestRow
from tests.conftest import Deployment, DeployWith

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
