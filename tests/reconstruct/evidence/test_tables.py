from logtrace.reconstruct.evidence.priors import NOTHING, Model, Told
from logtrace.reconstruct.evidence.tables import tables_of

KNOWN = Model.of({(("a", "get", ""), ("b", "read", "")): Told(known=3)})


def test_the_tables_of_a_model_are_made_once_and_never_those_of_another():
    found = tables_of(KNOWN)
    assert found.any_known
    assert tables_of(KNOWN._replace()) is found
    assert not tables_of(NOTHING).any_known
    assert tables_of(KNOWN).any_known
