"""Facts as lines of a label and a value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo

from rich.text import Text

from logtrace.views.elements import palette
from logtrace.views.elements.text import clean, wrap

LABEL_CELLS = 10


def labelled(label: str, value: str, width: int, style: str = "") -> Iterator[Text]:
    """`label     value` in lines of at most `width` cells; both clean already."""
    for number, line in enumerate(wrap(value, width - LABEL_CELLS)):
        text = Text(no_wrap=True)
        yield text.append(f"{label if number == 0 else '':<{LABEL_CELLS}}", palette.DIM).append(line, style)


def zone_name(zone: tzinfo) -> str:
    """The name of a zone: Europe/Berlin, UTC, UTC+02:00."""
    return clean(str(zone))
