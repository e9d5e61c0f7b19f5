"""The names that a store knows: services, operations, kinds, keys of attributes."""

from __future__ import annotations

from collections.abc import Sequence

from logtrace.errors import UsageError
from logtrace.store.reading.reader import FragmentReader
from logtrace.store.search.terms import key_word

MOST_KNOWN = 20


def no_service(service: str, known: Sequence[str], where: str) -> UsageError:
    """The error for a service that is not there."""
    return no_name("service", service, known, where)


def no_name(kind: str, name: str, known: Sequence[str], where: str) -> UsageError:
    """The error for a name that is not there: tells near ones first, then what is known, in its order."""
    from difflib import get_close_matches  # only what is not found needs it

    near = get_close_matches(name, known, 3, 0.5)
    rest = [other for other in known if other not in near]
    more = f" and {len(rest) - MOST_KNOWN:,} more" if len(rest) > MOST_KNOWN else ""
    told = ", ".join([*near, *rest[:MOST_KNOWN]]) or "none, the store is empty"
    return UsageError(f"no {kind} {name!r} in {where}", f"known: {told}{more}")


def operations(reader: FragmentReader, service: str = "") -> list[str]:
    """The names of the operations, of a service or of all, those with most spans first."""
    rows = reader.run(
        "SELECT o.name, (SELECT count(*) FROM span s WHERE s.operation_id = o.id) FROM operation o"
        " WHERE o.name <> '' AND ? IN ('', o.service) ORDER BY 2 DESC, 1",
        (service,),
    )
    return list(dict.fromkeys(name for name, _ in rows))


def texts(reader: FragmentReader, name: str) -> list[str]:
    """All values of service, operation or kind, sorted."""
    column = {"service": "service", "operation": "name", "kind": "kind"}[name]
    return [text for (text,) in reader.run(f"SELECT DISTINCT {column} FROM operation WHERE {column} <> '' ORDER BY 1")]


def keys(reader: FragmentReader) -> list[str]:
    """The keys of interned attributes, sorted."""
    return [key for (key,) in reader.run("SELECT DISTINCT key FROM attribute ORDER BY key")]


def has_key(reader: FragmentReader, plain: str) -> bool:
    """Whether any span has an attribute of a key (see model.plain_key), interned or not."""
    if reader.run("SELECT 1 FROM attribute WHERE plain = ? LIMIT 1", (plain,)):
        return True
    return bool(reader.run("SELECT 1 FROM term WHERE term MATCH ? LIMIT 1", (key_word(plain),)))
