"""What is served of a collection, and how it is paged."""

import pytest

from tests.integration.store.conftest import make_object
from tests.integration.taxii.conftest import Put, Taxii

pytestmark = pytest.mark.django_db


def test_objects_are_served_byte_for_byte(taxii: Taxii, base: str, put: Put) -> None:
    put(make_object("malware", "Rat", is_family=True))
    answer = taxii.get(f"{base}/objects/")
    assert answer.status_code == 200
    assert answer.content.startswith(
        b'{"objects":[{"type": "malware", "spec_version": "2.1", "id": "malware--'
    )
    assert answer.content.endswith(b'}],"more":false}')
