"""Patterns that are compiled when they are first used: of hundreds that may be needed to read a log, a run needs a few, and to
compile all of them takes as long as to answer from a store."""

from __future__ import annotations

import re
from typing import Any, AnyStr, cast

_USES = [name for name in dir(re.Pattern) if not name.startswith("_")]


def lazy_pattern(text: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` gives in all but its class: the functions of `re` don't take it. What is wrong with a text shows when it
    is used; a test uses all there are."""
    return cast("re.Pattern[AnyStr]", _Lazy(text, flags))


class _Lazy:
    def __init__(self, text: Any, flags: int) -> None:
        self._source = (text, flags)

    def __getattr__(self, name: str) -> Any:
        if name not in _USES:
            raise AttributeError(name)
        compiled = re.compile(*self._source)
        self.__dict__.update({use: getattr(compiled, use) for use in _USES})  # from now on found without this
        return self.__dict__[name]
