"""What is set about the TAXII server; `stack.config.taxii` reads it from the environment."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TaxiiSettings:
    """`title` and `contact` are told by the discovery. A page has at most `page` objects, a post at most
    `post_bytes`; what became of a post is told for `status_days`."""

    title: str = "Stack"
    contact: str = ""
    page: int = 1000
    post_bytes: int = 32 * 1024 * 1024
    status_days: int = 7
