"""The program in verbs, for Python users, notebooks and the command line.

    import logtrace
    with logtrace.open() as store:
        trace = store.trace("4bf92f3577b34da6")

A list of verbs: the work is done in `jobs`. What a verb needs is imported when it is called. The verbs on an opened
store are the methods of `jobs.verbs.store.Store`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from datetime import tzinfo

    from logtrace.account import Account, Learned, SecretsFound
    from logtrace.analysis.preservation import Policy, Pruned
    from logtrace.analysis.traces.bottlenecks import Bottlenecks
    from logtrace.analysis.traces.compare import Comparison
    from logtrace.analysis.traces.correlate import Correlated, Templates
    from logtrace.analysis.traces.errors import TraceErrors
    from logtrace.analysis.traces.findings import Findings
    from logtrace.analysis.traces.incident import Incident
    from logtrace.delivery import Pushed, Verified
    from logtrace.errors import StoreError
    from logtrace.health import Examined
    from logtrace.ingest.discover.explained import Explained, Format
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.following.follow import Closed
    from logtrace.jobs.following.tending import Tending
    from logtrace.jobs.intake.recording import Progress
    from logtrace.jobs.lines.oneshot import Found
    from logtrace.jobs.push.choice import Choice
    from logtrace.jobs.push.session import How
    from logtrace.jobs.push.session import Progress as SpansDone
    from logtrace.jobs.push.target import Tls
    from logtrace.jobs.verbs.store import Store
    from logtrace.model import Span, Trace
    from logtrace.reconstruct.why import Why

__all__ = [
    "Store",
    "bottlenecks",
    "compare",
    "correlate",
    "doctor",
    "explain",
    "findings",
    "follow",
    "following",
    "formats",
    "ids_in_lines",
    "import_traces",
    "ingest",
    "learn",
    "open",
    "open_files",
    "prune",
    "push",
    "push_live",
    "read",
    "redact",
    "report",
    "scale",
    "trace_errors",
    "trace_in_files",
    "verify",
    "why",
]

History = Mapping[tuple[str, str], tuple[int, int]]
"""(service, operation) → (number of samples, their 99th percentile in nanoseconds): see Store.history."""

NO_HISTORY: History = {}


def __getattr__(name: str) -> Any:
    """The class of an opened store, for those who want to name it."""
    if name != "Store":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from logtrace.jobs.verbs.store import Store

    return Store


def open(path: str | Path | None = None) -> Store:  # noqa: A001 - logtrace.open is what people type
    """The store at a path, or (None) where the configuration says; `parquet:DIR` names Parquet (see: logtrace help parquet).
    Raises StoreError where there is none to read."""
    from logtrace import config
    from logtrace.jobs.verbs.store import Store

    place = config.store_place(None) if path is None else path
    if isinstance(place, str) and place.startswith(config.PARQUET):
        from logtrace.jobs.parquet.store import ParquetStore

        return ParquetStore(place.removeprefix(config.PARQUET))
    return Store(Path(place))


@contextmanager
def open_files(paths: Sequence[str], *, settings: Settings | None = None, progress: Progress | None = None) -> Iterator[Store]:
    """A store of some log files (globs, directories, "-" for stdin) for the length of a `with` block.

    Raises InputError where no line of them belongs to a trace; what could not be read beside others is in its `remarks`.
    """
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.intake.temporary import temporary
    from logtrace.jobs.verbs.store import Store

    with temporary(paths, settings or Settings(), progress) as place, Store(*place) as store:
        yield store


def _store_path(path: str | Path | None) -> Path:
    if path is not None:
        return Path(path)
    from logtrace import config

    return config.store_path(None)


def ingest(
    paths: Sequence[str],
    store: str | Path | None = None,
    *,
    settings: Settings | None = None,
    shared: bool = False,
    progress: Progress | None = None,
    since_ns: int | None = None,
    until_ns: int | None = None,
) -> Account:
    """Reads log files (globs, directories, "-" for stdin) into a store and gives the account of every line.

    settings     zone and default service for lines that do not tell, what is redacted
    shared       a store that is made is readable and writable for the group
    progress     called with bytes done, bytes in all, lines so far
    since_ns, until_ns   lines with a time before the one, or not before the other, are left out for good
    The account names the slowest and the failing of the traces that got lines.
    """
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.intake import ingest as job
    from logtrace.jobs.intake.highlights import mark_of, with_highlights
    from logtrace.jobs.intake.keyed import keyed
    from logtrace.jobs.intake.readings import note_read
    from logtrace.jobs.intake.window import Window

    path = _store_path(store)
    before = mark_of(path)
    window = Window(since_ns, until_ns) if (since_ns, until_ns) != (None, None) else None
    account = job.ingest(
        path, list(paths), keyed(settings or Settings(), path, shared), shared=shared, progress=progress, window=window
    )
    note_read(path)
    return with_highlights(account, path, before)


def scale(
    inputs: Sequence[str],
    output: str,
    *,
    settings: Settings | None = None,
    master: str | None = None,
    parts: int | None = None,
    split_bytes: int | None = None,
) -> Account:
    """Reads logs (paths, patterns, URIs) on Apache Spark into a folder of Parquet, and gives the account of every line.

    master       where Spark runs; None: as spark-submit or the environment says
    parts        tasks that put traces together; split_bytes: of an object that one task reads
    Raises InputError where there is nothing to read, UsageError where the folder is there already, LogtraceError where Spark
    can't do it.
    """
    from logtrace.ingest.settings import DEFAULTS
    from logtrace.scale.main import main

    return main(inputs, output, settings or DEFAULTS, master, parts, split_bytes)


def import_traces(
    paths: Sequence[str],
    store: str | Path | None = None,
    *,
    form: str = "",
    settings: Settings | None = None,
    shared: bool = False,
    progress: Progress | None = None,
) -> Account:
    """Reads traces that were exported (see: logtrace help export) into a store and gives the account of their spans.

    form: otlp-json, otlp-proto, jaeger or zipkin; "" tells it by content. Raises InputError, and leaves the store alone, where a
    file can't be read, is of no known format, or is broken.
    """
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.intake.highlights import mark_of, with_highlights
    from logtrace.jobs.intake.importing import import_files
    from logtrace.jobs.intake.keyed import keyed
    from logtrace.jobs.intake.readings import note_read

    path = _store_path(store)
    before = mark_of(path)
    made = import_files(path, list(paths), form, keyed(settings or Settings(), path, shared), shared=shared, progress=progress)
    note_read(path)
    return with_highlights(made.account, path, before)


def learn(paths: Sequence[str], store: str | Path | None = None, *, settings: Settings | None = None) -> Learned:
    """Learns who calls whom from traces with known parents, for the inference of parents that no line names.

    The traces are not added to the store. Raises InputError where a file can't be read, or none names a parent.
    """
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.intake.learn import learn as job

    return job(_store_path(store), paths, settings or Settings())


def follow(
    paths: Sequence[str],
    stop: threading.Event,
    store: str | Path | None = None,
    *,
    settings: Settings | None = None,
    shared: bool = False,
    closed: Closed | None = None,
    expression: str | None = None,
    policy: Policy | None = None,
    tending: Tending | None = None,
) -> Account:
    """Reads log files into a store as they grow, until `stop` is set; then gives the account of it all.

    closed      called with the traces that got no line for some seconds; other arguments as for `ingest`
    expression  only traces that it holds for are closed so (see: logtrace help search)
    policy      what stays how long: every ten minutes, and at the end, all else goes; None: nothing goes
    tending     alerts and metrics
    """
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.following import follow as job
    from logtrace.jobs.intake.keyed import keyed

    path = _store_path(store)
    keys = keyed(settings or Settings(), path, shared)
    return job.follow(
        path, list(paths), stop, keys, shared=shared, closed=closed, expression=expression, policy=policy, tending=tending
    )


def prune(
    store: str | Path | None = None,
    *,
    policy: Policy | None = None,
    dry_run: bool = False,
    reevaluate: bool = False,
    now_ns: int | None = None,
) -> Pruned:
    """Lets go of traces that no rule keeps any longer, with their lines, and gives the space back; pinned ones stay.

    policy      what stays how long; None: as the configuration says
    dry_run     only says what would go; reevaluate: what was promised before does not count
    now_ns      the time that is now; None: that of the clock
    Raises ConfigError for a condition that is no expression, StoreError where there is no store or somebody else writes.
    """
    from logtrace import config
    from logtrace.jobs.keeping import prune as job
    from logtrace.jobs.keeping.policy import policy_of

    wanted = policy_of(config.load()) if policy is None else policy
    return job.prune(_store_path(store), wanted, dry=dry_run, reevaluate=reevaluate, now_ns=now_ns)


def redact(store: str | Path | None = None, *, settings: Settings | None = None, apply: bool = False) -> SecretsFound:
    """The secrets in the lines that a store keeps, by rule and place; apply: they are taken out, and all that was made of
    those lines is made anew. Raises StoreError where somebody else writes."""
    from logtrace.ingest.records import Settings
    from logtrace.jobs.keeping import redact as job

    return (job.apply if apply else job.scan)(_store_path(store), settings or Settings())


def doctor(store: str | Path | None = None, *, repair: bool = False) -> Examined:
    """What is wrong with a store and around it, and how to mend it; nothing of it is changed.

    repair      makes a new store of its lines beside it: raises StoreError where nothing can be read of it, or where there is
                a new one already
    """
    from logtrace.errors import ConfigError
    from logtrace.jobs.keeping.doctor import examine

    try:
        path = _store_path(store)
    except ConfigError:
        if repair:
            raise
        path = None  # which is what is wrong
    return examine(path, repair=repair)


def damage(store: Path) -> StoreError | None:
    """What is to be said of a store whose rows are not such as logtrace writes; None where they are."""
    from logtrace.jobs.keeping import doctor as job

    return job.damage(store)


def following(
    paths: Sequence[str],
    store: str | Path | None,
    ended: Callable[[str], None],
    *,
    settings: Settings | None = None,
    shared: bool = False,
) -> AbstractContextManager[None]:
    """Files are followed into a store, in a process of its own, for the length of a `with` block, which begins once the store
    is there. `ended` is called with what went wrong where that ends before. Raises StoreError where it can't write."""
    from logtrace.ingest.records import Settings
    from logtrace.jobs.following.beside import following as beside

    return beside(paths, _store_path(store), settings or Settings(), shared, ended)


