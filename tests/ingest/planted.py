"""Secrets of 25 kinds, and the ways in which logs come to hold them. None of them is or was anybody's."""

from __future__ import annotations

import base64
import random
import string
from collections.abc import Callable, Iterator
from typing import NamedTuple

import orjson

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "4111111111111111"  # a span id that is a card number as well
ALNUM = string.ascii_letters + string.digits


class Planted(NamedTuple):
    """A line, and the part of it that must not be found again."""

    kind: str
    line: bytes
    secret: str


def _text(random_: random.Random, length: int, letters: str = ALNUM) -> str:
    return "".join(random_.choices(letters, k=length - 1)) + "7"


def _card(random_: random.Random) -> str:
    digits = [4, *(random_.randrange(10) for _ in range(14))]
    doubled = sum(d * 2 - 9 * (d > 4) for d in digits[::2]) + sum(digits[1::2])
    return "".join(map(str, digits)) + str(-doubled % 10)


def _private_key(random_: random.Random) -> str:
    return "".join(_text(random_, 64) for _ in range(4))


SHAPED: dict[str, Callable[[random.Random], tuple[str, str]]] = {
    "aws": lambda r: (key := "AKIA" + _text(r, 16, string.ascii_uppercase + string.digits), key),
    "github": lambda r: (key := "ghp_" + _text(r, 36), key),
    "github-fine": lambda r: (key := "github_pat_" + _text(r, 60), key),
    "gitlab": lambda r: (key := "glpat-" + _text(r, 20), key),
    "slack": lambda r: (key := "xoxb-" + _text(r, 40), key),
    "slack-webhook": lambda r: (f"https://hooks.slack.com/services/T01/B02/{(key := _text(r, 24))}", key),
    "anthropic": lambda r: (key := "sk-ant-api03-" + _text(r, 80), key),
    "openai": lambda r: (key := "sk-proj-" + _text(r, 60), key),
    "google": lambda r: (key := "AIza" + _text(r, 35), key),
    "stripe": lambda r: (key := "sk_live_" + _text(r, 24), key),
    "sendgrid": lambda r: (f"SG.{_text(r, 22)}.{(key := _text(r, 43))}", key),
    "npm": lambda r: (key := "npm_" + _text(r, 36), key),
    "huggingface": lambda r: (key := "hf_" + _text(r, 34), key),
    "telegram": lambda r: (key := f"{_text(r, 9, string.digits)}:AA{_text(r, 33)}", key),
    "jwt": lambda r: (f"eyJ{_text(r, 20)}.eyJ{_text(r, 40)}.{(key := _text(r, 43))}", key),
    "bearer": lambda r: (f"Bearer {(key := _text(r, 32))}", key),
    "basic": lambda r: (f"Basic {(key := base64.b64encode(f'ada:{_text(r, 12)}'.encode()).decode())}", key),
    "url": lambda r: (f"postgres://ada:{(key := _text(r, 14))}@db:5432/tasks", key),
    "signature": lambda r: (f"https://b.example/x?a=1&sig={(key := _text(r, 40))}", key),
    "card": lambda r: (key := _card(r), key),
}
"""Kind → (text as it is found in a log, the secret in it)."""

KEYS = {"password": "user.password", "secret": "client_secret", "api-key": "X-Api-Key", "token": "auth.token", "ssn": "user.ssn"}
"""Kind → a key whose value is a secret, whatever it looks like."""

KINDS = (*SHAPED, *KEYS)


def planted(seed: int, many: int) -> Iterator[Planted]:
    """So many secrets, kind after kind, place after place."""
    random_ = random.Random(seed)
    for number in range(many):
        kind = KINDS[number % len(KINDS)]
        if kind in KEYS:
            secret = _text(random_, 12)
            yield Planted(kind, _beside_key(number // len(KINDS), KEYS[kind], secret), secret)
        else:
            text, secret = SHAPED[kind](random_)
            yield Planted(kind, _as_text(number // len(KINDS) + number, text), secret)


def _line(**more: object) -> bytes:
    fields = {"timestamp": "2024-01-10T14:30:00Z", "service": "edge", "msg": "done", "trace_id": TRACE, "span_id": SPAN}
    return orjson.dumps({**fields, **more})


def _as_text(way: int, text: str) -> bytes:
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: _line(tags={"note": text}),
        lambda: _line(msg=f"calling with {text} now"),
        lambda: _line(stack=f'Traceback:\n  File "a.py", line 3\nValueError: bad {text}\n'),
        lambda: _line(body=orjson.dumps({"inner": orjson.dumps({"x": text}).decode()}).decode()),
        f"no JSON at all: {text}".encode,
        lambda: b'{"trace_id": "' + TRACE.encode() + b'", "cut": "' + text.encode(),
        lambda: orjson.dumps({"log": _line(tags={"note": text}).decode() + "\n", "stream": "stdout"}),
    )  # fmt: skip
    return ways[way % len(ways)]()


def _beside_key(way: int, key: str, secret: str) -> bytes:
    ways: tuple[Callable[[], bytes], ...] = (
        lambda: _line(tags={key: secret}),
        lambda: _line(msg=f"got {key}={secret} from them"),
        lambda: _line(body=orjson.dumps({"inner": orjson.dumps({key: secret}).decode()}).decode()),
        f"plain {key}: {secret}".encode,
        lambda: b'{"trace_id": "' + TRACE.encode() + b'", "' + key.encode() + b'": "' + secret.encode(),
    )
    return ways[way % len(ways)]()
