"""Holds: a file in any of the promised encodings, line ends and date formats is sealed as it was meant."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from resident_app.register.disclosure import Disclosure
from resident_app.register.sealing.csv_table import ROSTER_COLUMNS, open_table
from resident_app.register.sealing.input_file import LONGEST_LINE, inspect_file, read_lines
from resident_app.register.sealing.plan import SealingError, UnreadableInput
from resident_app.register.sealing.run import seal_edition
from tests.register.sealing_files import (
    DISCLOSURES_HEADER,
    ROSTER_HEADER,
    answer,
    facts,
    plan,
    rejects,
    sealed_labels,
)

ENCODINGS = {
    "utf-8": "utf-8",
    "utf-8 with a mark": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16 big end first": "utf-16-be with mark",
    "utf-16 without a mark": "utf-16-le",
    "utf-16 without a mark, big end first": "utf-16-be",
    "windows-1252": "cp1252",
}
OFFICE = "Yakima “Señor”, room 5\nsecond floor"


def encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-16-be with mark":
        return b"\xfe\xff" + text.encode("utf-16-be")
    return text.encode(encoding)


def written(day: date, american: bool) -> str:
    return f"{day.month}/{day.day}/{day.year}" if american else day.isoformat()


@pytest.mark.parametrize("american", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS.keys())
def test_every_encoding_line_end_and_date(tmp_path: Path, encoding: str, end: str, american: bool) -> None:
    born, issued, answered = date(1987, 3, 4), date(2015, 11, 2), date(2017, 9, 8)
    roster = [
        ROSTER_HEADER,
        f" p1\xa0,woo**jt546ka,{written(born, american)},{written(issued, american)}",
        "",
        f"José,WDL ABC-123-DEF,{written(born, american)},{written(issued, american)}",
    ]
    disclosures = [
        DISCLOSURES_HEADER,
        'p1,{},ICE-HSI,"{}",record + photo,1326,"Nº ""7"""'.format(
            written(answered, american), OFFICE.replace("\n", end)
        ),
    ]
    (tmp_path / "roster.csv").write_bytes(encoded(end.join(roster), encoding))
    (tmp_path / "disclosures.csv").write_bytes(encoded(end.join(disclosures) + end, encoding))

    report = seal_edition(plan(tmp_path))

    assert report.counts.cards == 2
    assert report.counts.rejects == 0
    known = answer(tmp_path / "edition.sealed", facts("WOO**JT546KA", "1987-03-04", "2015-11-02"))
    assert known is not None
    assert known.listed == (
        Disclosure(answered, "ICE-HSI", OFFICE.replace("\n", end), ("photo", "record"), "1326", 'Nº "7"'),
    )
    unshared = answer(tmp_path / "edition.sealed", facts("WDLABC123DEF", "1987-03-04", "2015-11-02"))
    assert unshared is not None
    assert unshared.listed == ()


def test_columns_come_in_any_order_and_case_with_others_between(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        "Note, Issued On ,BORN_ON,card number,PERSON\nx,2015-11-02,1987-03-04,WDLABC123DEF,p1\n"
    )
    (tmp_path / "disclosures.csv").write_text(DISCLOSURES_HEADER + "\n")

    assert seal_edition(plan(tmp_path)).counts.cards == 1
    assert answer(tmp_path / "edition.sealed", facts("WDLABC123DEF", "1987-03-04", "2015-11-02")) is not None


