"""The holder of a reference can add to the request and erase it. Nobody else can, or learns anything."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, insert, select, update

from resident_app.casework.office_keys import load_office_keys
from resident_app.casework.opening import open_note
from resident_app.database import reading, writing
from resident_app.intake.request_tables import HelpRequestRow, NoteRow, RequestState
from tests.conftest import Deployment, DeployWith
from tests.site.test_help import REQUEST, fresh_form, other_reference
from tests.strict_client import Page

NOBODYS = "0000 0000 0000 0000"


def leave(deployment: Deployment) -> str:
    return deployment.client.post("/en/help", REQUEST).reference


def add(deployment: Deployment, reference: str, **changes: str) -> Page:
    form = {"reference": reference, "note": "marked note", "form_token": "t", **changes}
    return deployment.client.post("/en/help/add", form)


def erase(deployment: Deployment, reference: str) -> Page:
    return deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})


def state(deployment: Deployment, reference: str) -> str:
    page = deployment.client.post("/en/help/status", {"reference": reference})
    return str(page.one("main").get("data-state"))


def notes(deployment: Deployment) -> int:
    with reading(deployment.engine) as connection:
        return connection.execute(select(func.count()).select_from(NoteRow)).scalar_one()


def test_a_note_is_sealed_to_the_office_and_to_its_request(deployment: Deployment) -> None:
    page = add(deployment, leave(deployment))
    assert page.one("main").get("data-done") == "added"
    with reading(deployment.engine) as connection:
        request = connection.execute(select(HelpRequestRow.__table__)).one()
        note = connection.execute(select(NoteRow.__table__)).one()
    assert note.request_id == request.id
    assert b"marked" not in note.sealed
    key = load_office_keys(deployment.context.settings.instance_dir / "office.private.key")
    assert open_note(note.sealed, key, request.submission, note.submission) == "marked note"


def test_a_second_sending_is_the_same_note(deployment: Deployment) -> None:
    reference = leave(deployment)
    for _ in range(3):
        assert add(deployment, reference).status == 200
    assert notes(deployment) == 1
    add(deployment, reference, note="another")
    add(deployment, reference, form_token="another")
    assert notes(deployment) == 3


def test_the_status_page_offers_both_with_the_reference_filled_in(deployment: Deployment) -> None:
    reference = leave(deployment)
    page = deployment.client.post("/en/help/status", {"reference": reference})
    filled = [field.get("value") for field in page.all("input") if field.get("name") == "reference"]
    assert filled == [reference, reference]
    assert {form.get("action") for form in page.all("form")} == {"/en/help/add", "/en/help/erase"}


def test_a_note_to_a_closed_request_makes_it_wait_again(deployment: Deployment) -> None:
    reference = leave(deployment)
    with writing(deployment.engine) as connection:
        connection.execute(update(HelpRequestRow).values(state=RequestState.CLOSED))
    add(deployment, reference)
    assert state(deployment, reference) == "received"


def test_mistakes_are_named_and_what_was_typed_is_kept(deployment: Deployment) -> None:
    page = add(deployment, "1", note=" ")
    assert page.status == 422
    assert page.one("title").text.startswith("Error:")
    assert page.by_id("reference").get("value") == "1"
    page = add(deployment, leave(deployment), note="字" * 4001)
    assert page.status == 422
    assert page.by_id("note").text.strip() == "字" * 4001
    assert notes(deployment) == 0


def test_too_many_notes_to_one_request_are_refused(deployment: Deployment) -> None:
    reference = leave(deployment)
    most = deployment.context.configuration.limits.notes.per_request
    for number in range(most):
        assert add(deployment, reference, note=str(number)).status == 200
    page = add(deployment, reference, note="one more")
    assert page.status == 429
    assert page.by_id("note").text.strip() == "one more"
    assert notes(deployment) == most


def test_nothing_is_erased_before_it_is_confirmed(deployment: Deployment) -> None:
    reference = leave(deployment)
    page = deployment.client.post("/en/help/erase", {"reference": reference})
    assert {field.get("name") for field in page.all("input")} == {"reference", "confirmed"}
    assert state(deployment, reference) == "received"


def test_an_erased_request_leaves_nothing_behind(deployment: Deployment) -> None:
    reference = leave(deployment)
    add(deployment, reference)
    assert erase(deployment, reference).one("main").get("data-done") == "erased"
    with reading(deployment.engine) as connection:
        row = connection.execute(select(HelpRequestRow.__table__)).one()
    assert (row.state, row.selector, row.secret_hash, row.sealed) == ("erased", None, "", b"")
    assert (row.origin, row.spoken_language, row.topic, row.channel) == (None, "", "", None)
    assert notes(deployment) == 0


def is_unknown(page: Page) -> bool:
    return "We did not find a request with this number." in page.main


def test_what_was_to_be_added_is_not_lost_when_the_number_is_wrong(deployment: Deployment) -> None:
    page = deployment.client.post("/en/help/add", {"reference": NOBODYS, "note": "A new number"})
    assert page.status == 422
    assert is_unknown(page)
    assert "".join(page.by_id("note").itertext()).strip() == "A new number"


def test_an_erased_request_is_unknown_like_a_wrong_reference(deployment: Deployment) -> None:
    reference = leave(deployment)
    erase(deployment, reference)
    for path, more in (("status", {}), ("add", {"note": "x"}), ("erase", {"confirmed": "yes"})):
        pages = [
            deployment.client.post(f"/en/help/{path}", {"reference": asked, **more})
            for asked in (reference, NOBODYS)
        ]
        assert all(is_unknown(page) for page in pages)
        assert pages[0].text.replace(reference, "") == pages[1].text.replace(NOBODYS, "")
    assert notes(deployment) == 0


def test_the_erased_form_sent_again_does_not_bring_it_back(deployment: Deployment) -> None:
    """But sending it once more, from the page that says so, is a new request."""
    form = fresh_form(deployment) | REQUEST
    reference = deployment.client.post("/en/help", form).reference
    erase(deployment, reference)
    page = deployment.client.post("/en/help", form)
    assert page.status == 409
    assert page.by_id("reference") is None
    token = next(field.get("value") for field in page.all("input") if field.get("name") == "form_token")
    again = deployment.client.post("/en/help", form | {"form_token": token})
    assert again.status == 200
    assert state(deployment, again.reference) == "received"


def test_wrong_references_count_on_every_path(deployment: Deployment) -> None:
    reference = leave(deployment).replace(" ", "")
    wrong = other_reference(reference)
    for number in range(5):
        path = ("status", "add", "erase")[number % 3]
        form = {"reference": wrong, "note": "x", "confirmed": "yes"}
        page = deployment.client.post(f"/en/help/{path}", form, address=f"10.0.{number}.1")
        assert is_unknown(page)
    at_the_first = {"reference": reference, "confirmed": "yes"}
    for number in range(16):
        page = deployment.client.post("/en/help/status", {"reference": wrong}, address=f"10.1.{number}.1")
    assert page.status == 429
    assert deployment.client.post("/en/help/erase", at_the_first).status == 429


def test_a_request_that_is_erased_takes_its_notes_with_it_in_the_database(deploy: DeployWith) -> None:
    """However its row goes: the office may remove it too."""
    deployment = deploy()
    add(deployment, leave(deployment))
    with writing(deployment.engine) as connection:
        connection.execute(HelpRequestRow.__table__.delete())  # type: ignore[attr-defined]
    assert notes(deployment) == 0


def test_selectors_of_erased_requests_are_free_again(deployment: Deployment) -> None:
    """Two erased requests have no selector: neither blocks a new one."""
    for message in ("1", "2"):
        erase(deployment, deployment.client.post("/en/help", REQUEST | {"message": message}).reference)
    with writing(deployment.engine) as connection:
        row = connection.execute(select(HelpRequestRow.__table__)).first()
        assert row is not None
        values = {**row._mapping, "id": 99, "submission": b"x" * 16, "selector": "00000"}
        connection.execute(insert(HelpRequestRow).values(**values))


def test_postgresql_does_the_same(deploy: DeployWith, postgresql: str) -> None:
    deployment = deploy(database_url=postgresql)
    reference = leave(deployment)
    assert add(deployment, reference).one("main").get("data-done") == "added"
    assert erase(deployment, reference).one("main").get("data-done") == "erased"
    assert notes(deployment) == 0
    assert state(deployment, reference) == "unknown"


def test_adding_and_erasing_at_once_leaves_no_note_behind(deploy: DeployWith, postgresql: str) -> None:
    for url in ("", postgresql):
        deployment = deploy(database_url=url)
        for round_number in range(4):
            reference = deployment.client.post("/en/help", REQUEST | {"message": str(round_number)}).reference
            with ThreadPoolExecutor(4) as threads:
                adding = [threads.submit(add, deployment, reference, note=str(number)) for number in range(3)]
                erasing = threads.submit(erase, deployment, reference)
            assert erasing.result().one("main").get("data-done") == "erased"
            assert {each.result().status for each in adding} <= {200, 422}
            assert notes(deployment) == 0
