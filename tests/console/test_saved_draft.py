"""What an officer typed and did not save is there when they come back: sealed, and theirs alone."""

from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.request_tables import DraftRow
from tests.conftest import Deployment
from tests.console.conftest import Console
from tests.console.office import leave

TYPED = "marked and not saved"


def stored(console: Console) -> list[bytes]:
    with reading(console.engine) as connection:
        return list(connection.execute(select(DraftRow.sealed)).scalars())


def test_a_draft_comes_back_and_is_sealed_and_ones_own(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    ana, ben = console.sign_in(name="Ana"), console.sign_in(name="Ben")
    typed = ana.get("/requests/1").fields | {"note": TYPED, "message": "내일 전화드리겠습니다."}
    assert ana.send("/requests/1/draft", typed).status_code == 204
    [sealed] = stored(console)
    assert TYPED.encode() not in sealed
    page = ana.get("/requests/1")
    assert (page.fields["note"], page.fields["message"]) == (TYPED, "내일 전화드리겠습니다.")
    assert "It is not saved or sent yet." in page.main
    assert ben.get("/requests/1").fields["note"] == ""
    assert "Note saved." in ana.done("/requests/1/act", page.fields).main
    assert stored(console) == []
    assert ana.get("/requests/1").fields["note"] == ""


def test_a_draft_that_comes_after_its_form_was_saved_is_not_offered(
    deployment: Deployment, console: Console
) -> None:
    """The page's last draft may reach the server after the form itself."""
    leave(deployment)
    ana = console.sign_in(name="Ana")
    typed = ana.get("/requests/1").fields | {"note": TYPED}
    ana.done("/requests/1/act", typed)
    assert ana.send("/requests/1/draft", typed).status_code == 204
    assert ana.get("/requests/1").fields["note"] == ""
    assert stored(console) == []


def test_a_draft_is_discarded(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    ana = console.sign_in()
    ana.send("/requests/1/draft", ana.get("/requests/1").fields | {"note": TYPED})
    assert "The draft is removed." in ana.done("/requests/1/draft/discard").main
    assert stored(console) == []
    ana.send("/requests/1/draft", ana.get("/requests/1").fields | {"note": TYPED})
    ana.send("/requests/1/draft", ana.get("/requests/1").fields | {"note": ""})
    assert stored(console) == [], "an empty form is no draft"


def test_a_draft_goes_with_its_request(deployment: Deployment, console: Console) -> None:
    reference = leave(deployment)
    ana = console.sign_in()
    ana.send("/requests/1/draft", ana.get("/requests/1").fields | {"note": TYPED})
    deployment.client.post("/en/help/erase", {"reference": reference, "confirmed": "yes"})
    assert stored(console) == []
    assert ana.send("/requests/1/draft", {"note": TYPED}).status_code == 404
    assert stored(console) == []
