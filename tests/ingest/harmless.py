"""Lines in which nothing is secret, though much looks like it: ids, hashes, names, counts, stacks, statements, talk about
passwords and tokens."""

from __future__ import annotations

import base64
import hashlib
import random
import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import orjson

_TEXTS = (Path(__file__).parent / "harmless.txt").read_text().split("\n\n")
TALK, STATEMENTS, STACKS = (part.strip("\n").split("\n")[1:] for part in _TEXTS)

FIELDS: dict[str, Callable[[random.Random], object]] = {
    "api.key_id": lambda r: f"k-{r.randrange(10**6)}",
    "cache.key": lambda r: f"user:{r.randrange(10**6)}:{r.getrandbits(64):x}",
    "prompt_tokens": lambda r: r.randrange(10**6),
    "completion_tokens": lambda r: r.randrange(10**6),
    "total_tokens": lambda r: r.randrange(10**7),
    "max_tokens": lambda _: 128000,
    "token_count": lambda r: r.randrange(10**7),
    "tokens": lambda r: {"input": r.randrange(10**6), "output": r.randrange(10**6)},
    "gen_ai.usage.input_tokens": lambda _: 123456,
    "token_usage": lambda _: {"prompt": 123456, "completion": 234567},
    "max_token": lambda _: 1234567,
    "token": lambda _: 17,
    "next_page_token": lambda r: f"{r.getrandbits(128):x}",
    "pageToken": lambda r: f"CAoQ{r.getrandbits(64):x}",
    "continuationToken": lambda r: f"{r.getrandbits(128):x}",
    "token_type": lambda _: "Bearer",
    "tokenizer": lambda _: "cl100k_base",
    "token.id": lambda r: r.randrange(10**9),
    "token_expires_at": lambda _: "2024-01-10T14:30:00Z",
    "request_id": lambda r: str(uuid.UUID(int=r.getrandbits(128))),
    "session_id": lambda r: f"{r.getrandbits(128):032x}",
    "idempotency_key": lambda r: str(uuid.UUID(int=r.getrandbits(128))),
    "partition_key": lambda r: f"p-{r.getrandbits(32):x}",
    "s3.key": lambda r: f"uploads/2024/{r.getrandbits(64):x}.png",
    "kms_key_id": lambda r: str(uuid.UUID(int=r.getrandbits(128))),
    "public_key": lambda r: f"ssh-ed25519 {r.getrandbits(128):x}",
    "password_changed_at": lambda _: "2024-01-10T14:30:00Z",
    "has_password": lambda _: True,
    "passwordless": lambda _: True,
    "password_strength": lambda r: r.randrange(5),
    "password": lambda r: r.choice([None, "", "***", "[FILTERED]", "<hidden>", "xxxxxxxx", True, False]),
    "secret": lambda r: r.choice([None, "db-credentials", "prod/tls-cert", "[REDACTED]"]),
    "secretName": lambda _: "db-credentials-v2",
    "secret_version": lambda r: r.randrange(100),
    "secret_arn": lambda _: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:x-AbCdEf",
    "authorization": lambda r: r.choice(["granted", "denied", "none"]),
    "auth.method": lambda _: "oauth2",
    "auth.success": lambda _: True,
    "auth": lambda r: r.choice(["jwt", "mutual-tls", "oauth2-proxy", "none"]),
    "credentials": lambda r: r.choice(["include", "omit", None]),
    "cookie_consent": lambda _: "accepted",
    "pass": lambda r: r.randrange(1000),
    "pass_rate": lambda _: 0.98,
    "otp_enabled": lambda _: True,
    "pin": lambda r: r.randrange(40),
    "card_last4": lambda _: "4242",
    "card_type": lambda _: "visa",
    "sha256": lambda r: f"{r.getrandbits(256):064x}",
    "md5": lambda r: f"{r.getrandbits(128):032x}",
    "git.commit": lambda r: f"{r.getrandbits(160):040x}",
    "host.name": lambda _: "ip-10-0-1-5",
    "k8s.pod.name": lambda _: "edge-mcp-7d9f8b6c5d-x2k4q",
    "k8s.secret.name": lambda _: "db-credentials",
    "mac": lambda _: "0a:58:0a:f4:00:1f",
    "container.id": lambda r: f"{r.getrandbits(256):064x}",
    "net.peer": lambda _: "2001:db8::ff00:42:8329",
    "seq": lambda r: r.getrandbits(40),
    "url": lambda r: f"https://example.com/oauth/token?state=ok&page={r.randrange(99)}",
    "user.email": lambda _: "ada@example.com",
    "etag": lambda r: f'W/"{r.getrandbits(64):x}"',
    "arn": lambda _: "arn:aws:iam::123456789012:role/edge-mcp",
    "score": lambda r: r.random(),
}


def _told(random_: random.Random, text: str) -> str:
    number = random_.getrandbits(256)
    hashed = hashlib.sha256(number.to_bytes(32, "big"))
    told: dict[str, object] = dict(  # noqa: C408 - names are what the texts say
        n=number % 10**5,
        id=f"u-{number % 9973}",
        uuid=uuid.UUID(int=number >> 128),
        hex16=f"{number:064x}"[:16],
        hex32=f"{number:064x}"[:32],
        hex40=f"{number:064x}"[:40],
        hex64=hashed.hexdigest(),
        b64=base64.b64encode(hashed.digest()).decode(),
    )
    text = text.replace("\\n", "\n").replace("\\t", "\t")
    return re.sub(r"\{(\w+)\}", lambda found: str(told.get(found[1], found[0])), text)


def harmless(seed: int, many: int) -> Iterator[bytes]:
    """So many lines, of all kinds."""
    random_ = random.Random(seed)
    ids = lambda: {"trace_id": f"{random_.getrandbits(128):032x}", "span_id": f"{random_.getrandbits(64):016x}"}  # noqa: E731
    for number in range(many):
        way = number % 8
        text = _told(random_, random_.choice(TALK if way < 4 else STATEMENTS if way == 4 else STACKS if way == 5 else TALK))
        keys = random_.sample(list(FIELDS), 4)
        fields = {key: FIELDS[key](random_) for key in keys}
        if way == 0:
            yield f"2024-01-10T14:30:00.123Z INFO [edge-mcp] {text} trace_id={random_.getrandbits(128):032x}".encode()
        elif way == 7:
            yield orjson.dumps({**ids(), "msg": "call", "body": orjson.dumps({"request": fields}).decode()})
        else:
            where = ("msg", "msg", "error", "db.statement", "stack", "note")[way - 1]
            yield orjson.dumps({"time": "2024-01-10T14:30:00Z", **ids(), where: text, "tags": fields})
