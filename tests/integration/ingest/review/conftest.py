from collections.abc import Callable
from typing import Any, Protocol

import pytest

from stack.accounts.principal import Principal
from stack.ingest.review.operations import add_document
from stack.ingest.review.queries import get_review
from stack.ingest.review.records import ReviewDetail
from stack.jobs.operations import run_inline

REPORT = (
    b"The EvilLoader campaign\n\n"
    b"The loader calls hxxps://evil[.]example/gate.php and 198.51.100[.]7. It drops "
    b"44d88612fea8a8f36de82e1278abb02f as C:\\Users\\Public\\a.exe and resolves google[.]com.\n"
    b"It exploits CVE-2024-3400, runs T1059.001 and is paid to 1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa.\n"
    b"See https://vendor.example/blog for more, and window.name.\n"
)


class Review(Protocol):
    def __call__(self, data: bytes = REPORT, name: str = "report.txt", **options: Any) -> ReviewDetail: ...


@pytest.fixture
def review(principal: Principal) -> Callable[..., ReviewDetail]:
    """Adds a document, has it read, and gives its review."""

    def run(data: bytes = REPORT, name: str = "report.txt", **options: Any) -> ReviewDetail:
        row = add_document(principal, chunks=[data], filename=name, **options)
        if row.job_id is not None:
            run_inline(row.job_id)
        detail = get_review(principal, row.id)
        assert detail is not None
        return detail

    return run
