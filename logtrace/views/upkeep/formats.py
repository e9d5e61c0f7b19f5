"""Log formats: those that are known, and what became of the lines of files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from logtrace.ingest.discover.explained import Counted, Explained, FileKinds, Format, KindCount, Suggestion
from logtrace.units import counted
from logtrace.views.elements import palette
from logtrace.views.elements.text import clean, fit

VERSION = 1
_KINDS, _ATTRIBUTES, _EXAMPLE = 8, 12, 40
_TITLES = {
    "own": "of your configuration",
    "json": "JSON, by library",
    "text": "text",
    "envelope": "wrappers, also several around a line",
}


def known_formats(known: Sequence[Format]) -> RenderableType:
    """The formats under what they are for, with what is to be known about each."""
    lines: list[Text] = []
    width = max(len(each.name) for each in known)
    for kind, title in _TITLES.items():
        found = [each for each in known if each.kind == kind]
        lines += [Text(title, palette.LABEL)] * bool(found)
        lines += [Text(f"  {clean(each.name):<{width}}  ").append(clean(each.about), palette.DIM) for each in found]
    return Group(*lines)


def known_json(known: Sequence[Format]) -> dict[str, Any]:
    """The documented shape of `logtrace formats --json`."""
    return {"version": VERSION, "formats": [each._asdict() for each in known]}


def explained(found: Explained) -> Iterator[Text]:
    """Per file the kinds of its lines; then, for each dialect that is not understood, a table for a configuration.

    Lines are whole: the tables are to be copied. The last table ends the text.
    """
    for file in found.files:
        yield from _file(file)
    for suggestion in found.suggestions:
        yield from _suggestion(suggestion)
    if not found.suggestions:
        yield Text("Nothing to add: no table in logtrace.toml would give more from these lines.", palette.DIM)


def _file(file: FileKinds) -> Iterator[Text]:
    yield Text(f"{clean(file.path)}: the first {counted(file.lines, 'line')}", palette.LABEL)
    for count in file.kinds[:_KINDS]:
        yield from _kind(count)
    if len(file.kinds) > _KINDS:
        rest = file.kinds[_KINDS:]
        yield Text(f"  {counted(sum(count.lines for count in rest), 'line')} of {len(rest):,} other kinds", palette.DIM)
    yield Text()


def _kind(count: KindCount) -> Iterator[Text]:
    names = " > ".join([*count.envelopes, count.format])
    number = f"{count.lines:,} {'line' if count.lines == 1 else 'lines'}"
    yield Text(f"  {number}, the first is {count.first:,}: {clean(names)}").append(f"   {_result(count)}", palette.DIM)
    if count.uses:
        widths = [max(len(text) for text in column) for column in zip(*map(_cells, count.uses), strict=True)]
        for counted in count.uses:
            yield _use(counted, widths)
    keys = ", ".join(map(clean, count.attributes[:_ATTRIBUTES]))
    if keys:
        yield Text(f"    attributes alone: {keys}{', …' if len(count.attributes) > _ATTRIBUTES else ''}", palette.DIM)


def _result(count: KindCount) -> str:
    """What came of lines of a kind."""
    reasons = [f"{number:,} rejected: {clean(reason)}" for reason, number in count.reasons.items()]
    if sum(count.reasons.values()) == count.lines:
        return "; ".join(reasons)
    if not count.traced:
        told = [use.key for use, _ in count.uses if use.concept == "trace"]
        return "; ".join([f"no trace: {told[0]} has no id" if told else "no trace: no key is known to hold a trace id", *reasons])
    return "; ".join([f"{count.traced:,} belong to a trace, {count.spans:,} tell when a span ended or began", *reasons])


def _cells(counted: Counted) -> tuple[str, str, str, str]:
    use = counted.use
    return clean(use.key), clean(use.concept), f"{counted.lines:,}", fit(clean(use.example), _EXAMPLE)


def _use(counted: Counted, widths: Sequence[int]) -> Text:
    key, concept, lines, example = _cells(counted)
    text = Text(f"    {key:<{widths[0]}} → {concept:<{widths[1]}}  {lines:>{widths[2]}}  ").append(example, palette.DIM)
    how = clean(counted.use.how)
    return text.append(" " * (widths[3] - len(example)) + f"  {how}" if how else "")


def _suggestion(suggestion: Suggestion) -> Iterator[Text]:
    proposal, after = suggestion.proposal, suggestion.after
    if proposal.trace:
        yield Text(
            f"# With this table in logtrace.toml {after.traced:,} of {after.lines:,} lines belong to {_traces(after.traces)}"
        )
        yield Text(f"# (without it: {suggestion.before.traced:,}). All of it is a guess from these lines: look at each.")
    else:
        yield Text("# No key was found that could be a trace id: fill in what is blank. --trace-key KEY groups lines by any key.")
    yield from (Text(clean(line), no_wrap=True) for line in proposal.toml().splitlines())
    yield Text()


def _traces(number: int) -> str:
    return f"{number:,} {'trace' if number == 1 else 'traces'}"


def explained_json(found: Explained) -> dict[str, Any]:
    """The documented shape of `logtrace formats explain --json`."""
    return {
        "version": VERSION,
        "files": [{"path": file.path, "lines": file.lines, "kinds": list(map(_kind_json, file.kinds))} for file in found.files],
        "suggestions": [
            {
                "name": each.proposal.name,
                "toml": each.proposal.toml(),
                "before": each.before._asdict(),
                "after": each.after._asdict(),
            }
            for each in found.suggestions
        ],
    }  # fmt: skip


def _kind_json(count: KindCount) -> dict[str, Any]:
    return {
        "envelopes": list(count.envelopes), "format": count.format, "lines": count.lines, "first_line": count.first,
        "traced": count.traced, "spans": count.spans, "rejected": count.reasons,
        "keys": [{**use._asdict(), "lines": lines} for use, lines in count.uses], "attributes": list(count.attributes),
    }  # fmt: skip
