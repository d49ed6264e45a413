"""The client's address: `X-Forwarded-For` counts as far as trusted proxies wrote it, and no further."""

import pytest

from stack.core.addresses import find_client_address, is_trusted, read_networks

TRUSTED = read_networks(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("198.51.100.7", "", "198.51.100.7"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "192.0.2.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, unknown", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.9, , 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "203.0.113.9:4711", "203.0.113.9"),
        ("fd00::1", "[2001:db8::7]:4711", "2001:db8::7"),
        ("fd00::1", "2001:DB8:0:0::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "::ffff:203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "fe80::1%<script>", "10.0.0.1"),
        ("", "203.0.113.9", ""),
        ("unix:", "203.0.113.9", ""),
    ],
)
def test_the_first_address_that_is_no_trusted_proxy_is_the_client(
    remote: str, forwarded: str, client: str
) -> None:
    assert find_client_address(remote, forwarded, trusted=TRUSTED) == client


def test_nobody_is_believed_where_nobody_is_trusted() -> None:
    assert find_client_address("10.0.0.1", "203.0.113.9", trusted=()) == "10.0.0.1"
    assert not is_trusted("10.0.0.1", trusted=())


def test_a_block_with_host_bits_is_refused() -> None:
    with pytest.raises(ValueError, match=r"10\.0\.0\.1/8"):
        read_networks(["10.0.0.1/8"])
