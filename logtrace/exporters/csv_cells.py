"""Rows → CSV that no spreadsheet obeys."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

from logtrace.units import number_or_none

FORMULA = ("=", "+", "-", "@", "\t", "\r")


def defused(value: Any) -> Any:
    """A value as it stands in a cell: bytes are hexadecimal; text that a spreadsheet takes for a formula (it begins with
    = + - @, tab or CR, and is no number) gets a leading apostrophe."""
    if isinstance(value, bytes):
        return value.hex()
    if not isinstance(value, str):
        return value
    return f"'{value}" if value.startswith(FORMULA) and number_or_none(value) is None else value


def csv_row(values: Iterable[Any]) -> str:
    """One line of CSV with its line end; None is an empty cell."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(list(map(defused, values)))
    return out.getvalue().removesuffix("\r\n") + "\n"  # with "\n" alone it would not quote a cell with "\r"
