"""A small count is not shown, and cannot be computed from what is."""

from collections.abc import Iterator, Mapping
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from resident_app.casework.reports.cell_suppression import Suppression, TableFlow, suppress_cells

FEWEST = 5

Equation = tuple[tuple[str, ...], tuple[str, ...]]
"""The counts whose sum is that of the others."""


def one_measure(languages: list[int], ways: list[int]) -> tuple[list[TableFlow], list[Equation]]:
    """One count by language and by way, both with the same total."""
    flows = [TableFlow(f"l{place}", "a", "b", count) for place, count in enumerate(languages)]
    flows += [TableFlow(f"w{place}", "c", "a", count) for place, count in enumerate(ways)]
    flows.append(TableFlow("all", "b", "c", sum(languages), is_total=True))
    sides = [tuple(flow.key for flow in flows if flow.key.startswith(letter)) for letter in "lw"]
    return flows, [(side, ("all",)) for side in sides]


def two_sided(rows: list[list[int]]) -> tuple[list[TableFlow], list[Equation]]:
    """A table with a total of each row, of each column, and of all."""
    flows, equations = [], []
    for place, row in enumerate(rows):
        flows.append(TableFlow(f"row{place}", "all", f"row{place}", sum(row)))
        flows += [
            TableFlow(f"{place}.{column}", f"row{place}", f"col{column}", count)
            for column, count in enumerate(row)
        ]
        equations.append((tuple(f"{place}.{column}" for column in range(len(row))), (f"row{place}",)))
    for column, counts in enumerate(zip(*rows, strict=True)):
        flows.append(TableFlow(f"col{column}", f"col{column}", "end", sum(counts), is_total=True))
        cells = tuple(f"{place}.{column}" for place in range(len(rows)))
        equations.append((cells, (f"col{column}",)))
    flows.append(TableFlow("total", "end", "all", sum(map(sum, rows)), is_total=True))
    equations.append((tuple(f"row{place}" for place in range(len(rows))), ("total",)))
    equations.append((tuple(f"col{column}" for column in range(len(rows[0]))), ("total",)))
    return flows, equations


def solutions(
    flows: list[TableFlow], equations: list[Equation], marks: Mapping[object, Suppression]
) -> Iterator[dict[str, int]]:
    """Tables that fit what is shown, by trying: a small count is 1 to 4, a withheld one 5 or more (or, when
    everything is withheld, anything)."""
    possible = {}
    for flow in flows:
        near = range(max(0, flow.count - 2), flow.count + 3)
        match marks.get(flow.key):
            case None:
                possible[flow.key] = [flow.count]
            case Suppression.FEW:
                possible[flow.key] = list(range(1, FEWEST))
            case Suppression.WITHHELD:
                all_withheld = len(marks) == len(flows) and set(marks.values()) == {Suppression.WITHHELD}
                possible[flow.key] = [count for count in near if all_withheld or count >= FEWEST]
    yield from _tried({}, equations, possible)


def _tried(
    chosen: dict[str, int], equations: list[Equation], possible: dict[str, list[int]]
) -> Iterator[dict[str, int]]:
    if len(chosen) == len(possible):
        yield chosen
        return
    name = min((key for key in possible if key not in chosen), key=lambda key: len(possible[key]))
    for count in possible[name]:
        tried = {**chosen, name: count}
        if all(_may_hold(equation, tried, possible) for equation in equations):
            yield from _tried(tried, equations, possible)


def _may_hold(equation: Equation, chosen: dict[str, int], possible: dict[str, list[int]]) -> bool:
    least, most = 0, 0
    for side, sign in zip(equation, (1, -1), strict=True):
        for key in side:
            counts = [chosen[key]] if key in chosen else possible[key]
            if not counts:
                return False
            low, high = (sign * count for count in (min(counts), max(counts)))
            least, most = least + min(low, high), most + max(low, high)
    return least <= 0 <= most


def assert_safe(flows: list[TableFlow], equations: list[Equation]) -> None:
    marks = suppress_cells(flows, FEWEST)
    for flow in flows:
        if 0 < flow.count < FEWEST:
            assert flow.key in marks
            others = (one for one in solutions(flows, equations, marks) if one[flow.key] != flow.count)
            assert next(others, None), f"{flow.key} can be computed"


counts = st.integers(0, 9) | st.integers(0, 40)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_no_count_by_language_can_be_computed_from_those_by_way(data: st.DataObject) -> None:
    languages = data.draw(st.lists(counts, min_size=1, max_size=5))
    left, ways = sum(languages), []
    for _ in range(data.draw(st.integers(0, 3))):
        ways.append(data.draw(st.integers(0, left)))
        left -= ways[-1]
    assert_safe(*one_measure(languages, [*ways, left]))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_count_can_be_computed_from_rows_and_columns(data: st.DataObject) -> None:
    columns = data.draw(st.integers(1, 3))
    row = st.lists(counts, min_size=columns, max_size=columns)
    assert_safe(*two_sided(data.draw(st.lists(row, min_size=1, max_size=3))))


def test_every_small_table_is_safe() -> None:
    for first, second, third in product(range(7), repeat=3):
        assert_safe(*one_measure([first, second, third], [first + second + third]))


def test_nothing_is_hidden_that_need_not_be() -> None:
    assert suppress_cells(one_measure([12, 0, 30], [42])[0], FEWEST) == {}
    assert suppress_cells(one_measure([12, 2, 30, 3], [47])[0], FEWEST) == {
        "l1": Suppression.FEW,
        "l3": Suppression.FEW,
    }


def test_the_smallest_other_count_hides_the_only_small_one() -> None:
    found = suppress_cells(one_measure([12, 2, 30], [20, 24])[0], FEWEST)
    assert found == {"l1": Suppression.FEW, "l0": Suppression.WITHHELD}


def test_four_small_ones_that_must_each_be_one_hide_more() -> None:
    """Otherwise four small counts that make up four are all 1."""
    found = suppress_cells(one_measure([1, 1, 1, 1, 20], [24])[0], FEWEST)
    assert found["l4"] is Suppression.WITHHELD


def test_what_cannot_be_kept_safe_is_withheld_whole() -> None:
    """Eight small counts are at least eight, two at most eight: so each would be known."""
    flows, equations = one_measure([1] * 8, [4, 4])
    assert set(suppress_cells(flows, FEWEST).values()) == {Suppression.WITHHELD}
    assert_safe(flows, equations)


def test_a_count_that_cannot_be_more_hides_nothing() -> None:
    """4 could only be 3, so another must be able to be one more."""
    counts = {"few": (4, None), "full": (9, 9), "part": (12, 20)}
    flows = [TableFlow(key, "a", "b", count, most) for key, (count, most) in counts.items()]
    flows.append(TableFlow("all", "b", "a", 25, is_total=True))
    assert suppress_cells(flows, FEWEST) == {"few": Suppression.FEW, "part": Suppression.WITHHELD}