def push(
    url: str,
    store: str | Path | None = None,
    *,
    choice: Choice | None = None,
    how: How | None = None,
    protocol: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls: Tls | None = None,
    say: Callable[[str], None] = lambda _: None,
    progress: SpansDone | None = None,
    dry_run: bool = False,
) -> Pushed:
    """Sends traces to a collector or to Jaeger by OTLP: those that it was not sent before, or that changed since.

    url         http(s)://HOST:4318 or grpc(s)://HOST:4317; protocol "http" or "grpc", where the scheme is not to tell
    choice      which traces; None: all
    how         size of requests, deadlines, what is sent again
    say         is told of trouble that passes
    Where it ends before all is sent, `stopped` says why: the same call sends the rest. Raises UsageError for what is no address.
    """
    from logtrace.jobs.push import once
    from logtrace.jobs.push.choice import Choice
    from logtrace.jobs.push.session import How
    from logtrace.jobs.push.target import target_of
    from logtrace.jobs.verbs.store import Store

    target = target_of(url, protocol, headers, tls)
    with Store(_store_path(store)) as opened:
        return once.push(opened, target, choice or Choice(), how or How(), say=say, progress=progress, dry=dry_run)


def push_live(
    url: str,
    stop: threading.Event,
    store: str | Path | None = None,
    *,
    choice: Choice | None = None,
    how: How | None = None,
    protocol: str | None = None,
    headers: Mapping[str, str] | None = None,
    tls: Tls | None = None,
    say: Callable[[str], None] = lambda _: None,
    ended: Callable[[], None] = lambda: None,
) -> Pushed:
    """The same until `stop` is set: also what others read into the store meanwhile, trace by trace as they get no more lines.

    Spans that no line ended yet wait. A receiver that is away is waited for. ended: called before the store is looked at for
    the last time.
    """
    from logtrace.jobs.push import live
    from logtrace.jobs.push.choice import Choice
    from logtrace.jobs.push.session import How
    from logtrace.jobs.push.target import target_of
    from logtrace.jobs.verbs.store import Store

    target = target_of(url, protocol, headers, tls)
    with Store(_store_path(store)) as opened:
        return live.push_live(opened, target, choice or Choice(), how or How(), stop, say=say, ended=ended)


