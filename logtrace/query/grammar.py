"""The grammar of expressions.

    expr   = or        or = and ("or" and)*        and = not ("and" not)*
    not    = "not" not | "(" or ")" | count | test
    test   = path (op value | "in" "(" value ("," value)* ")" | "~" text | "exists")?
    count  = "count" "(" or ")" op number
    path   = ["any." | "all." | "root." | "trace."] name ("." name)*
    value  = number unit? | text | true | false | word
    op     = "=" | "==" | "!=" | ">" | ">=" | "<" | "<="

Text stands in single or double quotes; a backslash there makes a quote or a backslash plain. A value that is one word
(edge-mcp, conn-abc123) needs none: shells take quotes away. A name that is no word is quoted as well. A path alone means
that it is true.
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any, NamedTuple, NoReturn

import parsy
from parsy import forward_declaration, index, regex, seq, string

from logtrace.query.ast import And, Count, Kind, Leaf, Node, Not, Or, Scope, leaves
from logtrace.query.fields import OPERATORS, TRACE, kind_of
from logtrace.query.literals import QUOTED, UNITS, Literal, in_unit_of, meant
from logtrace.query.mistakes import mistake
from logtrace.query.point import pointed

MAX_PARTS = 200
_KEYWORDS = "and|or|not|in|exists|true|false"


class _Path(NamedTuple):
    scope: Scope
    name: str
    at: int


class _Test(NamedTuple):
    op: str
    values: tuple[Literal, ...]
    at: int


def parse(text: str) -> Node:
    """The expression of a text. Raises UsageError, with a caret under the place, where it is none."""
    try:
        made: _Maker = _grammar().parse(text)
    except RecursionError as error:
        raise pointed("the expression is nested too deeply", text, 0) from error
    except parsy.ParseError as error:
        if (made_wrong := mistake(text, error.index)) is not None:
            raise pointed(made_wrong.why, text, made_wrong.at) from error
        place = len(text) if error.index >= len(text.rstrip()) else error.index
        where = "the expression ends where" if place == len(text) else "here"
        raise pointed(f"{where} {_one_of(error.expected)} is expected", text, place) from error
    node = made(text)
    if len(list(leaves(node))) > MAX_PARTS:
        raise pointed(f"the expression has more than {MAX_PARTS} comparisons; in (…) takes many values", text, 0)
    return node


def _one_of(expected: frozenset[str]) -> str:
    """What a parser would take, in words."""
    found = expected - {"("} if _NAME in expected else expected
    names = [phrase for label, phrase in _PHRASES.items() if label in found] or ["something else"]
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


_VALUE, _NAME, _TEST, _END, _TEXT, _SIGN, _WHOLE = "value", "name", "test", "EOF", "text", "sign", "whole"
_PHRASES = {
    _VALUE: "a value (a number, true, false, a word, or a text in quotes)",
    _TEXT: "a text in quotes",
    _NAME: "a name, not, or (",
    _TEST: "a comparison (= != > >= < <= ~ in exists)",
    _SIGN: "a sign such as >=",
    _WHOLE: "a whole number",
    "(": "(",
    ")": ")",
    _END: "`and`, `or`, or the end of the expression",
}
"""What the parsers below call themselves → what people read."""


class _Maker(NamedTuple):
    """A node yet to be made: it needs the whole text, for its errors."""

    make: Any
    parts: tuple[Any, ...]

    def __call__(self, text: str) -> Node:
        node: Node = self.make(text, *self.parts)
        return node


@cache
def _grammar() -> Any:
    """The parser; its result is a _Maker."""
    space = regex(r"\s*")

    def word(name: str) -> Any:
        return regex(rf"(?i:{name})(?![\w.])") << space

    def sign(text: str) -> Any:
        return string(text) << space

    quoted = regex(QUOTED, re.DOTALL)
    first = regex(rf"(?!(?i:{_KEYWORDS})(?![\w.]))[^\W\d][\w@$/-]*") | quoted
    later = regex(r"[\w@$/-]+") | quoted
    path = (seq(index, first, (string(".") >> later).many()).combine(_path) << space).desc(_NAME)

    number = seq(
        regex(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"),
        (regex(r" ?") >> regex(rf"(?i:{'|'.join(UNITS)}|µs)(?!\w)")).optional(""),
    ).combine(Literal.number)
    truth = regex(r"(?i:true|false)(?!\w)").map(lambda found: Literal(found.lower() == "true"))
    text = quoted.map(_unquoted).map(Literal)

    def placed(literal: Any, called: str) -> Any:
        return (seq(index, literal).combine(lambda at, found: found._replace(at=at)) << space).desc(called)

    bare = regex(rf"(?!(?i:{_KEYWORDS})(?![\w.]))[^\W\d][\w@$/.:-]*").map(Literal)
    value = placed(number | text | truth | bare, _VALUE)
    op = (regex(r"==|!=|>=|<=|=|>|<") << space).map(lambda found: "=" if found == "==" else found)
    several = word("in") >> sign("(") >> value.sep_by(sign(","), min=1) << sign(")")
    test = (
        seq(index, op.desc(_TEST), value).combine(lambda at, found, literal: _Test(found, (literal,), at))
        | seq(index, several).combine(lambda at, literals: _Test("=", tuple(literals), at))
        | seq(index, sign("~") >> placed(text, _TEXT)).combine(lambda at, literal: _Test("~", (literal,), at))
        | index.map(lambda at: _Test("exists", (), at)) << word("exists")
    )

    whole = forward_declaration()
    group = sign("(") >> whole << sign(")")
    count = seq(regex(r"(?i:count)\s*(?=\()") >> group, op.desc(_SIGN), (regex(r"\d{1,15}") << space).desc(_WHOLE)).combine(
        lambda part, found, digits: _Maker(_count, (part, found, int(digits)))
    )
    leaf = seq(path, test.optional()).combine(lambda left, right: _Maker(_leaf, (left, right)))
    negated = forward_declaration()
    negated.become((word("not") >> negated).map(lambda part: _Maker(_not, (part,))) | group | count | leaf)
    both = negated.sep_by(word("and"), min=1).map(lambda parts: _Maker(_joined, (And, parts)))
    whole.become(both.sep_by(word("or"), min=1).map(lambda parts: _Maker(_joined, (Or, parts))))
    return space >> whole


def _unquoted(text: str) -> str:
    """A quoted text without its quotes; \\\\ and an escaped quote are what they stand for."""
    inner, parts, at = text[1:-1], [], 0
    while (found := inner.find("\\", at)) >= 0:
        plain = inner[found + 1] in ("\\", text[0])
        parts.append(inner[at:found] if plain else inner[at : found + 1])
        parts.append(inner[found + 1])
        at = found + 2
    return "".join([*parts, inner[at:]])


def _path(at: int, first: str, rest: list[str]) -> _Path:
    names = [_unquoted(name) if name[0] in "'\"" else name for name in (first, *rest)]
    scoped = rest and first in ("any", "all", "root", "trace")
    return _Path(Scope(first), ".".join(names[1:]), at) if scoped else _Path(Scope.SPAN, ".".join(names), at)


def _joined(text: str, made_of: type[And] | type[Or], parts: list[_Maker]) -> Node:
    nodes = tuple(part(text) for part in parts)
    return nodes[0] if len(nodes) == 1 else made_of(nodes)


def _not(text: str, part: _Maker) -> Node:
    return Not(part(text))


def _count(text: str, part: _Maker, op: str, number: int) -> Node:
    return Count(part(text), op, number)


def _leaf(text: str, path: _Path, test: _Test | None) -> Node:
    kind = kind_of(path.scope, path.name)
    if kind is None:
        raise pointed(f"a trace has no {path.name!r}; it has {', '.join(TRACE)}", text, path.at)
    if test is None:
        test = _Test("=", (Literal(True, at=path.at),), path.at)
    if test.op not in OPERATORS[kind]:
        raise pointed(f"{path.name} can't be compared by {test.op}", text, test.at)

    def refuse(why: str, at: int) -> NoReturn:
        raise pointed(why, text, at)

    for literal in test.values:
        if literal.value in (math.inf, -math.inf):
            refuse("that number is too large", literal.at)
    if kind is Kind.ATTRIBUTE:
        values = tuple(in_unit_of(path.name, literal, refuse) for literal in test.values)
    else:
        values = tuple(meant(path.name, kind, literal, refuse) for literal in test.values)
    if test.op == "~":
        _check_pattern(str(values[0]), text, test.values[0].at)
    return Leaf(path.scope, path.name, kind, test.op, values, path.at)


def _check_pattern(pattern: str, text: str, at: int) -> None:
    from logtrace.errors import UsageError
    from logtrace.query.values import searcher

    try:
        searcher(pattern)
    except UsageError as error:
        raise pointed(error.message, text, at) from error
