"""Files as spreadsheets and databases write them: read as they were meant, or refused with what is wrong."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest

from resident_app.demonstration.deployment import write_disclosures, write_roster
from resident_app.register.sealing.plan import UnreadableInput
from resident_app.register.sealing.run import seal_edition
from tests.people import people
from tests.register.sealing_files import (
    DISCLOSURES_HEADER,
    ROSTER_HEADER,
    answer,
    answers,
    facts,
    plan,
    rejects,
    write_files,
)

CARD = "p1,WDLABC123DEF,1987-03-04,2015-11-02"
FACTS = facts("WDLABC123DEF", "1987-03-04", "2015-11-02")
SHARED = "p1,2017-06-07,ICE,Tacoma,photo+application,1326,R1"
OTHER_CARD = "p2,WDLXYZ789QRS,1990-12-31,2016-01-01"
OTHER_FACTS = facts("WDLXYZ789QRS", "1990-12-31", "2016-01-01")


def separated(contents: str, delimiter: str) -> str:
    """The same table with another delimiter, as a program writes it."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(csv.reader(io.StringIO(contents)))
    return out.getvalue()


SPREADSHEETS: dict[str, Callable[[str], bytes]] = {
    "Excel, CSV": lambda text: text.encode("cp1252"),
    "Excel, CSV UTF-8": lambda text: text.encode("utf-8-sig"),
    "Excel, Unicode text": lambda text: separated(text, "\t").encode("utf-16"),
    "Excel, text (tab delimited)": lambda text: separated(text, "\t").encode("cp1252"),
    "Excel, where a comma is the decimal sign": lambda text: separated(text, ";").encode("cp1252"),
    "with a sep= line": lambda text: ("sep=;\r\n" + separated(text, ";")).encode("utf-8-sig"),
    "with a sep= line for a tab, UTF-16": lambda text: ("sep=\t\r\n" + separated(text, "\t")).encode(
        "utf-16"
    ),
    "with empty rows at the end": lambda text: (
        separated(text, ";") + ";;;\r\n" * 50 + '"";"";"";""\r\n\r\n\x20;\xa0;;\r\n'
    ).encode("cp1252"),
    "a database's export": lambda text: separated(text, "\t").replace("\r\n", "\n").encode("utf-16-le"),
}


@pytest.mark.parametrize("write", SPREADSHEETS.values(), ids=SPREADSHEETS.keys())
def test_every_way_to_save_gives_the_same_true_answers(tmp_path: Path, write: Callable[[str], bytes]) -> None:
    """People with French and Spanish names; some offices have a comma and a semicolon in their name."""
    cards = people(40, seed=31)
    made = plan(tmp_path)
    write_roster(made.roster, cards)
    write_disclosures(made.disclosures, cards)
    for path in (made.roster, made.disclosures):
        text = path.read_text(encoding="utf-8").replace("Tacoma", '"Yakima, room 5; señor"')
        path.write_bytes(write(text))

    report = seal_edition(made)

    assert report.counts.rejects == 0
    assert report.counts.cards == len(cards)
    known = answers(
        made.out,
        [facts(card.card_number, card.born_on.isoformat(), card.issued_on.isoformat()) for card in cards],
    )
    for card, found in zip(cards, known, strict=True):
        assert found is not None
        assert len(found.listed) + found.more == len(card.disclosures)


@pytest.mark.parametrize(
    "written",
    [
        "1987-03-04 00:00:00",
        "1987-03-04T00:00:00",
        "1987-03-04T00:00:00Z",
        "1987-03-04 00:00:00.000",
        "1987-03-04 00:00",
        "3/4/1987 0:00",
        "03/04/1987 12:00:00 AM",
        "3/4/1987 12:00 am",
    ],
)
def test_a_midnight_time_after_a_date_is_read(tmp_path: Path, written: str) -> None:
    time = written.partition(" ")[2] or "00:00:00"
    made = write_files(
        tmp_path,
        [f"p1,WDLABC123DEF,{written},2015-11-02 {time}"],
        [f"p1,2017-06-07 {time},ICE,Tacoma,photo,1326,R1"],
    )
    assert seal_edition(made).counts.rejects == 0
    known = answer(made.out, FACTS)
    assert known is not None
    assert len(known.listed) == 1


@pytest.mark.parametrize(
    "written", ["1987-03-04 00:00:01", "1987-03-04 12:00:00", "3/4/1987 12:00 PM", "1987-03-04 00"]
)
def test_another_time_after_a_date_is_rejected(tmp_path: Path, written: str) -> None:
    made = write_files(tmp_path, [f"p1,WDLABC123DEF,{written},2015-11-02"], [])
    assert seal_edition(made).edition is None
    (reject,) = rejects(made.rejects_path)
    assert reject[2] == "born_on is not a date like 2017-05-31 or 05/31/2017"


NOBODY = {
    "1.23457E+15": "person is a number in scientific notation: a spreadsheet has cut its digits",
    "1E+15": "person is a number in scientific notation: a spreadsheet has cut its digits",
    "-1.2e7": "person is a number in scientific notation: a spreadsheet has cut its digits",
    '"1,23457E+15"': "person is a number in scientific notation: a spreadsheet has cut its digits",
    "NULL": "person is a word for nothing, such as NULL or #N/A",
    "null": "person is a word for nothing, such as NULL or #N/A",
    "NaN": "person is a word for nothing, such as NULL or #N/A",
    "#N/A": "person is a word for nothing, such as NULL or #N/A",
    " None ": "person is a word for nothing, such as NULL or #N/A",
    "#REF!": "person is a word for nothing, such as NULL or #N/A",
}


