"""What is written for others, read as they would: nothing of the logs may be more than text in it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser


def no_json(text: str) -> Iterator[str]:
    try:
        json.loads(text)
    except ValueError:
        try:
            for line in text.splitlines():
                json.loads(line)
        except ValueError as error:
            yield f"is no JSON: {error}"


class _Page(HTMLParser):
    """Finds what of a page would run."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._script = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._script = dict(attrs).get("type") or "text/javascript" if tag == "script" else ""
        for name, value in attrs:
            runs = name.startswith("on") or name in ("href", "src", "srcdoc")
            if "fired" in name or (runs and "fired" in (value or "")):
                self.found.append(f"<{tag} {name}={value!r}>")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002 - its signature
        self._script = ""

    def handle_data(self, data: str) -> None:
        if self._script == "text/javascript" and "fired" in data:
            self.found.append("a text of the logs in a script")


def _runs(text: str) -> Iterator[str]:
    page = _Page()
    page.feed(text)
    yield from page.found


def _formulas(text: str) -> Iterator[str]:
    for row in csv.reader(io.StringIO(text)):
        yield from (
            f"the cell {cell!r} is a formula" for cell in row if cell[:1] in "=+-@\t\r" and cell[:1] and not _is_number(cell)
        )


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?[\d.eE+-]+", cell) is not None


def wrong(text: str, suffix: str) -> Iterator[str]:
    """What is wrong with the content of a file, told by how it begins or else by the end of its name."""
    if text.lstrip()[:1] == "<":
        yield from _runs(text)
    elif text.lstrip()[:1] in ("{", "["):
        yield from no_json(text)
    elif suffix == ".csv":
        yield from _formulas(text)
