"""Holds: a row that cannot be sealed is never dropped without a word, and never turns into "not shared"."""

from datetime import date
from pathlib import Path

import pytest

from resident_app.register.sealing.plan import SealingError
from resident_app.register.sealing.rows import MOST_OFFICES
from resident_app.register.sealing.run import seal_edition
from tests.register.sealing_files import answer, answers, facts, plan, rejects, sealed_labels, write_files

CARD = "p1,WDLABC123DEF,1987-03-04,2015-11-02"
FACTS = facts("WDLABC123DEF", "1987-03-04", "2015-11-02")
SHARED = "p1,2017-06-07,ICE,Tacoma,photo+application,1326,R1"
OTHER_CARD = "p2,WDLXYZ789QRS,1990-12-31,2016-01-01"
OTHER_FACTS = facts("WDLXYZ789QRS", "1990-12-31", "2016-01-01")


def rejected(folder: Path, roster: list[str], disclosures: list[str]) -> list[tuple[str, int, str]]:
    """File, line and reason of each reject, when rejects are not accepted."""
    made = write_files(folder, roster, disclosures)
    report = seal_edition(made)
    assert report.edition is None
    assert not made.out.exists()
    return [(file, line, reason) for file, line, reason, _ in rejects(made.rejects_path)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("p2,WDLXYZ789QR,1990-12-31,2016-01-01", "card_number cannot be a card number"),
        ("p2,WDLXYZ789QRé,1990-12-31,2016-01-01", "card_number cannot be a card number"),
        ("p2,,1990-12-31,2016-01-01", "card_number cannot be a card number"),
        ("p2,WDLXYZ789QRS,1990-02-30,2016-01-01", "born_on cannot be a birth date"),
        ("p2,WDLXYZ789QRS,1789-02-03,2016-01-01", "born_on cannot be a birth date"),
        ("p2,WDLXYZ789QRS,31.12.1990,2016-01-01", "born_on is not a date like 2017-05-31 or 05/31/2017"),
        ("p2,WDLXYZ789QRS,19900102,2016-01-01", "born_on is not a date like 2017-05-31 or 05/31/2017"),
        ("p2,WDLXYZ789QRS,1990-12-31,", "issued_on is not a date like 2017-05-31 or 05/31/2017"),
        (
            "p2,WDLXYZ789QRS,1990-12-31,1990-12-30",
            "issued_on cannot be the day on which this card was issued",
        ),
        (
            "p2,WDLXYZ789QRS,1990-12-31,2026-03-02",
            "issued_on cannot be the day on which this card was issued",
        ),
        (",WDLXYZ789QRS,1990-12-31,2016-01-01", "person is empty"),
        ("\u3000\xa0,WDLXYZ789QRS,1990-12-31,2016-01-01", "person is empty"),
        ("p2,WDLXYZ789QRS,1990-12-31", "has 3 fields where the header has 4"),
        ("p2,WDLXYZ789QRS,1990-12-31,2016-01-01,", "has 5 fields where the header has 4"),
        ("p2,WDLXYZ7\x0089QRS,1990-12-31,2016-01-01", "holds a NUL character"),
        ('p2,"WDLXYZ789QRS"x,1990-12-31,2016-01-01', "its quotation marks do not match"),
    ],
)
def test_a_roster_row_that_cannot_be_right(tmp_path: Path, row: str, reason: str) -> None:
    assert rejected(tmp_path, [CARD, row], []) == [("roster.csv", 3, reason)]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("p1,2017-13-07,ICE,Tacoma,photo,1326,R1", "answered_on is not a real day"),
        ("p1,,ICE,Tacoma,photo,1326,R1", "answered_on is not a date like 2017-05-31 or 05/31/2017"),
        ("p1,2016-12-31,ICE,Tacoma,photo,1326,R1", "answered_on is outside the period"),
        ("p1,2017-07-01,ICE,Tacoma,photo,1326,R1", "answered_on is outside the period"),
        ("p1,2017-06-07,FBI,Tacoma,photo,1326,R1", "agency is not a code of config/codes.toml"),
        ("p1,2017-06-07,ICE,Tacoma,photo,9999,R1", "ground is not a code of config/codes.toml"),
        ("p1,2017-06-07,ICE,Tacoma,,1326,R1", "released is not photo, application, record, joined by +"),
        (
            "p1,2017-06-07,ICE,Tacoma,photo+,1326,R1",
            "released is not photo, application, record, joined by +",
        ),
        (f"p1,2017-06-07,ICE,{'x' * 121},photo,1326,R1", "office is longer than 120 characters"),
        (",2017-06-07,ICE,Tacoma,photo,1326,R1", "person is empty"),
        ("p9,2017-06-07,ICE,Tacoma,photo,1326,R1", "person has no accepted card in the roster"),
        ("p1,2017-06-07,ICE,Tacoma, WA,photo,1326,R1", "has 8 fields where the header has 7"),
        # Broken rows are rejects even when what they say would be too late for an edition.
        ("p1,2019-06-07,FBI,Tacoma,photo,1326,R1", "agency is not a code of config/codes.toml"),
    ],
)
def test_a_disclosure_that_cannot_be_right(tmp_path: Path, row: str, reason: str) -> None:
    made = write_files(tmp_path, [CARD], [SHARED, row])
    report = seal_edition(plan(tmp_path, period_to=date(2017, 6, 30)))

    assert report.edition is None
    assert rejects(made.rejects_path) == [("disclosures.csv", 3, reason, row)]


