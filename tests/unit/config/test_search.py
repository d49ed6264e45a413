"""`STACK_SEARCH…`: what is accepted, and what stops the start with words that help."""

from pathlib import Path

import pytest

from stack.config.environment import SettingError
from stack.config.search import configure_search, read_backend

NODE = "https://node1:9200"


@pytest.fixture(autouse=True)
def servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STACK_SEARCH", "elasticsearch")
    monkeypatch.setenv("STACK_SEARCH_URLS", f"{NODE}/, https://node2:9200")


def test_the_default_is_the_index_in_the_data_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STACK_SEARCH")
    monkeypatch.delenv("STACK_SEARCH_URLS")
    assert read_backend() == "embedded"
    assert configure_search(is_production=True).urls == ()


def test_all_that_can_be_said_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key, authority = tmp_path / "key", tmp_path / "ca.pem"
    key.write_text("abc\n")
    authority.write_text("")
    for name, value in {
        "API_KEY_FILE": str(key),
        "CA": str(authority),
        "PREFIX": "cti",
        "SHARDS": "3",
        "REPLICAS": "2",
    }.items():
        monkeypatch.setenv(f"STACK_SEARCH_{name}", value)
    servers = configure_search(is_production=True)
    assert servers.urls == (NODE, "https://node2:9200")
    assert (servers.api_key, servers.ca_file, servers.prefix) == ("abc", authority, "cti")
    assert (servers.shards, servers.replicas) == (3, 2)
    assert "abc" not in repr(servers)
    assert servers.unencrypted == ()


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"URLS": ""}, "URLS"),
        ({"URLS": "node1:9200"}, "URLS"),
        ({"URLS": "ftp://node1"}, "URLS"),
        ({"URLS": "https://node1:99999"}, "URLS"),
        ({"URLS": "https://user:word@node1"}, "USER"),
        ({"USER": "stack"}, "PASSWORD"),
        ({"USER": "stack", "PASSWORD": "x", "API_KEY": "y"}, "API_KEY"),
        ({"URLS": "http://node1:9200", "API_KEY": "y"}, "https://"),
        ({"CA": "/nowhere/ca.pem"}, "CA"),
        ({"PREFIX": "Stack*"}, "PREFIX"),
        ({"SHARDS": "0"}, "SHARDS"),
        ({"REPLICAS": "-1"}, "REPLICAS"),
    ],
)
def test_what_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], named: str
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"STACK_SEARCH_{name}", value)
    with pytest.raises(SettingError, match=named) as caught:
        configure_search(is_production=True)
    assert "word@" not in str(caught.value)


def test_without_a_secret_other_machines_may_be_spoken_to_in_the_clear_and_are_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STACK_SEARCH_URLS", "http://node1:9200,http://127.0.0.1:9200,http://localhost:9201")
    assert configure_search(is_production=True).unencrypted == ("http://node1:9200",)
