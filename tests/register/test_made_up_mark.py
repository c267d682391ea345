"""The mark of made-up people: covered by the signature, shown to operators, and absent from old editions."""

import json
from pathlib import Path
from typing import Any

import pytest

from resident_app.commands import create_app
from resident_app.database_roles import DatabaseRole
from resident_app.register.sealed_file import MAGIC, NotASealedFile, edition_digest, read_sealed_file
from resident_app.register.sealing.run import seal_edition
from tests.conftest import Deployment
from tests.made_up import CARDS, NEVER, seal_and_publish
from tests.register.sealing_files import SIGNING, VERIFY, plan, write_town
from tests.roles import engine_as


def parts_of(path: Path) -> tuple[dict[str, Any], bytes]:
    """The header, and the rows with the signature."""
    content = path.read_bytes().removeprefix(MAGIC)
    length = int.from_bytes(content[:4], "big")
    return json.loads(content[4 : 4 + length]), content[4 + length :]


def put_together(path: Path, header: dict[str, Any], rows: bytes, signature: bytes = b"") -> Path:
    """Write a sealed file, signed with our key unless a signature is given."""
    head = json.dumps(header).encode()
    digest = edition_digest(head)
    digest.update(rows)
    start = MAGIC + len(head).to_bytes(4, "big") + head
    path.write_bytes(start + rows + (signature or SIGNING.sign(digest.digest())))
    return path


@pytest.mark.parametrize("made_up", [True, False])
def test_a_changed_mark_breaks_the_signature(tmp_path: Path, made_up: bool) -> None:
    write_town(tmp_path, 3)
    sealed = plan(tmp_path, made_up=made_up)
    seal_edition(sealed)
    header, rest = parts_of(sealed.out)
    rows, signature = rest[:-64], rest[-64:]
    assert header["made_up"] is made_up
    with read_sealed_file(put_together(sealed.out, header, rows, signature), VERIFY) as file:
        assert file.edition.made_up is made_up
    without = {name: value for name, value in header.items() if name != "made_up"}
    for changed in (header | {"made_up": not made_up}, without):
        path = put_together(tmp_path / "changed", changed, rows, signature)
        with pytest.raises(NotASealedFile), read_sealed_file(path, VERIFY):
            pass


def test_an_edition_from_before_the_mark_is_accepted_as_real(tmp_path: Path) -> None:
    write_town(tmp_path, 3)
    sealed = plan(tmp_path)
    seal_edition(sealed)
    header, rest = parts_of(sealed.out)
    del header["made_up"]
    with read_sealed_file(put_together(tmp_path / "old", header, rest[:-64]), VERIFY) as file:
        assert not file.edition.made_up


@pytest.mark.parametrize("mark", [None, 0, 1, "true", "", [], {}])
def test_a_mark_that_is_neither_true_nor_false_is_refused(tmp_path: Path, mark: object) -> None:
    write_town(tmp_path, 3)
    sealed = plan(tmp_path, made_up=True)
    seal_edition(sealed)
    header, rest = parts_of(sealed.out)
    path = put_together(tmp_path / "odd", header | {"made_up": mark}, rest[:-64])
    with pytest.raises(NotASealedFile), read_sealed_file(path, VERIFY):
        pass


def test_operators_see_the_mark(
    deployment: Deployment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = deployment.context.settings
    monkeypatch.setenv("INSTANCE_DIR", str(settings.instance_dir))
    monkeypatch.setenv("EVALUATOR_URL", settings.evaluator_url)
    runner = create_app().test_cli_runner()
    facts = {
        "card_number": NEVER.card_number,
        "birth_date": str(NEVER.born_on),
        "issue_date": str(NEVER.issued_on),
    }

    def shown() -> tuple[bool, bool]:
        status = runner.invoke(args=["register", "status"]).output
        check = runner.invoke(args=["register", "check", "--stdin", "--json"], input=json.dumps(facts)).output
        return "of made-up people" in status, json.loads(check)["edition"]["made_up"]

    assert shown() == (False, False)
    publishing = engine_as(deployment.engine, DatabaseRole.REGISTER)
    seal_and_publish(deployment.context, CARDS, tmp_path, publishing, made_up=True)
    assert shown() == (True, True)
