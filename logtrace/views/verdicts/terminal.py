"""A report for a terminal: what does not hold, then how much does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from logtrace.analysis.verdicts import ERROR, NOTE, WARNING, Finding, Outcome, Report
from logtrace.units import counted
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.next_steps import command_lines
from logtrace.views.elements.text import clean, wrap
from logtrace.views.verdicts._told import rest_of, told

_STYLES = {ERROR: palette.ERROR, WARNING: palette.SLOW, NOTE: palette.DIM}
_INDENT = 4


@dataclass(frozen=True)
class ReportView:
    """A renderable: wrapped when the width is known.

    where   the words of a command that say what was read; None: there are too many of them, or it can't be read again
    """

    report: Report
    glyphs: Glyphs
    where: Sequence[str] | None = ()

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        bad = [outcome for outcome in self.report.outcomes if outcome.findings]
        for outcome in bad:
            yield from self._outcome(outcome, width)
        for outcome in self.report.outcomes:
            if outcome.remark:
                yield from labelled("note", f"{clean(outcome.rule)}: {clean(outcome.remark)}", width, palette.SLOW)
        for note in self.report.notes:
            yield from labelled("note", clean(note), width, palette.SLOW)
        good = len(self.report.outcomes) - len(bad)
        sign = self.glyphs.error if self.report.failed else self.glyphs.ok
        failed = f"{len(bad):,} with findings, " if bad else ""
        looked = f"{counted(self.report.traces, 'trace')}, {counted(self.report.spans, 'span')}"
        yield Text(f"{sign} {failed}{good:,} of {len(self.report.outcomes):,} rules hold; {looked}")

    def _outcome(self, outcome: Outcome, width: int) -> Iterator[Text]:
        sign = self.glyphs.soft if outcome.level == NOTE else self.glyphs.slow if outcome.level == WARNING else self.glyphs.error
        for number, line in enumerate(wrap(f"{sign} {clean(outcome.rule)}: {clean(outcome.about)}", width - 2)):
            yield Text(line if number == 0 else f"  {line}", _STYLES[outcome.level])
        for finding in outcome.findings:
            yield from self._finding(finding, width)
        if rest := rest_of(outcome):
            yield Text(" " * _INDENT + rest, palette.DIM)
        for label, more in (("why", outcome.why), ("mend", outcome.mend)):
            if more:
                yield from _indented(f"{label}: {more}", width, 2)
        yield Text()

    def _finding(self, finding: Finding, width: int) -> Iterator[Text]:
        yield from _indented(clean(told(finding)), width, _INDENT)
        places = [f"{clean(place.path)}:{place.line}" for place in finding.places[:3]]
        room = width - _INDENT - 2
        traces = (line for trace_id in finding.traces[:3] for line in self._request(trace_id, room))
        for line in (*(line for place in places for line in wrap(place, room)), *traces):
            yield Text(" " * (_INDENT + 2) + line, palette.DIM)

    def _request(self, trace_id: str, room: int) -> Iterable[str]:
        """How to look at a request."""
        if self.where is None:
            return wrap(f"trace {clean(trace_id)}", room)
        return command_lines(("logtrace", "show", trace_id, *self.where), room)


def _indented(value: str, width: int, by: int) -> Iterator[Text]:
    return (Text(" " * by + line) for part in value.split("\n") for line in wrap(part, width - by))
