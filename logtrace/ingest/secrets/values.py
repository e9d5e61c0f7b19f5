"""How far the value beside a key goes, in any of the ways that logs write one:

"password":"…"      \\"password\\":\\"…\\"  (JSON in a string of JSON, at any depth)      'password': '…'
password=…          password: "…"         --password …           <password>…</password>
{"key":"user.password","value":{"stringValue":"…"}}               "password":{"value":"…"}
"Authorization":["Bearer …"]              Authorization: Bearer …      PASSWORD '…'      password …
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from logtrace.patterns import lazy_pattern

SIGN, TOLD, NEAR, NEAR_QUOTED, PAIR = range(5)
"""How a value stands beside its key: behind a sign; behind a colon in a sentence, maybe as a word of it; behind nothing but
spaces, without quotes or with; in a pair of a list."""


class Value(NamedTuple):
    """A place in the bytes, without quotes. bare: a JSON number, which becomes a text in these quotes; None: no number.
    how: see SIGN; quoted: it stands in quotes."""

    start: int
    end: int
    bare: bytes | None = None
    how: int = SIGN
    quoted: bool = False


_QUOTE = rb"(\\*)([\"']|u0022)"
_Q = rb"\\*(?:[\"']|u0022)"
_LISTED = lazy_pattern(
    rb"\s*,\s*(?:Q(?i:v?_?type)Q\s*:\s*Q\w*Q\s*,\s*)?Q(?i:value)Q\s*:\s*"
    rb"(?:\{\s*(?:Q(?i:type)Q\s*:\s*Q\w*Q\s*,\s*)?Q(?i:string_?value|value|vstr|str)Q\s*:\s*)?".replace(b"Q", _Q)
)
_KEY_OF_LIST = lazy_pattern(rb"(?i)\b(?:key|name|k)\\*(?:[\"']|u0022)\s*:\s*\\*(?:[\"']|u0022)$")
_PAIR = lazy_pattern(rb"\s*,\s*(?=\\*(?:[\"']|u0022))")
_OPENS_PAIR = lazy_pattern(rb"[\[(]\s*\\*(?:[\"']|u0022)$")
_CLOSES_PAIR = lazy_pattern(rb"\\*(?:[\"']|u0022)\s*[\])]")
_CLOSED = lazy_pattern(rb"(\\*(?:[\"']|u0022))?[\]\\]*")
_SIGN = lazy_pattern(rb"[ \t]*(?:=(?:>|\\*u003[eE])|:=|===?|!==?|<>|=|:)[ \t]*(?:string\(\d+\) )?")
_CALL = lazy_pattern(rb"\((?=\\*[\"'])")
_TAG = lazy_pattern(rb"(?:\s[^<>\n]{0,200}?)?(?:>|\\*u003[eE])([^<\\\n]{1,4096})(?:<|\\*u003[cC])\\*/")
_IN_TAG = lazy_pattern(rb"(?:<|\\u003[cC])[\w.-]*:?$")
_GAP = lazy_pattern(rb"[ \t]+(?=[^\s-])")
_OPENED = lazy_pattern(rb"(?:[A-Za-z]\w*\(|&)?" + _QUOTE)
_LIST = lazy_pattern(rb"\[\s*")
_NEXT = lazy_pattern(rb"\s*,\s*")
_BETWEEN = lazy_pattern(rb"(?:[^\s\w{}\"'$@\\-]|[ \t]|\r?\n(?=[ \t]))*")
_MEMBER = lazy_pattern(rb"(?P<quote>\\*(?:[\"']|u0022))?(?P<key>[\w.$@-]{1,64})(?(quote)\\*(?:[\"']|u0022))[ \t]*[:=][ \t]*")
_NUMBER = lazy_pattern(rb"-?\d+(?:\.\d+)?(?=[\s,}\]\\]|$)")
_BARE = lazy_pattern(
    rb"(?:(?i:bearer|basic|digest|token|apikey|negotiate)[ \t]+)?"
    rb"(?:[^\s\"'\\,;&<>{}()\[\]|]|&(?![\w.-]+=|\w+;)|\\+/|,(?=[\w!@#$%^*+-]+(?:[\s\"\\]|$)))+"
)
_COOKIES = lazy_pattern(rb"[^\s=;\"'\\]+=[^\s;\"'\\]*(?:;[ \t]*[\w.-]+(?:=[^\s;\"'\\]*)?)*")
_DESCRIBES = lazy_pattern(
    rb"(?i)(?:name|names|namespace|kind|type|typ|alg|algorithm|id|ids|at|in|on|exp|iat|nbf|time|date|expir\w*|scope|scopes|issuer|iss|"
    rb"aud|sub|subject|user|username|status|state|version|description|title|path|file|method|scheme|role|roles|format|source|"
    rb"message|error|reason|host|url|uri|ref|label|labels|email)$"
)
_MOST = 64
_FAR = 64 * 1024


def values_at(data: bytes, start: int, end: int, flag: bool, cookie: bool) -> Iterator[Value]:
    """The values beside a key that stands from `start` to `end` in the bytes. flag: of a command line, `--key value`.
    cookie: of the name Cookie, whose bare value has several parts."""
    closed = _CLOSED.match(data, end)
    assert closed is not None
    quote, at = closed[1] or b"", closed.end()
    if quote and (listed := _LISTED.match(data, at)) and _KEY_OF_LIST.search(data, max(0, start - 24), start):
        yield from _after(data, listed.end(), quote, SIGN, cookie=False)
    elif sign := _SIGN.match(data, at):
        spaced = b":" in sign[0] and sign[0][-1:] in b" \t"
        yield from _after(data, sign.end(), quote, TOLD if spaced and not quote else SIGN, cookie=cookie)
    elif _IN_TAG.search(data, max(0, start - 40), start) and (tag := _TAG.match(data, at)):
        yield Value(*tag.span(1))
    elif quote:
        if (pair := _PAIR.match(data, at)) and _OPENS_PAIR.search(data, max(0, start - 24), start):
            yield from (
                v._replace(how=PAIR) for v in _after(data, pair.end(), b"") if v.quoted and _CLOSES_PAIR.match(data, v.end)
            )
    elif flag and (gap := _GAP.match(data, at)):
        yield from _after(data, gap.end(), b"")
    elif gap := _GAP.match(data, at) or _CALL.match(data, at):
        yield from (v._replace(how=NEAR_QUOTED if v.quoted else NEAR) for v in _after(data, gap.end(), b"") if not v.how)


def _after(data: bytes, at: int, quote: bytes, how: int = SIGN, *, cookie: bool = False) -> Iterator[Value]:
    """The values that begin at a place. quote: how the key was quoted."""
    if opened := _OPENED.match(data, at):
        yield _quoted(data, opened)
    elif opened := _LIST.match(data, at):
        at = opened.end()
        while opened := _OPENED.match(data, at):
            yield (value := _quoted(data, opened))
            more = _NEXT.match(data, value.end + len(opened[1]) + len(opened[2]))
            if more is None:
                return
            at = more.end()
    elif quote and (number := _NUMBER.match(data, at)):
        yield Value(*number.span(), bare=quote)
    elif data.startswith(b"{", at) and not data.startswith(b"{{", at):
        yield from _members(data, at + 1)
    elif cookie and (several := _COOKIES.match(data, at)):
        yield Value(*several.span())
    elif bare := _BARE.match(data, at):
        yield Value(*bare.span(), how=how)


def _members(data: bytes, at: int) -> Iterator[Value]:
    """The values in an object that is a secret as a whole, but for those that describe it: `name`, `expires_at`."""
    level = 1
    for _ in range(_MOST):
        at = _gap_end(data, at)
        if data.startswith((b"{", b"}"), at):
            level += 1 if data.startswith(b"{", at) else -1
            at += 1
            if level == 0:
                return
        elif member := _MEMBER.match(data, at):
            at = member.end()
            for value in () if data.startswith(b"{", at) else _after(data, at, member["quote"] or b""):
                at = value.end + len(member["quote"] or b"") * value.quoted
                if not _DESCRIBES.search(member["key"]):
                    yield value
        else:
            return


def _gap_end(data: bytes, at: int) -> int:
    """Where the next member of an object, or its end, is: in the same line, or in one that is indented."""
    gap = _BETWEEN.match(data, at)
    assert gap is not None
    return gap.end()


def _quoted(data: bytes, opened: re.Match[bytes]) -> Value:
    """What stands in quotes; up to the end of the line, or of the text around it, where the quotes are never closed."""
    start = opened.end()
    stop = data.find(b"\n", start)
    stop = len(data) if stop < 0 else stop
    stop -= data[stop - 1 : stop] == b"\r"
    if opened[2] == b"u0022":
        ends = (found for found in (data.find(opened[0][-6:], start, stop), data.find(b'"', start, stop)) if found >= 0)
        return Value(start, min(ends, default=stop), quoted=True)
    if opened[2] == b"'" and _is_inside_text(data, start):
        stop = _closing(data, start, stop, b'"', 0)
    return Value(start, _closing(data, start, stop, opened[2], len(opened[1])), quoted=True)


def _closing(data: bytes, at: int, stop: int, quote: bytes, slashes: int) -> int:
    """Where a text ends that was opened by a quote behind so many backslashes.

    In JSON within n strings of JSON a quote has k = 2**n - 1 backslashes before it, one that belongs to the text 2k + 1, and a
    backslash of the text is k + 1 of them: the text ends at a quote with k more than a multiple of 2k + 2. One with fewer
    than k ends the string around.
    """
    begin = at
    while (found := data.find(quote, at, stop)) >= 0:
        run = found - begin - len(data[begin:found].rstrip(b"\\"))
        if run < slashes:
            return found - run
        if run % (2 * slashes + 2) == slashes:
            return found - slashes
        at = found + 1
    return stop


def _is_inside_text(data: bytes, at: int) -> bool:
    """Whether a place is in a text in double quotes, by the last quote before it in its line: one that opens a text stands
    behind a colon, a comma or a bracket."""
    begin = max(data.rfind(b"\n", max(0, at - _FAR), at) + 1, at - _FAR)
    while (quote := data.rfind(b'"', begin, at)) >= 0:
        if not data.startswith(b"\\", quote - 1):
            before = data[max(begin, quote - 8) : quote].rstrip()
            return not before or before[-1:] in b":,[({="
        at = quote
    return False
