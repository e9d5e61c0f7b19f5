"""What a key's name suggests, in the languages that people name keys in."""

from __future__ import annotations

from collections.abc import Sequence, Set
from functools import cache, lru_cache

from logtrace.ingest.discover.key_words import KEY_WORDS, OWNED
from logtrace.ingest.vocabulary.letters import plain_letters
from logtrace.patterns import lazy_pattern

STRONG, WEAK, NONE = 2, 1, 0


def _known(words: str) -> frozenset[str]:
    return frozenset(map(plain_letters, words.split()))


_WORDS = {concept: (_known(strong), _known(weak)) for concept, (strong, weak) in KEY_WORDS.items()}
_PARTS = lazy_pattern(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
_INSIDE = 5
_BENT = 4
"""So long is a word that counts within longer ones; of other alphabets, which bend their words, so long."""

_COUNTS = """bytes size count len length port code status line pid amount price betrag preis importe attempt retries version
    offset limit ttl timeout items rows age index seq number num nr"""
_NO_DURATION = frozenset(_COUNTS.split())
_LENGTHS = frozenset(("len", "length"))
UNITS = {
    **dict.fromkeys(("ns", "nano", "nanos", "nanosec", "nanoseconds", "nsec", "nsecs", "нс", "纳秒"), "ns"),
    **dict.fromkeys(("us", "micro", "micros", "microseconds", "usec", "usecs", "µs", "мкс", "微秒"), "us"),
    **dict.fromkeys(
        ("ms", "milli", "millis", "milliseconds", "msec", "msecs", "millisekunden", "milisegundos", "mills", "мс", "毫秒"), "ms"
    ),
    **dict.fromkeys(("min", "mins", "minute", "minutes"), "m"),
    **dict.fromkeys(("tick", "ticks"), "100ns"),  # .NET's
    **dict.fromkeys(("cs", "centis", "centiseconds", "hundredths"), "10ms"),
    **dict.fromkeys(("s", "sec", "secs", "seconds", "second", "sekunden", "segundos", "secondes", "сек", "秒"), "s"),
}


_OWNERS = _known(OWNED)


def words_of(key: str) -> list[str]:
    """The words of a key in lower case, without accents: `ctx.parentSpan_id` → ctx, parent, span, id."""
    return [word.lower() for word in _PARTS.findall(_apart(plain_letters(key)))]


def _apart(key: str) -> str:
    """A key with its words apart that begin with a large letter of another alphabet than the Latin one."""
    if key.isascii():
        return key
    return "".join([f"_{sign}" if sign.isupper() and not sign.isascii() else sign for sign in key])


@lru_cache(maxsize=8_192)
def hint(key: str, concept: str) -> int:
    """How much a key's name suggests a concept. Longer words count within others as well: `korrelationsid`."""
    words = words_of(key)
    strong, weak = _WORDS[concept]
    if _any_of(words, strong):
        return STRONG
    return WEAK if _any_of(words, weak) else NONE


def _any_of(words: Sequence[str], known: Set[str]) -> bool:
    return not known.isdisjoint(words) or any(word in longer for longer in words for word in known if _counts_within(word))


@cache
def _counts_within(word: str) -> bool:
    """Whether a word tells something within another one: a long one does, and any of a script without spaces."""
    if word.isascii():
        return len(word) >= _INSIDE
    return len(word) >= _BENT or word[0] >= "\u2e80"  # Chinese, Japanese, Korean


_UNIT_ENDS = ("nanos", "micros", "millis", "seconds", "usec", "msec", "毫秒", "微秒", "纳秒", "秒")


def unit_in(key: str) -> str:
    """The unit that the last words of a key name, "" for none: `dauer_ms`, `tookMicros`, `elapsedNs`."""
    words = words_of(key.rpartition(".")[2])
    if not words:
        return ""
    last = words[-1]
    if last in UNITS and (len(words) > 1 or len(last) > 1):
        return UNITS[last]
    return next((UNITS[end] for end in _UNIT_ENDS if last.endswith(end)), "")


def counts_something(key: str, *, united: bool = False) -> bool:
    """Whether a number under this key is surely no duration; a length in a unit of time is one. united: all values have such."""
    words = words_of(key.removeprefix("line."))  # in a text of that name
    return not (_NO_DURATION - _LENGTHS if united or unit_in(key) else _NO_DURATION).isdisjoint(words)


def is_of_somebody(key: str) -> bool:
    """Whether a key names who or what a line is about, which is no trace though many lines share it: a user, a device."""
    return _any_of(words_of(key), _OWNERS) and hint(key, "trace") < STRONG
