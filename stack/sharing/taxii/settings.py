"""What is set about the TAXII server; `stack.config.taxii` reads it from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TaxiiSettings:
    """`title` and `contact` are told by the discovery. A page has at most `page` objects, a post at most
    `post_bytes`; what became of a post is told for `status_days`.

    `certificate_header` is the header in which a trusted proxy tells the client certificate that it checked;
    empty: none is believed. `certificates` are prefixes of API keys by SHA-256 fingerprint.
    """

    title: str = "Stack"
    contact: str = ""
    page: int = 1000
    post_bytes: int = 32 * 1024 * 1024
    status_days: int = 7
    certificate_header: str = ""
    certificates: Mapping[str, str] = field(default_factory=dict)
