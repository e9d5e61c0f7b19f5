from __future__ import annotations

import pytest

from logtrace.views.elements.glyphs import UNICODE
from logtrace.views.tree.labels import TreeColumn, label, prefix
from logtrace.views.tree.nodes import tree_nodes
from logtrace.views.tree.options import WaterfallOptions
from logtrace.views.tree.rows import Row, limited_rows
from tests.builders import span, trace

CHAIN = [span("top", "gateway")]
for _ in range(40):
    CHAIN.append(span("GET /api/v1/tasks/42", "worker", parent=CHAIN[-1]))


def rows() -> list[Row]:
    return limited_rows(tree_nodes(trace(*CHAIN), (), WaterfallOptions()), (), None)


@pytest.mark.parametrize("cells", [8, 12, 20, 36, 80])
def test_a_label_has_at_most_its_cells_whatever_its_depth(cells: int) -> None:
    column = TreeColumn(unit=2, levels=5, digits=2, cells=cells)
    assert all(label(rows(), place, column, UNICODE, " (+1,234)").cell_len <= cells for place in (0, 1, 20, 40))


def test_the_name_gives_way_before_counts_and_the_service() -> None:
    column = TreeColumn(unit=4, levels=9, digits=1, cells=30)
    assert label(rows(), 1, column, UNICODE, " (+7)").plain == "└── worker: GET /a…sks/42 (+7)"


def test_levels_without_room_are_counted() -> None:
    column = TreeColumn(unit=2, levels=5, digits=2, cells=40)
    assert prefix(rows(), 5, column, UNICODE) == "        └─ "
    assert prefix(rows(), 40, column, UNICODE) == "35…         └─ "
    assert prefix(rows(), 7, column, UNICODE) == " 2…         └─ "
