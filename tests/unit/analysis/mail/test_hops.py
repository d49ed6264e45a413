import pytest

from stack.analysis.mail.hops import MOST_HOPS, find_boundary, is_outside, read_hops

_AT = "; Mon, 05 Jan 2026 10:00:00 +0000"


@pytest.mark.parametrize(
    ("text", "greeting", "reverse", "address", "by", "protocol"),
    [
        (
            "from a.example (b.example [198.51.100.7]) by mx.corp.example (Postfix) with ESMTPS id 1",
            "a.example", "b.example", "198.51.100.7", "mx.corp.example", "ESMTPS",
        ),
        (
            "from b.example ([198.51.100.7] helo=a.example) by mx.corp.example with esmtp (Exim 4.96)",
            "a.example", "b.example", "198.51.100.7", "mx.corp.example", "esmtp",
        ),
        (
            "from A.eurprd.example (2603:10a6:20b:3::5) by B.eurprd.example with HTTPS",
            "A.eurprd.example", "", "2603:10a6:20b:3::5", "B.eurprd.example", "HTTPS",
        ),
        (
            "from [198.51.100.7] (unknown [IPv6:2001:db8::1]) by mx.corp.example with SMTP",
            "198.51.100.7", "", "198.51.100.7", "mx.corp.example", "SMTP",
        ),
        ("(qmail 5 invoked from network)", "", "", "", "", ""),
        ("by 2002:a05:6214:21:b0::1 with SMTP id x", "", "", "", "2002:a05:6214:21:b0::1", "SMTP"),
    ],
)  # fmt: skip
def test_servers_write_it_in_many_ways(
    text: str, greeting: str, reverse: str, address: str, by: str, protocol: str
) -> None:
    hop = read_hops([text + _AT])[0]
    assert (hop.greeting, hop.reverse, hop.address, hop.by, hop.protocol) == (
        greeting, reverse, address, by, protocol,
    )  # fmt: skip
    assert hop.at == 1767607200000000


def test_hops_are_in_the_order_of_time_with_their_delays() -> None:
    hops = read_hops(
        [
            "from b.example by c.example; Mon, 05 Jan 2026 10:00:30 +0000",
            "from a.example by b.example; no date",
            "by a.example; Mon, 05 Jan 2026 12:00:00 +0100",
        ]
    )
    assert [(hop.by, hop.delay_s) for hop in hops] == [
        ("a.example", None),
        ("b.example", None),
        ("c.example", -3570.0),
    ]
    assert hops[0].offset == 60


def test_the_boundary_is_the_newest_hop_from_outside() -> None:
    hops = read_hops(
        [
            f"from mx (mx [10.1.2.3]) by mail.corp.example{_AT}",
            f"from out (out [198.51.100.7]) by mx.corp.example{_AT}",
            f"from forged (forged [203.0.113.9]) by elsewhere.example{_AT}",
        ]
    )
    found = find_boundary(hops)
    assert found is not None
    assert found.address == "198.51.100.7"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("fe80::1", False),
        ("198.51.100.7", True),
        ("2a00::1", True),
        ("x", False),
    ],
)
def test_what_is_outside(address: str, expected: bool) -> None:
    assert is_outside(address) is expected


def test_the_oldest_of_too_many_hops_are_left_out() -> None:
    hops = read_hops([f"from a by number-{number}.example{_AT}" for number in range(MOST_HOPS + 50)])
    assert len(hops) == MOST_HOPS
    assert hops[-1].by == "number-0.example"