def test_more_offices_than_an_envelope_can_name(tmp_path: Path) -> None:
    offices = [*range(MOST_OFFICES), 0, "one more", 1]
    rows = [f"p1,2017-06-07,ICE,{office},photo,1326,R1" for office in offices]
    assert rejected(tmp_path, [CARD], rows) == [
        ("disclosures.csv", MOST_OFFICES + 3, "there are more than 65,535 different offices")
    ]


def test_nine_disclosures_are_eight_and_one_more(tmp_path: Path) -> None:
    rows = [f"p1,6/{day}/2017,ICE,Tacoma,photo,1326,R{day}" for day in range(9, 0, -1)]
    made = write_files(tmp_path, [CARD], rows)
    seal_edition(made)

    known = answer(made.out, FACTS)
    assert known is not None
    assert [said.request for said in known.listed] == [f"R{day}" for day in range(1, 9)]
    assert known.more == 1


def test_repeated_rows_are_merged_wherever_they_stand(tmp_path: Path) -> None:
    roster = [CARD, OTHER_CARD, "p1, wdl-abc-123-def ,3/4/1987,11/02/2015", OTHER_CARD, CARD]
    disclosures = [
        SHARED,
        "p2,2017-06-07,ICE,Tacoma,photo,1326,R1",
        " p1 ,6/7/2017,ICE,Tacoma,application + photo + photo,1326,R1",
        "p1,2017-06-07,ICE,Tacoma,photo+application,1326,R2",
        SHARED,
    ]
    made = write_files(tmp_path, roster, disclosures)
    report = seal_edition(made)

    assert report.counts.cards == len(sealed_labels(made.out)) == 2
    assert report.counts.repeated_cards == 3
    assert report.counts.repeated_disclosures == 2
    mine, others = answers(made.out, [FACTS, OTHER_FACTS])
    assert mine is not None
    assert others is not None
    assert [said.request for said in mine.listed] == ["R1", "R2"]
    assert [said.request for said in others.listed] == ["R1"]


def test_all_cards_of_a_person_have_the_same_answer(tmp_path: Path) -> None:
    made = write_files(tmp_path, [CARD, "p1,WOO**JT546KA,1987-03-04,2010-01-01"], [SHARED])
    seal_edition(made)

    first, second = answers(made.out, [FACTS, facts("WOO**JT546KA", "1987-03-04", "2010-01-01")])
    assert first == second
    assert first is not None
    assert len(first.listed) == 1


def test_two_persons_with_the_same_facts_are_both_rejected(tmp_path: Path) -> None:
    """A, B and C fold to the same key, so these two cards have the same facts."""
    roster = [CARD, "p2,WDLCBA123FED,1987-03-04,2015-11-02", CARD, OTHER_CARD]
    made = write_files(tmp_path, roster, [SHARED])
    report = seal_edition(plan(tmp_path, accept_rejects=True))

    assert report.counts.cards == 1
    assert answers(made.out, [FACTS, OTHER_FACTS])[0] is None
    reason = "two persons have a card with this number, birth date and issue date"
    assert [row[:3] for row in rejects(made.rejects_path)] == [
        ("roster.csv", 2, reason),
        ("roster.csv", 3, reason),
        ("roster.csv", 4, reason),
        ("disclosures.csv", 2, "person has no accepted card in the roster"),
    ]


