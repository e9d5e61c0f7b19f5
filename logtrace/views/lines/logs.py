"""Log lines of a trace, one Text a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import tzinfo

from rich.cells import cell_len
from rich.text import Text

from logtrace.model import LogLine
from logtrace.units import format_instant
from logtrace.views.elements import palette
from logtrace.views.elements.severity import severity_name, severity_style
from logtrace.views.elements.text import clean, fit

SPAN_CELLS = 16
MAX_SERVICE = 24


def log_lines(lines: Iterable[LogLine], zone: tzinfo, raw: bool) -> Iterator[Text]:
    """Each line whole, in the order given: time, service, span, severity, message; `raw`: the line as kept, alone.

    Streams: the service column grows with the longest service seen so far. Lines are not wrapped.
    """
    service_cells = 0
    for line in lines:
        if raw:
            yield Text(clean(line.text), no_wrap=True)
            continue
        service_cells = max(service_cells, min(MAX_SERVICE, cell_len(clean(line.service))))
        yield _line(line, zone, service_cells)


def _line(line: LogLine, zone: tzinfo, service_cells: int) -> Text:
    time = format_instant(line.time_ns, zone) if line.time_ns is not None else "(no time)".ljust(len(format_instant(0, zone)))
    service = fit(clean(line.service), service_cells, middle=True)
    text = Text(no_wrap=True).append(f"{time} ", palette.DIM)
    text.append(service + " " * (service_cells - cell_len(service)) + " ", palette.service_style(line.service))
    text.append(f"{fit(clean(line.span_id) or '-', SPAN_CELLS, middle=True):<{SPAN_CELLS}} ", palette.DIM)
    text.append(f"{severity_name(line.severity):<5} ", severity_style(line.severity))
    return text.append(clean(line.body or line.text))
