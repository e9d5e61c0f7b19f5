"""logtrace: distributed traces from structured logs alone.

    import logtrace
    with logtrace.open() as store:
        trace = store.trace("@slowest")
        for depth, span in trace.walk():
            print("  " * depth, span.service, span.name, span.duration_ns)

`logtrace.api` has all verbs, `logtrace.api.ingest` among them (`logtrace.ingest` is the room where lines are read).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from logtrace.account import Account
    from logtrace.analysis.cohorts.windows import CohortComparison
    from logtrace.analysis.statistics.heatmap import Heatmap
    from logtrace.analysis.statistics.path_times import WindowBottlenecks
    from logtrace.analysis.statistics.series import Series
    from logtrace.analysis.statistics.service_graph import ServiceGraph
    from logtrace.analysis.statistics.stats import Stats
    from logtrace.analysis.statistics.sums import Sums
    from logtrace.api import open, open_files, read, trace_in_files  # noqa: A004
    from logtrace.errors import ConfigError, InputError, LogtraceError, NotFoundError, StoreError, UsageError
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.statistics.cohorts import Chosen
    from logtrace.jobs.verbs.store import Store
    from logtrace.model import Evidence, LogLine, Span, Trace, TraceSummary
    from logtrace.query.found import Hit, Match, Page, Timeline

_HOMES = {
    "account": ("Account",),
    "analysis.statistics.heatmap": ("Heatmap",),
    "analysis.statistics.path_times": ("WindowBottlenecks",),
    "analysis.statistics.series": ("Series",),
    "analysis.statistics.service_graph": ("ServiceGraph",),
    "analysis.statistics.stats": ("Stats",),
    "analysis.statistics.sums": ("Sums",),
    "analysis.cohorts.windows": ("CohortComparison",),
    "api": ("open", "open_files", "read", "trace_in_files"),
    "errors": ("ConfigError", "InputError", "LogtraceError", "NotFoundError", "StoreError", "UsageError"),
    "ingest.settings": ("Settings",),
    "jobs.statistics.cohorts": ("Chosen",),
    "jobs.verbs.store": ("Store",),
    "model": ("Evidence", "LogLine", "Span", "Trace", "TraceSummary"),
    "query.found": ("Hit", "Match", "Page", "Timeline"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Account",
    "Chosen",
    "CohortComparison",
    "ConfigError",
    "Evidence",
    "Heatmap",
    "Hit",
    "InputError",
    "LogLine",
    "LogtraceError",
    "Match",
    "NotFoundError",
    "Page",
    "Series",
    "ServiceGraph",
    "Settings",
    "Span",
    "Stats",
    "Store",
    "StoreError",
    "Sums",
    "Timeline",
    "Trace",
    "TraceSummary",
    "UsageError",
    "WindowBottlenecks",
    "__version__",
    "open",
    "open_files",
    "read",
    "trace_in_files",
]


def __getattr__(name: str) -> Any:
    """Public names are imported when they are first used (PEP 562): `import logtrace` costs nothing."""
    if name not in _HOME_OF:
        raise AttributeError(f"module 'logtrace' has no attribute {name!r}")
    value = getattr(import_module(f"logtrace.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
