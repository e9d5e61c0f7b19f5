"""What is done with traces while logs are followed, beside keeping them: alerts and metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from logtrace.analysis.alerting import Alerts
from logtrace.errors import StoreError
from logtrace.jobs.deliver import Deliverer, Say
from logtrace.jobs.metrics import Metrics
from logtrace.jobs.unknown import unknown_subject
from logtrace.model import Trace
from logtrace.query.alerts import Alert
from logtrace.store.sqlite_reader import SqliteReader


class Tending:
    """Sees traces that got no more lines, and looks at the clock about every second. Close it at the end."""

    def __init__(
        self,
        store: Path,
        alerts: Sequence[Alert],
        targets: Sequence[str],
        metrics_port: int | None,
        say: Say,
        out: Say,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """say: to a person; out: for a program. Raises UsageError for a target that is none, or where a port is taken."""
        self._clock = clock
        self._say = say
        for told in _unknown(store, alerts):
            say(told)
        self._deliverer = Deliverer(targets, say, out) if alerts else None
        self._alerts = Alerts(alerts, clock(), _known_errors(store) if any(a.rule is None for a in alerts) else ())
        self._metrics = Metrics(metrics_port) if metrics_port is not None else None

    def see(self, traces: Iterable[Trace]) -> None:
        """Takes traces into account."""
        seen = list(traces)
        self._alerts.see(seen, self._clock())
        if self._metrics is not None:
            self._metrics.see(seen)

    def tick(self) -> None:
        """Hands out what changed by now."""
        for notice in self._alerts.tick(self._clock()):
            if self._deliverer is not None:
                self._deliverer(notice)

    def close(self) -> None:
        """Ends what runs beside, and says which alerts were about nothing that went by."""
        for alert in self._alerts.unmet():
            self._say(f"alert matched nothing: {alert.text}")
        if self._deliverer is not None:
            self._deliverer.close()
        if self._metrics is not None:
            self._metrics.close()


def _unknown(store: Path, alerts: Sequence[Alert]) -> Iterator[str]:
    """What of the names in alerts a store that has traces does not know: it may come yet."""
    if not store.exists():
        return
    try:
        with SqliteReader(store) as reader:
            for alert in alerts:
                if alert.rule is not None and alert.rule.subject is not None:
                    yield from (f"{told}, for now: alert {alert.text}" for told in unknown_subject(reader, alert.rule.subject))
    except StoreError:
        return


def _known_errors(store: Path) -> set[str]:
    """The fingerprints of errors that a store has already; none where there is no store yet."""
    from logtrace.jobs.error_report import error_report

    if not store.exists():
        return set()
    try:
        with SqliteReader(store) as reader:
            return {group.fingerprint for group in error_report(reader, None, None, "").groups}
    except StoreError:
        return set()