@pytest.mark.parametrize(("person", "reason"), NOBODY.items())
def test_a_person_that_is_a_cut_number_or_a_word_for_nothing_is_rejected(
    tmp_path: Path, person: str, reason: str
) -> None:
    """Three people with one birth date: nothing but the id shows that they are not one person."""
    roster = [f"{person},WDLAAA11111{n},1987-03-04,2015-11-0{n}" for n in (1, 2, 3)]
    disclosures = [f"{person},2017-06-07,ICE,Tacoma,photo,1326,R1", SHARED]
    made = write_files(tmp_path, [*roster, CARD], disclosures)

    assert seal_edition(made).edition is None
    assert not made.out.exists()
    expected = [("roster.csv", 2), ("roster.csv", 3), ("roster.csv", 4), ("disclosures.csv", 2)]
    assert [row[:3] for row in rejects(made.rejects_path)] == [(*place, reason) for place in expected]

    seal_edition(plan(tmp_path, accept_rejects=True))
    theirs = [facts(f"WDLAAA11111{n}", "1987-03-04", f"2015-11-0{n}") for n in (1, 2, 3)]
    *others, mine = answers(made.out, [*theirs, FACTS])
    assert others == [None, None, None]
    assert mine is not None
    assert len(mine.listed) == 1


@pytest.mark.parametrize("person", ["1234567890120000", "p7"])
def test_every_row_of_a_person_with_different_birth_dates_is_rejected(tmp_path: Path, person: str) -> None:
    """A spreadsheet keeps 15 digits: three ids became one, and all three people would be told "shared"."""
    roster = [f"{person},WDLAAA11111{n},198{n}-03-04,2015-11-02" for n in (1, 2, 3)]
    disclosures = [f"{person},2017-06-07,ICE,Tacoma,photo,1326,R1", SHARED]
    made = write_files(tmp_path, [roster[0], CARD, *roster[1:], OTHER_CARD], disclosures)

    assert seal_edition(made).edition is None
    reason = "this person's cards have different birth dates, so the rows are not of one person"
    places = [("roster.csv", 2), ("roster.csv", 4), ("roster.csv", 5), ("disclosures.csv", 2)]
    assert [row[:3] for row in rejects(made.rejects_path)] == [(*place, reason) for place in places]

    seal_edition(plan(tmp_path, accept_rejects=True))
    theirs = [facts(f"WDLAAA11111{n}", f"198{n}-03-04", "2015-11-02") for n in (1, 2, 3)]
    *others, mine, second = answers(made.out, [*theirs, FACTS, OTHER_FACTS])
    assert others == [None, None, None]
    assert mine is not None
    assert len(mine.listed) == 1
    assert second is not None
    assert second.listed == ()


@pytest.mark.parametrize("start", ["=", "+", "-", "@"])
def test_a_rejected_row_is_no_formula_in_a_spreadsheet(tmp_path: Path, start: str) -> None:
    row = f"{start}HYPERLINK(A1),WDL,1987-03-04,2015-11-02"
    made = write_files(tmp_path, [row], [])
    assert seal_edition(made).edition is None
    (reject,) = rejects(made.rejects_path)
    assert reject[3] == f"'{row}"
    with made.rejects_path.open(newline="") as file:
        for cells in csv.reader(file):
            assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


def test_a_rejected_row_of_a_tab_separated_file_is_no_formula_either(tmp_path: Path) -> None:
    made = write_files(tmp_path, [], [])
    roster = separated(ROSTER_HEADER + "\n", "\t") + "\t=1+1\t1987-03-04\t2015-11-02\r\n"
    made.roster.write_text(roster, newline="")
    assert seal_edition(made).edition is None
    (reject,) = rejects(made.rejects_path)
    assert reject[3].startswith("'\t=1+1")


TAB = "\t"


@pytest.mark.parametrize(
    ("roster", "told"),
    [
        (
            f"person{TAB}card_number{TAB}issued_on\n",
            r"has no column born_on \(it seems to be tab-separated\)",
        ),
        ("person;card_number;issued_on\n", r"has no column born_on \(it seems to be semicolon-separated\)"),
        ("person,card_number,issued_on\n", r"has no column born_on \(it seems to be comma-separated\)"),
        ("person;card_number;person;born_on;issued_on\n", "has more than one column person"),
        ("person|card_number|born_on|issued_on\n", "its columns seem to be separated by |"),
        ("p1,WDLABC123DEF,1987-03-04,2015-11-02\n", "its first line is not a header; it should be person,"),
        ("sep=;\nperson,card_number,born_on,issued_on\n", "its first line is not a header"),
        ("", "is empty"),
        ("sep=;\n", "is empty"),
        ("PK\x03\x04\x14", "is an Excel workbook; save it as CSV"),
        ("%PDF-1.7\n", "is a PDF; it should be a CSV file"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_what_is_wrong(tmp_path: Path, roster: str, told: str) -> None:
    (tmp_path / "roster.csv").write_text(roster)
    (tmp_path / "disclosures.csv").write_text(DISCLOSURES_HEADER + "\n")
    with pytest.raises(UnreadableInput, match=r"roster\.csv: " + told.replace("|", r"\|")):
        seal_edition(plan(tmp_path))