def verify(
    url: str,
    store: str | Path | None = None,
    *,
    choice: Choice | None = None,
    headers: Mapping[str, str] | None = None,
    tls: Tls | None = None,
    timeout_s: float = 10.0,
    progress: SpansDone | None = None,
) -> Verified:
    """Compares traces with what a Jaeger has of them, by its query API at an address (http://HOST:16686).

    Raises RemoteError where that can't be asked, UsageError for what is no address.
    """
    from logtrace.jobs.push import verify as job
    from logtrace.jobs.push.choice import Choice
    from logtrace.jobs.push.target import web_target
    from logtrace.jobs.verbs.store import Store

    target = web_target(url, headers, tls)
    with Store(_store_path(store)) as opened:
        return job.verify(opened, target, choice or Choice(), timeout_s=timeout_s, progress=progress)


def read(paths: Sequence[str], *, settings: Settings | None = None) -> list[Trace]:
    """All traces of some log files, without a store; oldest first. Raises InputError where one can't be read."""
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.lines.oneshot import read_traces

    return read_traces(paths, settings or Settings())


def trace_in_files(text: str, paths: Sequence[str], *, settings: Settings | None = None) -> Found:
    """One trace straight from log files: they are searched for the id, and only lines that have it are parsed.

    text: an id in any form, a unique prefix, a traceparent, a Jaeger URL, a span id, a request id. Raises
    NotFoundError, UsageError (several fit) or InputError.
    """
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.lines.oneshot import trace_in_files as find

    return find(text, paths, settings or Settings())


