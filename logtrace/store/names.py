"""The names that a store knows: services, operations, kinds, keys of attributes."""

from __future__ import annotations

from logtrace.store.reader import FragmentReader
from logtrace.store.terms import key_word


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
