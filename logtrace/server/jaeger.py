"""What both generations of Jaeger's API share: asking the store, how traces are shown, and errors that become answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from logtrace.errors import LogtraceError
from logtrace.exporters.adjust import adjusted_spans, adjusted_trace
from logtrace.exporters.otlp import resource_spans
from logtrace.exporters.sanitized import sanitized
from logtrace.jobs.verbs.store import Store
from logtrace.model import Trace
from logtrace.server.answers import TOO_LARGE, status_and_text
from logtrace.server.desk import Desk, NoAnswerError
from logtrace.server.params import BadRequestError
from logtrace.units import format_bytes, format_instant

Answer = TypeVar("Answer")
MOST_SPANS, MOST_BYTES = 50_000, 64 * 1024 * 1024
"""An answer with whole traces has no further one once it has so many spans, or is so large."""

MOST_WHOLE = 256 * 1024 * 1024
"""One trace alone may be as large as this."""
Handler = Callable[[Request], Any]


class FailedError(NoAnswerError):
    """A request that gets an error of Jaeger's."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class Look(NamedTuple):
    """How traces are shown: raw, or as Jaeger's query service adjusts them (see adjusted_spans)."""

    raw: bool
    most_skew_ns: int

    def spans(self, trace: Trace) -> list[dict[str, Any]]:
        """Its `resourceSpans`."""
        return sanitized(resource_spans(trace) if self.raw else adjusted_spans(trace, self.most_skew_ns), trace)

    def trace(self, trace: Trace) -> Trace:
        """The trace with the times that are shown."""
        return trace if self.raw else adjusted_trace(trace, self.most_skew_ns)


class Whole(NamedTuple):
    """Traces as JSON, all of each; cut: how the others are asked for, "" where there are none."""

    traces: list[bytes]
    cut: str


def whole(traces: Iterable[Trace], as_json: Callable[[Trace], bytes]) -> Whole:
    """As many traces as an answer may have; the newest come first."""
    found: list[bytes] = []
    spans = size = 0
    last = None
    for trace in traces:
        if last is not None and (spans >= MOST_SPANS or size >= MOST_BYTES):
            return Whole(found, _cut(len(found), last))
        text = as_json(trace)
        found.append(text)
        spans, size, last = spans + len(trace.spans), size + len(text), trace
    return Whole(found, "")


def _cut(many: int, last: Trace) -> str:
    told = f"only {many} traces are given: more would be too large an answer"
    before = f", or up to {format_instant(last.start_ns, digits=6)}, when the last of these starts" if last.start_ns else ""
    return f"{told}; ask for fewer{before}"


def look_of(request: Request, *, raw: bool) -> Look:
    """How a request wants to see traces."""
    return Look(raw, request.app.state.most_skew_ns)


async def ask(request: Request, question: Callable[[Store], Answer]) -> Answer:
    """The answer of the store."""
    desk: Desk = request.app.state.desk
    return await desk.ask(request, question)


def guarded(handler: Handler, refused: Callable[[int, str], Response]) -> Handler:
    """A handler whose errors become answers. refused: the answer of an error, by its status and text."""

    async def run(request: Request) -> Response:
        try:
            found: Response = await handler(request)
        except FailedError as error:
            return refused(error.status, str(error))
        except BadRequestError as error:
            return refused(400, str(error))
        except (LogtraceError, NoAnswerError) as error:
            return refused(*status_and_text(error))
        if len(found.body) > MOST_WHOLE:
            return refused(TOO_LARGE, f"the answer would be too large ({format_bytes(len(found.body))}): ask for less")
        return found

    return run