@pytest.mark.parametrize(
    "broken",
    [
        "p1,2017-06-31,ICE,Tacoma,photo,1326,R1",
        "p1,2017-06-07,ICE,Tacoma, WA,photo,1326,R1",
        "p1,2017-06-07,ICE",
        '"p1,2017-06-07,ICE,Tacoma,photo,1326,R1',
        "p1,2017-06-07,ICE,Tac\x00oma,photo,1326,R1",
        'p1,2017-06-07,ICE,"Tacoma"x,photo,1326,R1',
        "p1,2019-06-07,FBI,Tacoma,photo,1326,R1",
    ],
)
def test_who_has_a_rejected_disclosure_is_never_told_not_shared(tmp_path: Path, broken: str) -> None:
    second = "p1,WDLSECOND123,1987-03-04,2017-11-02"
    made = write_files(tmp_path, [CARD, OTHER_CARD, second], [broken])
    report = seal_edition(plan(tmp_path, accept_rejects=True))

    assert report.counts.cards == 1
    told = answers(made.out, [FACTS, facts("WDLSECOND123", "1987-03-04", "2017-11-02"), OTHER_FACTS])
    assert told[:2] == [None, None]
    assert told[2] is not None
    doubt = "the disclosure on line 2 was rejected, so what was disclosed of this person is not known"
    found = rejects(made.rejects_path)
    assert found[:2] == [("roster.csv", 2, doubt, CARD), ("roster.csv", 4, doubt, second)]
    assert [row[:2] for row in found[2:]] == [("disclosures.csv", 2)]


def test_rows_that_a_stray_quote_swallowed_leave_their_people_in_doubt(tmp_path: Path) -> None:
    """Two stray quotes make one record of two rows; it is not a right one, and both are in doubt."""
    swallowed = ['p1,2017-06-07,ICE,"Tacoma,photo,1326,R1', 'p2,2017-06-07,ICE,Tacoma",photo,1326,R1,x']
    made = write_files(tmp_path, [CARD, OTHER_CARD, "p3,WDLTHIRD1234,1990-12-31,2016-01-01"], swallowed)
    report = seal_edition(plan(tmp_path, accept_rejects=True))

    assert report.counts.cards == 1
    assert answers(made.out, [FACTS, OTHER_FACTS]) == [None, None]
    assert rejects(made.rejects_path)[-1][3] == "\n".join(swallowed)


def test_a_good_disclosure_of_someone_in_doubt_is_listed_too(tmp_path: Path) -> None:
    made = write_files(tmp_path, [CARD, OTHER_CARD], [SHARED, "p1,2017-06-07,FBI,Tacoma,photo,1326,R2"])
    seal_edition(plan(tmp_path, accept_rejects=True))

    assert [row[:2] for row in rejects(made.rejects_path)] == [
        ("roster.csv", 2),
        ("disclosures.csv", 2),
        ("disclosures.csv", 3),
    ]


def test_disclosures_on_and_after_the_cut_off_are_left_out_and_counted(tmp_path: Path) -> None:
    late = ["2018-01-10", "1/11/2018", "2031-01-01"]
    rows = [f"p1,{day},ICE,Tacoma,photo,1326,R1" for day in [*late, "2018-01-09"]]
    made = write_files(tmp_path, [CARD], rows)
    report = seal_edition(plan(tmp_path, period_to=date(2020, 1, 1)))

    assert report.counts.after_cut_off == 3
    assert report.edition is not None
    assert report.edition.period_to == date(2018, 1, 10)
    known = answer(made.out, FACTS)
    assert known is not None
    assert [said.answered_on for said in known.listed] == [date(2018, 1, 9)]


def test_long_request_numbers_are_counted(tmp_path: Path) -> None:
    """Bytes of UTF-8, not characters, are what an envelope has room for."""
    rows = [f"p1,2017-06-07,ICE,Tacoma,photo,1326,{request}" for request in ("x" * 23, "x" * 24, "é" * 12)]
    report = seal_edition(write_files(tmp_path, [CARD], rows))
    assert report.counts.long_requests == 2


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (date(1999, 12, 31), date(2017, 1, 1), "--from must be 2000-01-01 or later"),
        (date(2017, 1, 2), date(2017, 1, 1), "--from must not be later than --to"),
        (date(2018, 1, 11), date(2018, 2, 1), "--from must not be later than the cut-off"),
    ],
)
def test_a_period_that_cannot_be(tmp_path: Path, first: date, last: date, told: str) -> None:
    write_files(tmp_path, [CARD], [])
    with pytest.raises(SealingError, match=told):
        seal_edition(plan(tmp_path, period_from=first, period_to=last))


def test_an_edition_without_a_card_is_not_made(tmp_path: Path) -> None:
    made = write_files(tmp_path, [], [])
    with pytest.raises(SealingError, match="no card"):
        seal_edition(made)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["disclosures.csv", "roster.csv"]


def test_an_input_is_never_overwritten(tmp_path: Path) -> None:
    write_files(tmp_path, [CARD], [])
    with pytest.raises(SealingError, match="is an input"):
        seal_edition(plan(tmp_path, out=tmp_path / "roster.csv"))
