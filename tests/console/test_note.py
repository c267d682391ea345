"""A note is corrected by its author alone, and what it said before stays."""

import re

from sqlalchemy import select

from resident_app.database import reading
from resident_app.intake.request_tables import TimelineRow
from tests.conftest import Deployment
from tests.console.conftest import Console
from tests.console.office import leave


def test_a_correction_leaves_what_was_there(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    ana, ben = console.sign_in(name="Ana"), console.sign_in(name="Ben")
    page = ana.done("/requests/1/act", ana.get("/requests/1").fields | {"note": "speaks Tagalog"})
    [address] = re.findall(r'href="(/requests/1/notes/\d+)"', page.text)
    assert address not in ben.get("/requests/1").text
    assert ben.get(address).status == 404
    assert ben.send(address, {"words": "Ben's words"}).status_code == 404
    form = ana.get(address)
    assert form.fields["words"] == "speaks Tagalog"
    assert ana.post(address, form.fields | {"words": " "}).status == 422
    with reading(console.engine) as connection:
        before = connection.execute(select(TimelineRow.sealed).where(TimelineRow.kind == "note")).scalar_one()
    page = ana.done(address, form.fields | {"words": "speaks Ilocano"})
    assert "Note corrected." in page.main
    assert re.search(
        r"Note by Ana, corrected .*speaks Ilocano *What it said before.*speaks Tagalog", page.main
    )
    with reading(console.engine) as connection:
        after = connection.execute(select(TimelineRow.sealed).where(TimelineRow.kind == "note")).scalar_one()
    assert after == before
    again = ana.done(address, form.fields | {"words": "speaks Ilocano"})
    assert again.main.count("speaks Ilocano") == 1
    assert "Nothing was changed." in again.main


def test_each_correction_stays(deployment: Deployment, console: Console) -> None:
    leave(deployment)
    ana = console.sign_in(name="Ana")
    page = ana.done("/requests/1/act", ana.get("/requests/1").fields | {"note": "first"})
    [address] = re.findall(r'href="(/requests/1/notes/\d+)"', page.text)
    for words in ("second", "third"):
        page = ana.done(address, ana.get(address).fields | {"words": words})
    live = page.words("live")
    assert live.index("third") < live.index("second") < live.index("first")
