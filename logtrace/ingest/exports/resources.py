"""Spans and log records of OTLP, each as a line with the resource and the scope that it came with."""

from __future__ import annotations

from collections.abc import Iterator

from logtrace.ingest.exports.held import Held

_KEYS = {"spans": (b"resourceSpans", b"scopeSpans", b"spans"), "logs": (b"resourceLogs", b"scopeLogs", b"logRecords")}


class Resources:
    """One resource after the other. What is told of a scope or a resource counts for all of it, wherever it stands."""

    def __init__(self) -> None:
        self._resource: bytes | None = None
        self._scope: bytes | None = None
        self._of_scope = Held()  # of this scope, which is not told yet
        self._of_resource = Held()  # of this resource, which is not told yet, with their scopes

    def resource(self, text: bytes) -> None:
        """What the resource is."""
        self._resource = text

    def scope(self, text: bytes) -> None:
        """What the scope is."""
        self._scope = text

    def add(self, kind: str, text: bytes) -> Iterator[bytes]:
        """Takes a span or a log record; what is whole now."""
        outer, scoped, inner = _KEYS[kind]
        begin, end = b'{"%b":[{"resource":' % outer, b',"%b":[{"scope":' % scoped
        rest = b',"%b":[%b]}]}]}' % (inner, text)
        if self._scope is None:
            self._of_scope.add(b"\t".join((begin, end, rest)))
        else:
            yield from self._scoped(begin, end + self._scope + rest)

    def _scoped(self, begin: bytes, rest: bytes) -> Iterator[bytes]:
        if self._resource is None:
            self._of_resource.add(begin + b"\t" + rest)
        else:
            yield begin + self._resource + rest

    def scope_ends(self) -> Iterator[bytes]:
        """What waited for the scope."""
        scope = self._scope or b"{}"
        for line in self._of_scope.taken():
            begin, end, rest = line.split(b"\t", 2)
            yield from self._scoped(begin, end + scope + rest)
        self._scope = None

    def resource_ends(self) -> Iterator[bytes]:
        """What waited for the resource."""
        resource = self._resource or b"{}"
        for line in self._of_resource.taken():
            begin, rest = line.split(b"\t", 1)
            yield begin + resource + rest
        self._resource = None
