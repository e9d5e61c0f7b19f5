from __future__ import annotations

from datetime import UTC

import pytest

from logtrace.ingest.envelopes.ansi import peel


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\x1b[36medge-mcp-1  | \x1b[0mhello", "edge-mcp-1  | hello"),
        ("\x1b[1;38;5;208mwarm\x1b[m", "warm"),
        ("a\x1b[2Kb\x1b[?25lc", "abc"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("bold\x1b(B\x1b[m", "bold"),
    ],
)
def test_sequences_go_and_text_stays(text, plain):
    assert peel(text, UTC).inner == plain


@pytest.mark.parametrize("text", ["plain [31m", "", "lone \x1b", "cut \x1b[31", "open \x1b]0;title"])
def test_text_without_a_whole_sequence_is_no_layer(text):
    assert peel(text, UTC) is None
