"""Every client gets every object, those that keep exact places each once, also while writers commit."""

from collections import Counter

import pytest

from tests.integration.taxii_peers.conftest import Run
from tests.integration.taxii_peers.readers import READERS, Reader


@pytest.mark.parametrize("collection", ["posted", "live"])
@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_reader_gets_every_object(run: Run, reader: Reader, collection: str) -> None:
    key = (collection, reader.name)
    if key in run.failures:
        raise run.failures[key]
    times = Counter(run.found[key])
    assert times.keys() >= run.expected[collection], "objects were lost"
    assert times.keys() == run.expected[collection], "objects came that nobody wrote"
    if not reader.repeats:
        assert [stix_id for stix_id, count in times.items() if count > 1] == []
