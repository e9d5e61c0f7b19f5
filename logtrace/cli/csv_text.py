"""Rows → CSV that neither a spreadsheet nor a terminal obeys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logtrace.exporters.csv_cells import csv_row


def csv_line(values: Sequence[Any], to_terminal: bool) -> str:
    """One line of CSV with its line end. NULL is an empty cell, bytes are hexadecimal, formulas are defused.

    For a terminal control characters come as escapes; a file keeps them.
    """
    return csv_row(map(_clean, values) if to_terminal else values)


def _clean(value: Any) -> Any:
    from logtrace.views.elements.text import clean

    return clean(value) if isinstance(value, str) else value