@pytest.mark.parametrize(
    ("roster", "told"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"person,card_number,issued_on\n", "has no column born_on"),
        (b"person,card_number,born_on,issued_on,Person\n", "has more than one column person"),
        (b"\xef\xbb\xbfperson\xff", "is not text in UTF-8"),
        (b"\xff\xfep\x00e\x00r", "is not text in UTF-16-LE"),
        (b"person\x81\xff", "is not text in UTF-8, UTF-16 or Windows-1252"),
        (b"\xff\xfe\x00\x00p", "is UTF-32"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_reason(
    tmp_path: Path, roster: bytes, told: str
) -> None:
    (tmp_path / "roster.csv").write_bytes(roster)
    (tmp_path / "disclosures.csv").write_text(DISCLOSURES_HEADER + "\n")

    with pytest.raises(UnreadableInput, match=r"roster\.csv: " + told):
        seal_edition(plan(tmp_path))


def test_a_stray_quote_costs_its_own_row_only(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(
        ROSTER_HEADER
        + "\n"
        + '"p1,WDLABC123DEF,1987-03-04,2015-11-02\n'
        + "".join(f"q{n},WDL{n:09},1987-03-04,2015-11-02\n" for n in range(5000))
        + '"q,7",WDLZZZZZZZZZ,1987-03-04,2015-11-02\n'
    )
    (tmp_path / "disclosures.csv").write_text(DISCLOSURES_HEADER + "\n")

    report = seal_edition(plan(tmp_path, accept_rejects=True))

    assert report.counts.cards == 5001
    assert rejects(tmp_path / "edition.sealed.rejects.csv") == [
        ("roster.csv", 2, "its quotation marks do not match", '"p1,WDLABC123DEF,1987-03-04,2015-11-02')
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("size", [LONGEST_LINE, LONGEST_LINE * 3, 64 * 1024 * 4 - 1])
def test_a_line_that_is_too_long_is_rejected_and_the_next_is_read(
    tmp_path: Path, end: str, size: int
) -> None:
    good = "p1,WDLABC123DEF,1987-03-04,2015-11-02"
    rows = [ROSTER_HEADER, "é" * size + ",x", good, "z" * size + ",y"]
    (tmp_path / "roster.csv").write_bytes(end.join(rows).encode())
    (tmp_path / "disclosures.csv").write_text(DISCLOSURES_HEADER + "\n")

    report = seal_edition(plan(tmp_path, accept_rejects=True))

    assert report.counts.cards == 1
    found = rejects(tmp_path / "edition.sealed.rejects.csv")
    assert [line for _, line, _, _ in found] == [2, 4]
    assert {reason for _, _, reason, _ in found} == {"longer than 131,072 characters"}
    assert found[0][3] == "é" * LONGEST_LINE


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=st.text(st.sampled_from('ab,é😀"\r\n '), max_size=60),
    encoding=st.sampled_from(["utf-8", "utf-16-le"]),
    block=st.integers(1, 9),
)
def test_lines_cover_the_file_and_are_found_again_by_their_place(
    tmp_path: Path, text: str, encoding: str, block: int
) -> None:
    """However the blocks fall: between \\r and \\n, or within a character."""
    mark = "\ufeff".encode(encoding)
    contents = mark + text.encode(encoding)
    (tmp_path / "some.csv").write_bytes(contents)
    source = inspect_file(tmp_path / "some.csv")

    found = list(read_lines(source, block_bytes=block))

    assert [line.text for line in found] == text_lines(text)
    assert [line.number for line in found] == list(range(1, len(found) + 1))
    for line in found:
        assert contents[line.offset : line.offset + line.length].decode(encoding) == line.text


def text_lines(text: str) -> list[str]:
    with_marks = text.replace("\r\n", "\x01").replace("\r", "\r\x00").replace("\n", "\n\x00")
    parts = with_marks.replace("\x01", "\r\n\x00").split("\x00")
    return parts if parts[-1] else parts[:-1]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.text(st.sampled_from('ab,é"\r\n '), max_size=30), max_size=8))
def test_a_record_reads_the_same_at_its_place(tmp_path: Path, rows: list[str]) -> None:
    (tmp_path / "some.csv").write_text("\n".join([ROSTER_HEADER, *rows]), encoding="utf-8", newline="")
    with open_table(tmp_path / "some.csv", ROSTER_COLUMNS) as table:
        for record in table.records():
            assert table.text_at(record.offset, record.length) == record.text
            if not record.problem and len(record.fields) == table.columns.width:
                assert table.fields_at(record.offset, record.length) == table.columns.pick(record.fields)


PIECES = ["p1", "WDLABC123DEF", "1987-03-04", "13/45/2017", "2017-06-07", "ICE", "photo", "1326", '"', "\x00"]


def anything(header: str) -> st.SearchStrategy[bytes]:
    """Bytes of any kind, and files that are nearly right."""
    field = st.one_of(st.sampled_from(PIECES), st.text(max_size=8))
    right = {
        ROSTER_HEADER: "p1,WDLABC123DEF,1987-03-04,2015-11-02",
        DISCLOSURES_HEADER: "p1,2017-06-07,ICE,Tacoma,photo,1326,R1",
    }[header]
    row = st.one_of(st.just(right), st.lists(field, max_size=8).map(",".join))
    end = st.sampled_from(["\n", "\r\n", "\r"])
    encoding = st.sampled_from(["utf-8", "utf-16", "utf-16-le", "cp1252", "utf-8-sig"])
    nearly_right = st.builds(
        lambda rows, end, encoding: end.join([header, *rows]).encode(encoding, "replace"),
        st.lists(row, max_size=6),
        end,
        encoding,
    )
    return st.one_of(nearly_right, nearly_right, st.binary(max_size=300))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(roster=anything(ROSTER_HEADER), disclosures=anything(DISCLOSURES_HEADER))
def test_no_bytes_whatever_end_in_a_traceback(
    tmp_path_factory: pytest.TempPathFactory, roster: bytes, disclosures: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "roster.csv").write_bytes(roster)
    (folder / "disclosures.csv").write_bytes(disclosures)
    try:
        report = seal_edition(plan(folder, accept_rejects=True, workers=1))
    except SealingError:
        assert not (folder / "edition.sealed").exists()
    else:
        assert report.edition is not None
        assert len(sealed_labels(folder / "edition.sealed")) == report.counts.cards
