from __future__ import annotations

import pytest

from logtrace.errors import UsageError
from logtrace.query.flags import Flags, node_of
from logtrace.query.text import text_of


@pytest.mark.parametrize(
    ("flags", "expression"),
    [
        (Flags("a = 1 or b = 2", service="edge"), "(a = 1 or b = 2) and service = 'edge'"),
        (Flags(error="any"), "trace.error_count >= 1"),
        (Flags(error="span"), "any.error = 'span'"),
        (Flags(attributes=[("user.id", "a=b"), ("error", "true")]), "user.id = 'a=b' and error = true"),
        (Flags(attributes=[("service", "x")]), "service = 'x'"),
        (Flags(min_ns=5, max_trace_ns=7, min_spans=2), "duration >= 5ns and trace.duration <= 7ns and trace.span_count >= 2"),
    ],
)
def test_flags_are_an_expression(flags: Flags, expression: str):
    node = node_of(flags)
    assert node is not None
    assert text_of(node) == expression


def test_no_flags_ask_for_nothing():
    assert node_of(Flags()) is None
    assert node_of(Flags("  ")) is None


@pytest.mark.parametrize("attribute", [("duration", "5"), ("start", "now"), ("error", "perhaps")])
def test_what_an_attribute_flag_cannot_say(attribute: tuple[str, str]):
    with pytest.raises(UsageError):
        node_of(Flags(attributes=[attribute]))
