"""Lines that were found, for a terminal."""

from __future__ import annotations

from rich.text import Text

from logtrace.views.elements import palette
from logtrace.views.elements.text import clean
from logtrace.views.lines.plain import Shown, names


def coloured_line(line: Shown) -> Text:
    """What views.lines.plain shows, in colour."""
    trace, span, service = names(line)
    text = Text(no_wrap=True).append(f"{trace} {span} ", palette.DIM)
    return text.append(f"{service} ", palette.service_style(line.service)).append(clean(line.text))
