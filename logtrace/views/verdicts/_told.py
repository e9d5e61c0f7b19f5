"""What the formats share: the words of a finding."""

from __future__ import annotations

from logtrace.analysis.verdicts import Finding, Outcome, Place


def told(finding: Finding) -> str:
    """`worker: ProcessTask: p99 is 2s, not < 1s`."""
    return f"{finding.where}: {finding.message}" if finding.where else finding.message


def place_of(finding: Finding) -> Place | None:
    """The first log line that shows a finding."""
    return finding.places[0] if finding.places else None


def shown_by(finding: Finding) -> str:
    """`edge.log:12, trace 4bf92f35…`: where to look; "" where nothing shows it."""
    places = [f"{place.path}:{place.line}" for place in finding.places[:3]]
    traces = [f"trace {trace_id}" for trace_id in finding.traces[:3]]
    return ", ".join([*places, *traces])


def rest_of(outcome: Outcome) -> str:
    """How many findings are not told; "" where all are."""
    rest = outcome.count - len(outcome.findings)
    return f"and {rest:,} more" if rest > 0 else ""
