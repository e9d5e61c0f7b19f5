"""Python that SQL calls, on one connection."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from weakref import WeakMethod, finalize

Test = Callable[[int, str, str], bool]


class Functions:
    """Names by which statements call methods of objects. A name is lent for as long as an object lives, then to the next: so
    there are as many as questions side by side, and statements of one form are one statement, which SQLite prepares once."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._free: list[_Function] = []
        self._made = 0

    def lend(self, method: Test) -> str:
        """The name of a method. It does not keep the object of the method alive: a connection may outlive many questions."""
        function = self._free.pop() if self._free else self._new()
        function.method = WeakMethod(method)
        finalize(method.__self__, self._free.append, function).atexit = False  # type: ignore[attr-defined]
        return function.name

    def _new(self) -> _Function:
        self._made += 1
        function = _Function(f"holds_{self._made}")
        self._connection.create_function(function.name, 3, function, deterministic=True)
        return function


class _Function:
    """What SQLite calls: the method that the name is lent to."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.method: WeakMethod[Test] | None = None

    def __call__(self, test: int, key: str, value: str) -> bool:
        method = None if self.method is None else self.method()
        assert method is not None
        return method(test, key, value)
