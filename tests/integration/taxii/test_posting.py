"""What is posted: taken in, put into the collection, and told object by object."""

import json
from typing import Any

import pytest

from stack.jobs.models import Job
from stack.jobs.operations import run_inline
from tests.integration.store.conftest import make_object
from tests.integration.taxii.conftest import Taxii

pytestmark = pytest.mark.django_db


def post(taxii: Taxii, base: str, *objects: Any) -> Any:
    return taxii.ask("POST", f"{base}/objects/", json.dumps({"objects": objects}).encode())


def work() -> None:
    for job in Job.objects.filter(state="queued"):
        run_inline(job.pk)


def test_a_post_is_taken_in_and_served(taxii: Taxii, base: str) -> None:
    rat = make_object("malware", "Rat", is_family=True)
    answer = post(taxii, base, rat, {"type": "malware", "id": "nonsense"})
    assert answer.status_code == 202, answer.content
    work()
