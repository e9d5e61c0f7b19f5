"""What is done with traces while logs are followed, beside keeping them: alerts and metrics."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from logtrace.analysis.alerting import Alerts
from logtrace.errors import StoreError
from logtrace.jobs.following.deliver import Deliverer, Say
from logtrace.jobs.following.metrics import Metrics
from logtrace.jobs.verbs.unknown import unknown_subject
from logtrace.model import Trace
from logtrace.query.alerts import Alert
from logtrace.store.reading.sqlite_reader import SqliteReader
from logtrace.store.search.names import texts


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
        where: Sequence[str] = (),
    ) -> None:
        """say: to a person; out: for a program; where: the words that name the store in a command. Raises UsageError for a
        target that is none, or where a port is taken."""
        self._clock = clock
        self._say = say
        self._store = store
        self._unasked = [alert for alert in alerts if alert.rule is not None and alert.rule.subject is not None]
        self._say_unknown()
        self._deliverer = Deliverer(targets, say, out, where=where) if alerts else None
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
        self._say_unknown()
        for notice in self._alerts.tick(self._clock()):
            if self._deliverer is not None:
                self._deliverer(notice)

    def _say_unknown(self) -> None:
        """Says which alerts are about what the store does not know, once, as soon as it knows anything: a fresh one does not."""
        told = _unknown(self._store, self._unasked) if self._unasked else None
        if told is not None:
            self._unasked = []
            for sentence in told:
                self._say(sentence)

    def close(self) -> None:
        """Ends what runs beside, and says which alerts were about nothing that went by."""
        for alert in self._alerts.unmet():
            self._say(f"alert matched nothing: {alert.text}")
        if self._deliverer is not None:
            self._deliverer.close()
        if self._metrics is not None:
            self._metrics.close()


def _unknown(store: Path, alerts: Sequence[Alert]) -> list[str] | None:
    """What of the names in alerts a store does not know: it may come yet. None where the store knows nothing at all."""
    if not store.exists():
        return None
    try:
        with SqliteReader(store) as reader:
            if not texts(reader, "service"):
                return None
            subjects = ((alert.text, alert.rule.subject) for alert in alerts if alert.rule is not None and alert.rule.subject)
            return [f"{told}, for now: alert {text}" for text, asked in subjects for told in unknown_subject(reader, asked)]
    except StoreError:
        return None


def _known_errors(store: Path) -> set[str]:
    """The fingerprints of errors that a store has already; none where there is no store yet."""
    from logtrace.jobs.verbs.error_report import error_report

    if not store.exists():
        return set()
    try:
        with SqliteReader(store) as reader:
            return {group.fingerprint for group in error_report(reader, None, None, "").groups}
    except StoreError:
        return set()
