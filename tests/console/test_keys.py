"""The keys page: reauthentication, and the progress of a key rotation."""

from sqlalchemy import select

from resident_app.casework.key_rotation import add_key
from resident_app.casework.resealing import reseal_some
from resident_app.database import reading, writing
from resident_app.intake.request_tables import HelpRequestRow
from tests.console.conftest import Console
from tests.console.office import insert_request


def test_the_keys_page_needs_reauthentication(console: Console) -> None:
    admin = console.sign_in("admin")
    assert "In use" in admin.get("/keys").main
    console.clock.pass_by(6 * 60)
    assert "In use" not in admin.get("/keys").main


def test_the_keys_page_follows_a_key_rotation_to_its_end(console: Console) -> None:
    admin = console.sign_in("admin")
    for _ in range(3):
        insert_request(console)
    lost = insert_request(console, sealed_to="0123456789abcdef")
    add_key(console.context.settings.office_private_key_path)
    keys = console.context.keys.current()
    page = admin.get("/keys")
    assert all(id in page.main for id in keys.ids)
    assert "0 of 4 boxes" in page.words("progress")
    reseal_some(console.engine, keys)
    page = admin.get("/keys")
    assert "3 of 4 boxes" in page.words("progress")
    assert "1 box is sealed to a key that this office does not have" in page.main
    with writing(console.engine) as connection:
        connection.execute(HelpRequestRow.__table__.delete().where(HelpRequestRow.id == lost))
    assert "All 3 boxes" in admin.get("/keys").words("progress")
    with reading(console.engine) as connection:
        assert set(connection.execute(select(HelpRequestRow.sealed_to)).scalars()) == {keys.ids[0]}
