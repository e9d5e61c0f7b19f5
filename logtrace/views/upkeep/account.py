"""The summary at the end of an ingest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.text import Text

from logtrace.account import Account, RejectedLine
from logtrace.model import TraceSummary
from logtrace.units import format_bytes, format_duration
from logtrace.views.elements import names, palette
from logtrace.views.elements.labelled import labelled
from logtrace.views.elements.text import clean, fit, shell_word
from logtrace.views.lists.tables import request_of

REASON_EXAMPLES = 3


def ingest_summary(account: Account, where: Sequence[str] = ()) -> RenderableType:
    """What an ingest read and made, then the slowest and the failing traces with the command that opens each.

    where: the words with which a command finds what was made, where it would not by itself.
    """
    return IngestSummary(account, tuple(where))


@dataclass(frozen=True)
class IngestSummary:
    """A renderable: wrapped when the width is known."""

    account: Account
    where: tuple[str, ...]
    whole_lines: ClassVar[bool] = True

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = options.max_width
        for label, value, style in _facts(self.account):
            yield from labelled(label, value, width, style)
        yield from rejected_lines(self.account.rejected_by_reason, self.account.rejected_examples, width)
        if self.account.redacted_by_rule:
            yield from labelled("redacted", redacted_text(self.account.redacted_by_rule), width)
        for note in self.account.notes:
            yield from labelled("note", clean(note), width, palette.SLOW)
        yield from _traces("slowest", self.account.slowest, self.where, width)
        yield from _traces("failing", self.account.failing, self.where, width)


def _facts(account: Account) -> Iterator[tuple[str, str, str]]:
    a = account
    again = f" ({a.lines_duplicate:,} of them known already)" if a.lines_duplicate else ""
    yield "lines", lines_text(a.lines_read, f"{a.lines_used:,} used{again}", a.lines_without_trace, a.lines_rejected), ""
    yield "traces", f"{a.traces_new:,} new, {a.traces_changed:,} changed; {a.traces:,} in the store", ""
    yield "spans", f"{a.spans_new:,} new, {a.spans_changed:,} changed; {a.spans:,} in the store", ""
    unchanged = f", {a.files_unchanged:,} unchanged" if a.files_unchanged else ""
    if a.bytes_read and not a.files_read:
        yield "stdin", f"{format_bytes(a.bytes_read)} read", ""
    else:
        yield "files", f"{a.files_read:,} read{unchanged} ({format_bytes(a.bytes_read)})", ""
    yield "time", f"{format_duration(round(a.wall_s * 1e9))}, {a.lines_per_s:,.0f} lines/s", ""
    for path, reason in a.files_unreadable:
        yield "unread", f"{clean(path)}: {clean(reason)}", palette.ERROR


def lines_text(read: int, used: str, without_trace: int, rejected: int) -> str:
    """The account of lines as one sum."""
    return f"{read:,} read = {used} + {without_trace:,} without trace + {rejected:,} rejected"


def redacted_text(by_rule: Mapping[str, int]) -> str:
    """How many secrets of which rules, most first."""
    return ", ".join(f"{count:,} {clean(rule)}" for rule, count in sorted(by_rule.items(), key=lambda pair: (-pair[1], pair[0])))


def rejected_lines(by_reason: Mapping[str, int], examples: Sequence[RejectedLine], width: int) -> Iterator[Text]:
    """Per reason, most first: how many lines, and the places of the first few."""
    for reason, count in sorted(by_reason.items(), key=lambda pair: (-pair[1], pair[0])):
        places = [f"{clean(e.path)}:{e.line}" for e in examples if e.reason == reason][:REASON_EXAMPLES]
        more = ", …" if places and count > len(places) else ""
        where = f" ({', '.join(places)}{more})" if places else ""
        yield from labelled("rejected", f"{count:,} {clean(reason)}{where}", width, palette.SLOW)


def _traces(title: str, summaries: Sequence[TraceSummary], where: Sequence[str], width: int) -> Iterator[Text]:
    """A title, and per trace the command that opens it, never cut, with duration and root as far as there is room."""
    if summaries:
        yield from (Text(), Text(f"{title} traces", palette.LABEL))
    for summary in summaries:
        took = names.took(summary)
        command = " ".join(map(shell_word, ("logtrace", "show", summary.trace_id, *where)))
        text = Text(no_wrap=True).append(f"  {command}", "").append(f" {took:>7} ", palette.DIM)
        yield text.append(fit(request_of(summary).plain, max(0, width - text.cell_len)))
