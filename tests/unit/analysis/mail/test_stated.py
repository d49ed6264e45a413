from stack.analysis.mail.stated import find_client, read_stated
from stack.analysis.mail.wire import parse_mail


def test_results_are_read_with_who_states_them_and_of_whom() -> None:
    fields = parse_mail(
        b"Authentication-Results: mx.corp.example 1;\r\n dkim=pass (2048-bit key; x) header.d=firm.ex;\r\n"
        b" spf=softfail smtp.mailfrom=a@firm.ex; dmarc=fail (p=reject) header.from=bank.ex; foo=bar\r\n"
        b"ARC-Authentication-Results: i=2; list.example; arc=pass\r\n"
        b'Received-SPF: Fail (no) client-ip=198.51.100.7; envelope-from="a@firm.ex"; receiver=mx2.ex;\r\n\r\n'
    ).fields
    assert [
        (each.server, each.method, each.result, each.about, each.instance) for each in read_stated(fields)
    ] == [
        ("mx.corp.example", "dkim", "pass", "firm.ex", 0),
        ("mx.corp.example", "spf", "softfail", "a@firm.ex", 0),
        ("mx.corp.example", "dmarc", "fail", "bank.ex", 0),
        ("list.example", "arc", "pass", "", 2),
        ("mx2.ex", "spf", "fail", "a@firm.ex", 0),
    ]
    assert find_client(fields) == "198.51.100.7"


def test_what_a_sender_writes_of_its_own_address_is_not_believed() -> None:
    """Else an address that may send for somebody would vouch for a mail that came from another."""
    stated = b"Received-SPF: pass client-ip=203.0.113.9\r\n"
    inner = b"Received: from mx ([10.0.0.2]) by mail.corp.example; x\r\n"
    outer = b"Received: from out ([198.51.100.7]) by mx.corp.example; x\r\n"
    assert find_client(parse_mail(inner + stated + outer + b"\r\n").fields) == "203.0.113.9"
    assert find_client(parse_mail(inner + outer + stated + b"\r\n").fields) == ""


def test_a_flood_of_results_is_bounded() -> None:
    fields = parse_mail(b"Authentication-Results: a; spf=pass\r\n" * 500 + b"\r\n").fields
    assert len(read_stated(fields)) == 60
