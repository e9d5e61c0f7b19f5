"""Rows → CSV that neither a spreadsheet nor a terminal obeys."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from logtrace.units import number_or_none

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_line(values: Sequence[Any], to_terminal: bool) -> str:
    """One line of CSV with its line end. NULL is an empty cell, bytes are hexadecimal.

    Text that a spreadsheet takes for a formula (it begins with = + - @, tab or CR, and is no number) gets a leading
    apostrophe. For a terminal control characters come as escapes; a file keeps them.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([_cell(value, to_terminal) for value in values])
    return out.getvalue().removesuffix("\r\n") + "\n"  # with "\n" alone it would not quote a cell with "\r"


def _cell(value: Any, to_terminal: bool) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    if not isinstance(value, str):
        return value
    if to_terminal:
        from logtrace.views.text import clean

        value = clean(value)
    return f"'{value}" if value.startswith(FORMULA) and number_or_none(value) is None else value
