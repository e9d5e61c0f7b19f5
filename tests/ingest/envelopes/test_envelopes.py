"""What every envelope of the table promises."""

from __future__ import annotations

import pkgutil
import string
from datetime import UTC

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logtrace.ingest import envelopes
from logtrace.ingest.envelopes import ENVELOPES, Envelope, Peeled, may_be_partial, may_be_wrapped, unwrap

EXAMPLES = (
    "09:26:53 web.1   | x", "0|payments  | x", "2025-03-14T09:26:53Z app[web.1]: x", "Mar 14 09:26:53 web-1 payments[123]: x",
    "<14>Mar 14 09:26:53 web-1 payments[123]: x", "2025-03-14T09:26:53.3+00:00 web-1 payments[123]: x",
    "shop payments-5b9c payments x",
    "57 <14>1 2025-03-14T09:26:53Z web-1 payments 123 - - x", '\x1e{"a":1}',
)  # fmt: skip
each = pytest.mark.parametrize("envelope", ENVELOPES, ids=lambda envelope: envelope.name)
of_objects = pytest.mark.parametrize("envelope", [e for e in ENVELOPES if not e.peel], ids=lambda envelope: envelope.name)
splitting = pytest.mark.parametrize("envelope", [e for e in ENVELOPES if e.splitting], ids=lambda envelope: envelope.name)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def layer(envelope: Envelope, text: str) -> Peeled | None:
    """The envelope's own answer to a line of text."""
    if envelope.peel:
        return envelope.peel(text, UTC)
    record = orjson.loads(text)
    if envelope.peel_many:
        (line,) = envelope.peel_many(record)
        return line
    assert envelope.peel_object
    return envelope.peel_object(record)


def test_every_module_is_in_the_table():
    modules = {module.name for module in pkgutil.iter_modules(envelopes.__path__) if not module.name.startswith("_")}
    assert modules == {envelope.name for envelope in ENVELOPES}
    assert len(ENVELOPES) == len(modules)


@each
def test_has_one_way_to_peel(envelope):
    assert sum(way is not None for way in (envelope.peel, envelope.peel_object, envelope.peel_many)) == 1


@of_objects
def test_an_object_shows_a_sign(envelope):
    record = orjson.loads(envelope.example)
    assert any(sign <= record.keys() for sign in envelope.signs)
    assert may_be_wrapped(record)


@each
def test_peels_its_example_to_the_exact_text(envelope):
    found = layer(envelope, envelope.example)
    assert found is not None
    assert found.inner == envelope.inner
    assert not found.partial


@of_objects
@pytest.mark.parametrize("record", [{}, {"a": 1}])
def test_what_has_nothing_of_it_is_not_this_envelope(envelope, record):
    peel = envelope.peel_object or envelope.peel_many
    assert peel(record) is None


@each
def test_a_text_begins_as_the_envelope_says(envelope):
    if envelope.peel and envelope.begins:
        for text in (envelope.example, *EXAMPLES):
            for first in (*string.printable, "\x1e", "\ufeff"):
                for other in (first + text, first + text[1:]):
                    assert envelope.peel(other, UTC) is None or first in envelope.begins, other


@each
def test_the_table_gives_an_example_to_its_own_envelope(envelope):
    unwrapped = unwrap(envelope.example)
    assert unwrapped.outer.layers == 1
    assert unwrapped.text == envelope.inner


@each
def test_leaves_what_it_has_peeled(envelope):
    if envelope.peel:
        assert envelope.peel(envelope.inner, UTC) is None


@each
@given(data=st.data())
def test_never_raises_on_text(envelope, data):
    # whole, cut and disturbed examples come nearer to the code than text from nowhere
    cut = data.draw(st.integers(0, len(envelope.example)))
    noise = data.draw(st.text(max_size=20))
    for text in (noise, envelope.example[:cut], envelope.example[:cut] + noise + envelope.example[cut:]):
        if envelope.peel:
            found = envelope.peel(text, UTC)
            assert found is None or isinstance(found, Peeled)
            assert found is None or not envelope.begins or text[0] in envelope.begins
        unwrap(text)


@of_objects
@given(data=st.data())
def test_never_raises_on_objects(envelope, data):
    example = orjson.loads(envelope.example)
    values = json_values | st.sampled_from([*map(str, example.values())])
    record = {**example, **data.draw(st.dictionaries(st.sampled_from(sorted(example)), values, max_size=5))}
    found = envelope.peel_many(record) if envelope.peel_many else [envelope.peel_object(record)]
    assert all(one is None or (isinstance(one, Peeled) and isinstance(one.inner, str)) for one in found or [])
    unwrap(orjson.dumps(record).decode())


@each
def test_example_is_no_part_of_a_longer_line(envelope):
    assert not may_be_partial(envelope.example.encode())


def test_first_bytes_tell_splitting_envelopes_apart():
    firsts = [{prefix[:1] for prefix in envelope.splitting.prefixes} for envelope in ENVELOPES if envelope.splitting]
    assert sum(map(len, firsts)) == len(set().union(*firsts))


@splitting
def test_rewrapping_changes_the_text_alone(envelope):
    before = layer(envelope, envelope.example)
    for partial in (False, True):
        line = envelope.splitting.rewrap(envelope.example, 'new "text"', partial)
        assert layer(envelope, line) == before._replace(inner='new "text"', partial=partial)
        assert may_be_partial(line.encode()) == partial
