"""Reading on Spark from end to end: what is to be read, the session, the job, and in words what went wrong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from logtrace import config
from logtrace.account import Account
from logtrace.errors import LogtraceError, UsageError
from logtrace.ingest.settings import Settings
from logtrace.jobs.keeping.policy import policy_of
from logtrace.patterns import lazy_pattern
from logtrace.scale.inputs import SPLIT, file_system, reaching, splits
from logtrace.scale.job import Plan, run
from logtrace.scale.rebuild import BUCKETS, Sample
from logtrace.scale.session import session

_NO_USE = ("no line of what was read belongs to a trace",)


def main(
    inputs: Sequence[str], output: str, settings: Settings, master: str | None, parts: int | None, split_bytes: int | None
) -> Account:  # fmt: skip
    """See api.scale."""
    if _exists(output):
        raise UsageError(f"{output} is there already", "name a folder that is not: nothing is overwritten")
    found, unreadable = splits(inputs, split_bytes or SPLIT)
    spark = session(master)
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        account = run(spark, Plan(found, unreadable, output, settings, _sample(), parts or BUCKETS))
    except (PySparkException, Py4JError, OSError) as error:
        _remove(output)
        raise LogtraceError(f"Spark did not finish: {(cause := _cause(error))}", _way_out(cause)) from error
    finally:
        if master is not None:
            spark.stop()
    return account if account.lines_used or not account.lines_read else replace(account, explanation=_NO_USE)


def _sample() -> Sample:
    """What stays, as the configuration says: what a rule keeps stays whatever a sample leaves out."""
    policy = policy_of(config.load())
    return Sample(policy.share, (*policy.always, *(rule.condition for rule in policy.rules)))


def _exists(place: str) -> bool:
    from pyarrow.fs import FileType

    try:
        with reaching():
            system, path = file_system(place)
            return bool(system.get_file_info(path).type != FileType.NotFound)
    except OSError as error:
        raise UsageError(f"{place} can't be reached: {error.strerror or error}", "name a folder or a URI") from error


def _remove(place: str) -> None:
    with suppress(OSError), reaching():
        system, path = file_system(place)
        system.delete_dir(path)


def _cause(error: Exception) -> str:
    """The line that says most: what a worker's Python raised, or Java at last; else the first."""
    lines = [line.strip().removeprefix(": ") for line in str(error).splitlines() if line.strip()]
    raised = [line for line in lines if _NAME.match(line)]
    return (raised or lines or [type(error).__name__])[-1 if raised else 0][:300]


_NAME = lazy_pattern(r"(?:[\w.$]+: )*[\w.$]+(?:Error|Exception)(?::|$)")


def _way_out(cause: str) -> str:
    if "FileSystem" in cause:
        return "Spark writes the output by Hadoop's file systems: add the package of this one, see: logtrace help scale"
    return "nothing was kept; --debug shows all of it"
