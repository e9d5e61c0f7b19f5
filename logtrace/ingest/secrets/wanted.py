"""What is redacted: the rules that are known, and what a configuration changes of them. Compiled for one pass over a block."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import Any, NamedTuple

import orjson

from logtrace.errors import ConfigError
from logtrace.ingest.secrets.names import NAMES
from logtrace.ingest.secrets.shapes import SHAPES, Shape

PRIVATE_KEY, OWN_KEY = "private_key", "own_key"

OFF = "off"
"""What stands in place of a Wanted where nothing is redacted."""

STORE_KEY = "store"
"""The hash key where the store is yet to tell its own; without a store, one of this process."""


class Wanted(NamedTuple):
    """What is redacted beside the rules that are known, and what is not.

    keys        patterns (`*`, `?`) of keys with secrets; allow_keys: of keys that are left alone
    patterns    (name, RE2 pattern) of texts that are secrets; allow: patterns of texts that are none
    also        names of rules that are off else: email, ip; without: names of rules that are off
    keep        keys that hold the ids of traces, which no rule touches
    hash_key    hexadecimal; equal secrets get equal marks, which nobody can make without it. "": they are masked
    """

    keys: tuple[str, ...] = ()
    allow_keys: tuple[str, ...] = ()
    patterns: tuple[tuple[str, str], ...] = ()
    allow: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    hash_key: str = ""

    def text(self) -> str:
        """JSON that is equal for equal values."""
        return orjson.dumps(self._asdict()).decode()

    @classmethod
    def of_text(cls, text: str) -> Wanted:
        """What was written by `text`."""
        return cls(**orjson.loads(text))


def rule_names() -> list[str]:
    """The names of all rules that are known."""
    return list(dict.fromkeys([*(name.rule for name in NAMES), PRIVATE_KEY, *(shape.rule for shape in SHAPES)]))


def shapes_of(wanted: Wanted) -> list[Shape]:
    """The shapes that are looked for. Raises ConfigError for a pattern of the configuration that is none."""
    known = [shape for shape in SHAPES if shape.rule not in wanted.without and (not shape.asked or shape.rule in wanted.also)]
    return known + [Shape(name, _checked(name, pattern)) for name, pattern in wanted.patterns]


def key_patterns(keys: tuple[str, ...]) -> list[re.Pattern[bytes]]:
    """What matches whole keys in lower case that fit patterns with * and ?."""
    return [re.compile(translate(key.lower()).encode()) for key in keys]


def end_of(key: str) -> bytes:
    """The end of keys that fit a pattern with * and ?, from where it says something on (RE2)."""
    fixed = re.escape(key.lstrip("*")).replace(r"\*", r"[\w.-]*").replace(r"\?", r"[\w.-]")
    return b"(?i:" + fixed.encode() + b")"


def allowed(wanted: Wanted) -> list[Any]:
    """Patterns of texts that are no secrets. Raises ConfigError for one that is none."""
    return [compiled(_checked("allow", pattern)) for pattern in wanted.allow]


def _checked(name: str, pattern: str) -> bytes:
    import re2

    try:
        compiled(pattern.encode())
    except re2.error as error:
        raise ConfigError(f"redaction: the pattern of {name!r} can't be read: {error}", "patterns are those of RE2") from error
    return pattern.encode()


def compiled(pattern: bytes) -> Any:
    """An RE2 pattern for bytes of any kind."""
    import re2

    options = re2.Options()
    options.log_errors = False
    options.encoding = re2.Options.Encoding.LATIN1
    return re2.compile(pattern, options)
