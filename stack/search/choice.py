"""The backend that the settings choose."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from stack.search.base import SearchBackend
from stack.search.embedded.backend import EmbeddedBackend

if TYPE_CHECKING:
    from stack.search.elasticsearch.address import SearchServers


def choose_backend() -> SearchBackend:
    """One backend per process and index (`SEARCH_BACKEND`, `SEARCH_INDEX` or `SEARCH`)."""
    if settings.SEARCH_BACKEND == "elasticsearch":
        return _open_servers(settings.SEARCH)
    return _open_folder(Path(settings.SEARCH_INDEX))


@lru_cache(maxsize=8)
def _open_folder(folder: Path) -> SearchBackend:
    return EmbeddedBackend(folder)


@lru_cache(maxsize=8)
def _open_servers(servers: "SearchServers") -> SearchBackend:
    # The transport is installed only where it is used (the extra `scale`).
    from stack.search.elasticsearch.backend import ElasticsearchBackend

    return ElasticsearchBackend(servers)
