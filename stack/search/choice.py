"""The backend that the settings choose."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from stack.search.base import SearchBackend
from stack.search.embedded.backend import EmbeddedBackend


def choose_backend() -> SearchBackend:
    """One backend per process and index folder (`SEARCH_BACKEND`, `SEARCH_INDEX`)."""
    return _open_backend(settings.SEARCH_BACKEND, Path(settings.SEARCH_INDEX))


@lru_cache(maxsize=8)
def _open_backend(name: str, folder: Path) -> SearchBackend:
    if name != "embedded":
        raise ValueError(f"SEARCH_BACKEND: there is no search backend {name!r}; expected embedded")
    return EmbeddedBackend(folder)
