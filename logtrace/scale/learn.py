"""A sample of traces → what parents are inferred with, and the clocks: the very sample that a store of all traces takes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from logtrace.jobs.assembly.learning import SAMPLE, model_of, sample
from logtrace.parquet.meta import Model
from logtrace.reconstruct.evidence.priors import RULES
from logtrace.reconstruct.spans.clocks import clocks_text
from logtrace.scale.stored import stored


def sampled(lows: Iterable[int]) -> list[int]:
    """The low halves of the traces to learn from. Of what several gave, it gives what all of them at once would have."""
    return sample(lows, SAMPLE)


def learned(rows: Iterable[Sequence[Any]]) -> Model:
    """The model that the rows of such traces give."""
    with stored(rows, None) as reader:
        model = model_of(reader)
    return model.version, RULES, model.text(), clocks_text(model.clocks)