def formats(settings: Settings | None = None) -> list[Format]:
    """The log formats and envelopes that are known, those of the settings first."""
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.intake.dialects import known_formats

    return known_formats(settings or Settings())


def explain(paths: Sequence[str], *, settings: Settings | None = None) -> Explained:
    """What the first lines of files are, which key became what, and tables for the dialects that are not understood."""
    from logtrace.ingest.settings import Settings
    from logtrace.jobs.intake.dialects import explain_files

    return explain_files(paths, settings or Settings())


def findings(trace: Trace, *, whole_trace: bool = False) -> Findings:
    """Where the time of a trace went: its critical path, gaps, runs of like calls; self time and shape of each span.

    By the times that the trace has: those of `trace.adjusted` are by one clock. So it is with what follows.
    whole_trace: the critical path of all that ran, not of the first root alone.
    """
    from logtrace.analysis.traces.findings import findings as found

    return found(trace, whole_trace=whole_trace)


def bottlenecks(trace: Trace, history: History = NO_HISTORY, *, whole_trace: bool = False) -> Bottlenecks:
    """The spans on the critical path, the largest share first, each with what to look at."""
    from logtrace.analysis.traces.bottlenecks import bottlenecks as found

    return found(trace, history, whole_trace=whole_trace)


def trace_errors(trace: Trace) -> TraceErrors:
    """The errors of a trace in time order, and where they began: the root cause first."""
    from logtrace.analysis.traces.errors import trace_errors as found

    return found(trace)


def compare(good: Trace, bad: Trace, history: History = NO_HISTORY) -> Comparison:
    """What differs between two traces, and where they first part. `Store.compare` finds a good one by itself."""
    from logtrace.analysis.traces.compare import compare as compared

    return compared(good, bad, history)


def report(incident: Incident, *, zone: tzinfo | None = None, attributes: Sequence[str] | None = None) -> str:
    """The note about an incident (see Store.report), in Markdown.

    zone         times are shown in it; None: UTC
    attributes   patterns of attribute keys to show under a span; None: the usual ones
    """
    from datetime import UTC

    from logtrace.views.requests.report import report as lines
    from logtrace.views.tree.options import KEY_ATTRIBUTES, WaterfallOptions

    shown = KEY_ATTRIBUTES if attributes is None else tuple(attributes)
    return "".join(f"{line}\n" for line in lines(incident, WaterfallOptions(attributes=shown, zone=zone or UTC)))


def correlate(
    trace: Trace, *, margin_ns: int = 300_000_000_000, prometheus_url: str | None = None, templates: Templates | None = None
) -> Correlated:
    """Queries for Loki, CloudWatch and Prometheus with a trace's time and services, and what a Prometheus says.

    templates: what to ask; None: what it comes with. Raises UsageError for what is no address; one that is down, slow or
    no Prometheus is told in the figures.
    """
    from logtrace.jobs.verbs.correlate import correlate as job

    return job(trace, margin_ns=margin_ns, prometheus_url=prometheus_url, templates=templates)


def why(trace: Trace, span: Span) -> Why:
    """Why a span of a trace has its parent, by times alone; `Store.why` also uses what a store knows."""
    from logtrace.reconstruct.evidence.priors import NOTHING
    from logtrace.reconstruct.why import why as explained

    return explained(trace, span, NOTHING)


def ids_in_lines(piped: Iterable[str]) -> list[str]:
    """The distinct trace ids that lines name (as `grep` gives them, or bare ids), in order."""
    from logtrace.jobs.lines.piped import ids_in_lines as found

    return found(piped)
