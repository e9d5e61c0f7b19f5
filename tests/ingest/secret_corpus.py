"""Secrets as services issue them and as programs write them, and the ways in which they come into a line. None of them is or
was anybody's. `planted` has the kinds that are counted; here is the breadth."""

from __future__ import annotations

import base64
import random
import re
import string
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
_HERE = Path(__file__).parent
_ALNUM = string.ascii_letters + string.digits
_LETTERS = {
    "": _ALNUM,
    "x": "0123456789abcdef",
    "d": string.digits,
    "l": string.ascii_lowercase,
    "u": string.ascii_uppercase + string.digits,
    "b": _ALNUM + "+/",
}

KEYS = (_HERE / "secret_keys.txt").read_text().split()
"""Keys whose values are secrets, also where those are letters alone."""

NUMBERS = (
    "password",
    "passwd",
    "pwd",
    "secret",
    "client_secret",
    "api_key",
    "token",
    "auth_token",
    "access_token",
    "otp",
    "pin",
    "mfa_code",
    "cvv",
    "ssn",
)
"""Keys whose values are secrets also as numbers."""


def secrets(seed: int) -> Iterator[tuple[str, str, str]]:
    """(name, text in which it stands, the secret)."""
    random_ = random.Random(seed)

    def text(length: int, letters: str = "") -> str:
        return "".join(random_.choices(_LETTERS[letters], k=length))

    for line in (_HERE / "secrets.txt").read_text().split("\n"):
        if line and not line.startswith("#"):
            name, _, told = line.partition(" ")
            made = re.sub(r"\{(\d+)(\w?)\}", lambda found: text(int(found[1]), found[2]), told)
            before, _, secret = made.rpartition("«")
            secret, _, after = secret.partition("»")
            yield name, before + secret + after, secret
    for name, begin, *groups in (
        ("visa", "4", 16),
        ("visa-parted", "4", 4, 4, 4, 4),
        ("amex", "37", 4, 6, 5),
        ("jcb", "35", 4, 4, 4, 4),
    ):
        card = _card(random_, begin, groups)
        yield name, card, card
    basic, plain, jwt = (
        base64.b64encode(told.encode()).decode() for told in (f"ada:{text(12)}", f"\0ada\0{text(12)}", '{"alg":"HS256"}')
    )
    yield "basic", f"sending Basic {basic} upstream", basic
    yield "smtp-plain", f"AUTH PLAIN {plain}", plain
    yield "jwt", f"{jwt.rstrip('=')}.eyJzdWIiOiIxNyJ9.{(signed := text(43))}", signed
    code = "\n".join(text(64, "b") for _ in range(3))
    armour = f"-----BEGIN PRIVATE KEY-----\n{code}\n-----END PRIVATE KEY-----"
    yield "pem", armour, code[65:129]
    yield "service-account", orjson.dumps({"type": "service_account", "private_key": armour}).decode(), code[:64]


def _card(random_: random.Random, begin: str, groups: list[int]) -> str:
    """A number with the right check digit, in groups."""
    digits = begin + "".join(random_.choices(string.digits, k=sum(groups) - len(begin) - 1))
    doubled = [int(digit) * 2 - 9 * (int(digit) > 4) for digit in digits[::-1][::2]]
    digits += str(-(sum(doubled) + sum(map(int, digits[::-1][1::2]))) % 10)
    ends = [sum(groups[: at + 1]) for at in range(len(groups))]
    return random_.choice(" -").join(digits[end - many : end] for end, many in zip(ends, groups, strict=True))


def _json(**fields: object) -> str:
    return orjson.dumps({"trace_id": TRACE, **fields}).decode()


def spelled(text: str) -> str:
    """Each third letter as an escape."""
    return "".join(f"\\u{ord(char):04x}" if at % 3 == 1 else char for at, char in enumerate(text))


def _dotnet(text: str) -> str:
    for char in "+'&<>":
        text = text.replace(char, f"\\u{ord(char):04X}")
    return text.replace('\\"', "\\u0022")


WAYS: dict[str, Callable[[str], str]] = {
    "value": lambda text: _json(msg="a", tags={"note": text}),
    "key": lambda text: _json(msg="a", tags={text: 1}),
    "message": lambda text: _json(msg=f"calling {text} now"),
    "raw": lambda text: "2024-01-10 no json " + text.replace("\n", "\\n"),
    "alone": lambda text: text,
    "rejected": lambda text: f'{{"trace_id": "{TRACE}", "cut": {orjson.dumps(text).decode()[:-1]}',
    "stack": lambda text: _json(stack=f'Traceback:\n  File "a.py", line 3, in f\n    g()\nValueError: bad {text}\n'),
    "nested": lambda text: _json(body=_json(inner=_json(x=text))),
    "in-nested": lambda text: _json(log=_json(body=_json(m=f"got {text}."))),
    "list": lambda text: _json(args=["a", text, "b"]),
    "php": lambda text: _json(args=text).replace("/", "\\/"),
    "dotnet": lambda text: _dotnet(_json(args=text)),
    "docker": lambda text: _json(log=_json(msg=text) + "\n", stream="stdout"),
    "syslog": lambda text: "<34>1 2024-01-10T14:30:00Z h app 1 - - " + text.replace("\n", "#012"),
    "spelled": lambda text: f'{{"trace_id":"{TRACE}","m":"{spelled(text)}"}}' if not {"\n", '"'} & set(text) else "",
}


def forms(secret: str) -> set[str]:
    """How a secret may stand in a line."""
    return {secret, secret.replace("/", "\\/"), secret.replace("&", "\\u0026"), secret.replace("+", "\\u002B"), spelled(secret)}
