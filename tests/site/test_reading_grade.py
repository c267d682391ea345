"""Plain English: at or under grade 8 by two formulas, and grade 6 where people check and ask for help.

Both formulas count letters, words and sentences alone: the Automated Readability Index (Senter and
Smith, 1967) and Coleman and Liau's (1975).
"""

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

import pytest

from resident_app.configuration import load_configuration
from tests.conftest import Deployment
from tests.made_up import NEVER, NINE, form_of
from tests.strict_client import HTML, PATHS, Page

BLOCKS = {
    f"{HTML}{name}"
    for name in (
        "h1",
        "h2",
        "h3",
        "p",
        "li",
        "dt",
        "dd",
        "legend",
        "label",
        "summary",
        "td",
        "th",
        "figcaption",
    )
}
# Names are not ours to choose: each counts as one short word.
NAMES = [
    *(organization.name for organization in load_configuration().organizations),
    "Office of Community Outreach",
    "Washington State Department of Licensing",
    "Department of Licensing",
    "License Integrity Unit",
    "Governor's Office",
    "Executive Order",
    "Washington State",
    load_configuration().office.led_by,
]
CHECK_AND_HELP = ("check", "help", "help/card", "help/status", "help/add", "help/erase")


def blocks(element: Element) -> Iterator[str]:
    """The text of each innermost block."""
    inner = [one for one in element.iter() if one is not element and one.tag in BLOCKS]
    if element.tag in BLOCKS and not inner:
        yield " ".join("".join(element.itertext()).split())
    else:
        for child in element:
            yield from blocks(child)


def grades(texts: list[str]) -> tuple[float, float]:
    """ARI and Coleman-Liau, as grades of a school in the United States."""
    texts = [re.sub("|".join(map(re.escape, NAMES)), "DOL", text) for text in texts]
    sentences = [
        part for text in texts for part in re.split(r"(?<=[.?!:])\s", text) if re.search(r"[A-Za-z]{2}", part)
    ]
    words = [word for part in sentences for word in re.findall(r"[A-Za-z0-9'’-]+", part)]
    letters = sum(len(re.findall(r"[A-Za-z0-9]", word)) for word in words)
    length, letters_a_word = len(words) / len(sentences), letters / len(words)
    ari = 4.71 * letters_a_word + 0.5 * length - 21.43
    coleman_liau = 5.88 * letters_a_word - 29.6 / length - 15.8
    return ari, coleman_liau


def of_page(page: Page) -> tuple[float, float]:
    return grades(list(blocks(page.one("main"))))


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_plain(deployment: Deployment, path: str) -> None:
    limit = 6 if path in CHECK_AND_HELP else 8
    assert max(of_page(deployment.client.get(f"/en/{path}"))) <= limit


@pytest.mark.parametrize("card", [NINE, NEVER])
def test_answers_are_plain(deployment: Deployment, card: object) -> None:
    assert max(of_page(deployment.client.post("/en/check", form_of(card)))) <= 8  # type: ignore[arg-type]


def test_prompts_are_plain() -> None:
    from ivr.words.prompts import Prompt

    assert max(grades([prompt.value for prompt in Prompt])) <= 6


def test_officialese_would_be_found() -> None:
    text = "Notwithstanding the aforementioned dissemination, authorization necessitates adjudication."
    assert min(grades([text])) > 12
