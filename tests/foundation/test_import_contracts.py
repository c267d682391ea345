"""The import contracts hold: a forbidden import that somebody adds makes `lint-imports` fail."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from resident_app.settings import REPOSITORY

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")

# The module that would import, and what it may not.
FORBIDDEN = [
    ("resident_app/site/help.py", "resident_app.casework.opening"),
    ("resident_app/site/request_status.py", "resident_app.casework.cases.timeline"),
    ("resident_app/site/letter.py", "resident_app.casework.messages.placement"),
    ("resident_app/intake/help_desk.py", "resident_app.casework.office_keys"),
    ("resident_app/public_context.py", "resident_app.casework.cases.request_index"),
    ("resident_app/site/check.py", "resident_app.web.accounts.sessions"),
    ("resident_app/console/app.py", "resident_app.register.check"),
    ("resident_app/worker/context.py", "resident_app.register.register_key"),
    ("resident_app/casework/cases/timeline.py", "resident_app.register.check"),
    ("resident_app/register/check.py", "resident_app.intake.help_desk"),
    ("resident_app/intake/help_request.py", "flask"),
    ("ivr/effect_runner.py", "resident_app.casework.opening"),
    ("resident_app/register/edition_guard.py", "resident_app.register.register_key"),
    ("ivr/webhooks/line.py", "resident_app.register.sealing.sealing_keys"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product code and its contracts."""
    copy = tmp_path_factory.mktemp("tree")
    for package in ("resident_app", "ivr"):
        ignored = shutil.ignore_patterns("__pycache__", "static", "templates")
        shutil.copytree(REPOSITORY / package, copy / package, ignore=ignored)
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    return copy


def lint(tree: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo"], cwd=tree, capture_output=True, text=True, check=False
    )


def test_the_tree_as_it_is_keeps_every_contract(tree: Path) -> None:
    found = lint(tree)
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize(("importer", "imported"), FORBIDDEN)
def test_a_forbidden_import_is_found(tree: Path, importer: str, imported: str) -> None:
    module = tree / importer
    before = module.read_text()
    try:
        module.write_text(f"{before}\nimport {imported}\n")
        found = lint(tree)
    finally:
        module.write_text(before)
    assert found.returncode == 1
    assert "BROKEN" in found.stdout
    assert imported in found.stdout


def test_a_circle_of_imports_is_found(tree: Path) -> None:
    module = tree / "resident_app" / "casework" / "cases" / "queue_query.py"
    before = module.read_text()
    try:
        module.write_text(f"{before}\nimport resident_app.casework.reports.counting\n")
        found = lint(tree)
    finally:
        module.write_text(before)
    assert found.returncode == 1
    assert ".cases -> .reports" in found.stdout


def test_a_new_package_without_a_layer_is_found(tree: Path) -> None:
    package = tree / "resident_app" / "newcomer"
    package.mkdir()
    try:
        (package / "__init__.py").write_text('"""A package that nobody gave a layer."""\n')
        found = lint(tree)
    finally:
        shutil.rmtree(package)
    assert found.returncode == 1
    assert "newcomer" in found.stdout
