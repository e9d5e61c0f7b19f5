"""What the splits counted → where their lines stand, and the account of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from logtrace.account import Account
from logtrace.ingest.files.sources import Unreadable
from logtrace.jobs.intake.careful import noted
from logtrace.scale.inputs import Split
from logtrace.scale.stored import Place

Counted = Mapping[int, Mapping[str, Any]]
"""What was counted of each split, by its number; see parse.Parser.read."""

_REJECTED = "rejected."


def places_of(splits: Sequence[Split], counted: Counted) -> list[Place]:
    """Where each split begins: (path, number of its first line)."""
    found, line, path = list[Place](), 1, ""
    for split in splits:
        line, path = (line if split.path == path else 1), split.path
        found.append((path, line))
        line += counted[split.number]["physical"]
    return found


def account_of(
    splits: Sequence[Split], unreadable: Sequence[Unreadable], counted: Counted, written: tuple[int, int], wall_s: float
) -> Account:  # fmt: skip
    """The account of all lines. written: (spans, traces)."""
    counts, redacted = Counter[str](), Counter[str]()
    notes = dict[str, None]()
    broken = {each.path: each.reason for each in unreadable}
    for split in splits:
        told = dict(counted[split.number])
        if error := told.pop("error"):
            broken[split.path] = error
        redacted.update(told.pop("redacted"))
        notes |= dict.fromkeys(noted(split.path, mistake) for mistake in told.pop("mistakes"))
        counts.update(told)
    reasons = Counter({name.removeprefix(_REJECTED): many for name, many in counts.items() if name.startswith(_REJECTED)})
    spans, traces = written
    return Account(
        lines_read=counts["lines"], lines_used=counts["used"], lines_duplicate=counts["duplicates"],
        lines_without_trace=counts["untraced"], lines_rejected=reasons.total(), rejected_by_reason=dict(reasons.most_common()),
        redacted_by_rule=dict(redacted.most_common()), bytes_read=counts["bytes"],
        files_read=len({split.path for split in splits} - broken.keys()), files_unreadable=tuple(sorted(broken.items())),
        traces=traces, traces_new=traces, spans=spans, spans_new=spans, wall_s=wall_s,
        notes=tuple(notes),
    )  # fmt: skip
