"""What the services of abuse.ch say about how a query went."""

import orjson
import pytest

from stack.analysis.abuse_ch import is_found
from stack.analysis.base import MalformedAnswer, NotLetIn, ProviderReply


def reply(status: object) -> ProviderReply:
    return ProviderReply(200, {}, orjson.dumps({"query_status": status}), 1)


@pytest.mark.parametrize(
    ("status", "expected"),
    [("ok", True), ("no_results", False), ("no_result", False), ("hash_not_found", False)],
)
def test_something_is_found_or_nothing(status: str, expected: bool) -> None:
    assert is_found(reply(status)) is expected


@pytest.mark.parametrize("status", ["unknown_auth_key", "no_auth_key", "user_blacklisted"])
def test_a_key_that_is_not_good_is_said_so(status: str) -> None:
    with pytest.raises(NotLetIn, match="Auth-Key"):
        is_found(reply(status))


@pytest.mark.parametrize("status", ["http_post_expected", "", "\x00" * 5000, None, 7.5, {}])
def test_another_status_is_malformed(status: object) -> None:
    with pytest.raises(MalformedAnswer):
        is_found(reply(status))
