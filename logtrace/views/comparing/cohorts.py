"""Two populations of requests compared, in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.analysis.cohorts.finding import Finding
from logtrace.analysis.cohorts.measured import Kind
from logtrace.analysis.cohorts.significance import LEAST
from logtrace.analysis.cohorts.windows import CohortComparison, Side
from logtrace.units import counted, format_duration, format_instant
from logtrace.views.comparing.cohort_text import finding_sentences, named, percent, power_sentence, value_sentence
from logtrace.views.elements import palette
from logtrace.views.elements.glyphs import Glyphs
from logtrace.views.elements.labelled import labelled, zone_name
from logtrace.views.elements.ratios import ratio_text
from logtrace.views.elements.remarks import notes_lines
from logtrace.views.elements.text import clean, wrap
from logtrace.views.windows.stats import window_text

MARGIN = 5
MOST_KINDS = 5


def cohorts_view(found: CohortComparison, most: int, zone: tzinfo, glyphs: Glyphs) -> RenderableType:
    """The first `most` findings, as many values, and what they rest on."""
    return CohortsView(found, most, zone, glyphs)


@dataclass(frozen=True)
class CohortsView:
    """A renderable: wrapped when the width is known."""

    found: CohortComparison
    most: int
    zone: tzinfo
    glyphs: Glyphs

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, found = options.max_width, self.found
        if found.now_ns is not None:
            now = format_instant(found.now_ns, self.zone, 0)
            yield from labelled("now", f"{now} ({zone_name(self.zone)}), when the last request of the store starts", width)
        yield from labelled("before", self._side(found.before), width)
        yield from labelled("after", self._side(found.after), width)
        for number, kind in enumerate(found.found.kinds[:MOST_KINDS]):
            yield from labelled("requests" if number == 0 else "", self.glyphs.plain(self._kind(kind)), width)
        if rest := found.found.kinds[MOST_KINDS:]:
            yield from labelled("", f"and {counted(len(rest), 'more kind')}", width)
        yield from notes_lines(found.notes, width)
        yield from self._mix(width)
        yield from self._findings(width)
        yield from self._values(width)
        yield from self._untested(width)
        yield Text()
        yield from labelled("power", power_sentence(self.found), width)

    def _side(self, side: Side) -> str:
        chosen = clean(side.chosen_by) or window_text(side.since_ns, side.until_ns, self.zone)
        return f"{chosen}: {counted(side.requests, 'request')}"

    def _kind(self, kind: Kind) -> str:
        numbers = f"{clean(named(kind.root))}: {kind.before:,} {self.glyphs.arrow} {kind.after:,}"
        if not len(kind.before_ns) or not len(kind.after_ns):
            return numbers
        one, other = (float(np.median(each)) for each in (kind.before_ns, kind.after_ns))
        ratio = f" ({ratio_text(other / one, self.glyphs.times)})" if one > 0 else ""
        return f"{numbers}, median {format_duration(round(one))} {self.glyphs.arrow} {format_duration(round(other))}{ratio}"

    def _mix(self, width: int) -> Iterator[Text]:
        for number, mix in enumerate(self.found.mix):
            sentence = f"{clean(named(mix.root))} is {percent(mix.after)} of all requests, {percent(mix.before)} before"
            more = "" if number else "; each kind is compared with its own"
            yield from labelled("mix" if number == 0 else "", f"{sentence}{more}", width, palette.LABEL)

    def _findings(self, width: int) -> Iterator[Text]:
        found = self.found.found.findings
        for number, each in enumerate(found[: self.most], 1):
            yield Text()
            yield from self._sentences(f"{number:>2}.  ", each, width)
        if rest := found[self.most :]:
            yield from (Text(), Text(f"{counted(len(rest), 'more finding')}; -n {len(found)} shows all", palette.DIM))
        if not found and self.found.tested and self.found.found.tests:
            yield Text()
            yield from labelled(
                "findings", f"none: nothing of {counted(self.found.found.tests, 'test')} is more than chance", width
            )

    def _sentences(self, head: str, each: Finding, width: int) -> Iterator[Text]:
        sentences = [self.glyphs.plain(text) for text in finding_sentences(each, self.glyphs)]
        for place, sentence in enumerate(sentences):
            style = (palette.SLOW if each.worse else palette.LABEL) if place == 0 else ""
            for at, line in enumerate(wrap(sentence, width - MARGIN)):
                before = head if place == at == 0 else ""
                yield Text(f"{before:<{MARGIN}}", palette.DIM, no_wrap=True).append(line, style)

    def _values(self, width: int) -> Iterator[Text]:
        values = self.found.values
        tested = [each for each in values if each.q is not None]
        shown = tested or values
        if shown:
            yield Text()
        label = "values" if tested else "untested"
        for number, each in enumerate(shown[: self.most]):
            yield from labelled(label if number == 0 else "", value_sentence(each, self.glyphs), width)
        if rest := shown[self.most :]:
            yield from labelled("", f"and {counted(len(rest), 'more value')}; -n {len(shown)} shows all", width)

    def _untested(self, width: int) -> Iterator[Text]:
        untested = self.found.found.untested
        if not untested:
            return
        yield Text()
        why = f"fewer than {LEAST} requests on a side" if self.found.tested else "the library that tests is not installed"
        yield from labelled("untested", f"large differences, but {why}: they may be chance", width, palette.LABEL)
        for each in untested[: self.most]:
            yield from self._sentences("  -  ", each, width)
        if rest := untested[self.most :]:
            yield Text(f"{counted(len(rest), 'more difference')} not tested", palette.DIM)
