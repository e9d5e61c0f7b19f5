"""Lines that were found, for a terminal."""

from __future__ import annotations

from rich.text import Text

from logtrace.views import palette
from logtrace.views.plain import Shown, names
from logtrace.views.text import clean


def coloured_line(line: Shown) -> Text:
    """What views.plain shows, in colour."""
    trace, span, service = names(line)
    text = Text(no_wrap=True).append(f"{trace} {span} ", palette.DIM)
    return text.append(f"{service} ", palette.service_style(line.service)).append(clean(line.text))
