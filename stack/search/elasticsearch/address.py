"""Where the search servers are and how they are spoken to."""

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class SearchServers:
    """Nodes of one cluster of Elasticsearch 8 or 9, or OpenSearch 3.

    `replicas` is None for one where there are several nodes. `patience_s` is how long a request waits to
    learn whether a node lives; secrets are in no `repr`.
    """

    urls: tuple[str, ...] = ()
    user: str = ""
    password: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)
    ca_file: Path | None = None
    prefix: str = "stack"
    shards: int = 1
    replicas: int | None = None
    patience_s: float = 1.0

    @property
    def unencrypted(self) -> tuple[str, ...]:
        """Addresses on other machines to which everything goes in the clear."""
        return tuple(url for url in self.urls if not is_private(url))


def is_private(url: str) -> bool:
    """Whether nobody between here and there can read along: TLS, or the same machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or parts.hostname == "localhost":
        return True
    try:
        return ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False
