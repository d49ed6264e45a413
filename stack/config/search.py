"""`STACK_SEARCH*` as settings: the index in the data folder, or servers of Elasticsearch or OpenSearch."""

import re
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from stack.config.environment import (
    SettingError,
    read_choice,
    read_integer,
    read_list,
    read_secret,
    read_text,
)
from stack.search.elasticsearch.address import SearchServers

BACKENDS = ("embedded", "elasticsearch")
_PREFIX = re.compile(r"[a-z][a-z0-9_-]{0,40}")


def read_backend() -> str:
    return read_choice("STACK_SEARCH", "embedded", BACKENDS)


def configure_search(*, is_production: bool) -> SearchServers:
    """The servers of `STACK_SEARCH=elasticsearch`: Elasticsearch 8 or 9, or OpenSearch 3."""
    urls = tuple(url.rstrip("/") for url in read_list("STACK_SEARCH_URLS"))
    password, key = read_secret("STACK_SEARCH_PASSWORD"), read_secret("STACK_SEARCH_API_KEY")
    servers = SearchServers(
        urls=urls,
        user=read_text("STACK_SEARCH_USER"),
        password=password,
        api_key=key,
        ca_file=_read_file("STACK_SEARCH_CA"),
        prefix=_read_prefix(),
        shards=read_integer("STACK_SEARCH_SHARDS", 1, low=1, high=1024),
        replicas=_read_replicas(),
    )
    for url in urls:
        _check_url(url)
    if read_backend() == "elasticsearch":
        _check_use(servers, is_production=is_production)
    return servers


def _check_use(servers: SearchServers, *, is_production: bool) -> None:
    if find_spec("elastic_transport") is None:
        raise SettingError("STACK_SEARCH", "elasticsearch needs what “pip install stack-cti[scale]” brings")
    if not servers.urls:
        raise SettingError(
            "STACK_SEARCH_URLS",
            "STACK_SEARCH=elasticsearch needs the addresses of its nodes, such as https://node1:9200",
        )
    if servers.api_key and (servers.user or servers.password):
        raise SettingError("STACK_SEARCH_API_KEY", "set either an API key or a user and password, not both")
    if bool(servers.user) != bool(servers.password):
        raise SettingError(
            "STACK_SEARCH_USER", "a user and a password (STACK_SEARCH_PASSWORD) belong together"
        )
    if is_production and (servers.api_key or servers.password):
        for url in servers.unencrypted:
            raise SettingError(
                "STACK_SEARCH_URLS",
                f"production does not send a password or key unencrypted to {url}; use https://",
            )


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        is_usable, parts = False, urlsplit("")
    if not is_usable or parts.query or parts.fragment:
        raise SettingError("STACK_SEARCH_URLS", "expected addresses such as https://node1:9200, with commas")
    if parts.username or parts.password:
        raise SettingError(
            "STACK_SEARCH_URLS", "names a user: use STACK_SEARCH_USER and STACK_SEARCH_PASSWORD_FILE instead"
        )


def _read_file(name: str) -> Path | None:
    text = read_text(name)
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise SettingError(name, f"there is no file {text}")
    return path


def _read_prefix() -> str:
    prefix = read_text("STACK_SEARCH_PREFIX") or "stack"
    if not _PREFIX.fullmatch(prefix):
        raise SettingError(
            "STACK_SEARCH_PREFIX", f"expected small letters, digits, - and _ after a letter, got {prefix!r}"
        )
    return prefix


def _read_replicas() -> int | None:
    """None: one where there are several nodes, none where there is one."""
    text = read_text("STACK_SEARCH_REPLICAS")
    return read_integer("STACK_SEARCH_REPLICAS", 0, low=0, high=20) if text else None
