"""Requests: credentials in their places, nothing that leads elsewhere, and a digest without secrets."""

from typing import ClassVar

import pytest

from stack.analysis.asking.composing import Upload, compose_request, digest_request, show_request
from stack.analysis.base import ProviderPlugin, ProviderRequest
from stack.core.plugin_options import Credential, Place

_ADDRESS = "https://service.example/api"


class Everywhere(ProviderPlugin):
    title = "Everywhere"
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("header", "Header key", Place.HEADER, field="X-Key", prefix="Token "),
        Credential("parameter", "Parameter key", Place.PARAMETER, field="key"),
        Credential("path", "Path key", Place.PATH, field="token"),
        Credential("user", "User", Place.USER),
        Credential("word", "Password", Place.PASSWORD),
        Credential("field", "Field key", Place.FIELD, field="secret"),
    )


PLUGIN = Everywhere({})
SECRETS = {"header": "h1", "parameter": "p&1", "path": "a/b", "user": "us", "word": "pw", "field": "f1"}


def test_each_credential_goes_where_it_belongs() -> None:
    request = ProviderRequest(path="/{token}/look", method="POST", json={"q": 1})
    composed = compose_request(PLUGIN, _ADDRESS, request, SECRETS)
    assert composed.url == f"{_ADDRESS}/a%2Fb/look"
    assert composed.headers["x-key"] == "Token h1"
    assert composed.headers["authorization"] == "Basic dXM6cHc="
    assert composed.params == {"key": "p&1"}
    assert composed.content == b'{"q":1,"secret":"f1"}'
    assert not any(secret in repr(composed) for secret in ("h1", "p&1", "a%2Fb", "dXM6cHc"))


def test_a_look_shows_titles_and_no_secret() -> None:
    shown = show_request(PLUGIN, _ADDRESS, ProviderRequest(path="/{token}/x", params={"q": "a b"}))
    assert shown.url == f"{_ADDRESS}/<Path%20key>/x?q=a%20b&key=<Parameter%20key>"
    assert dict(shown.headers)["authorization"] == "Basic <User>:<Password>"
    assert dict(shown.headers)["x-key"] == "Token <Header key>"


@pytest.mark.parametrize(
    "path", ["x", "//other.example/../x", "/a/../b", "/a?b=c", "/a#b", "/a b", "/a\r\nX: y", "/a\\b"]
)
def test_a_path_that_leads_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path"):
        compose_request(PLUGIN, _ADDRESS, ProviderRequest(path=path), {})


def test_a_file_goes_as_a_part_of_a_form() -> None:
    request = ProviderRequest(path="/files", method="POST", file_field="sample", form={"tlp": "clear"})
    composed = compose_request(PLUGIN, _ADDRESS, request, {}, upload=Upload("a.exe", b"MZ\r\n--x"))
    mark = composed.headers["content-type"].partition("boundary=")[2].encode()
    assert composed.content is not None
    assert composed.content.count(b"--" + mark) == 3
    assert b'name="tlp"\r\n\r\nclear\r\n' in composed.content
    assert b'name="sample"; filename="a.exe"' in composed.content
    evil = compose_request(PLUGIN, _ADDRESS, request, {}, upload=Upload('a"\r\nX: y', b""))
    assert b'filename="sample"' in (evil.content or b"")


def test_a_digest_tells_requests_apart_and_times_of_the_same() -> None:
    base = ProviderRequest(path="/a", params={"q": "1"})
    others = [
        ProviderRequest(path="/a", params={"q": "2"}),
        ProviderRequest(path="/a", params={"q": "1"}, method="POST"),
        ProviderRequest(path="/a", params={"q": "1"}, json={"x": 1}),
        ProviderRequest(path="/a", params={"q": "1"}, headers={"A": "b"}),
    ]
    digests = {digest_request(_ADDRESS, each, ordinal=1, has_login=False) for each in (base, *others)}
    digests |= {digest_request(_ADDRESS, base, ordinal=2, has_login=False)}
    digests |= {digest_request("https://other.example", base, ordinal=1, has_login=False)}
    assert len(digests) == 7
    signed = ProviderRequest(path="/a", headers={"Authorization": "Bearer one"})
    renewed = ProviderRequest(path="/a", headers={"Authorization": "Bearer two"})
    one, two = (digest_request(_ADDRESS, each, ordinal=1, has_login=True) for each in (signed, renewed))
    assert one == two
