from __future__ import annotations

from logtrace.views.lists.rows_table import rows_table
from tests.views.show import lines_of


def test_rows_of_a_query_wrap_and_are_never_cut_nor_markup() -> None:
    lines = lines_of(rows_table(["id", "[b]name"], [(1, "[red]x[/red]\x1b"), (None, "w" * 100), (b"\x01\xff", 2.5)]), 40)
    text = "".join(lines)
    assert "[b]name" in text
    assert r"[red]x[/red]\x1b" in text
    assert text.count("w") == 100
    assert "NULL" in text
    assert "01ff" in text


def test_many_columns_become_blocks() -> None:
    names = [f"column_{number}" for number in range(9)]
    lines = lines_of(rows_table(names, [tuple(range(9)), ("x" * 100,) * 9]), 60)
    assert lines[:3] == ["row 1", "column_0  0", "column_1  1"]
    assert "".join(lines).count("x") == 900
    assert max(map(len, lines)) <= 60
