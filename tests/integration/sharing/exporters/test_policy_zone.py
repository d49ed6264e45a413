"""The response policy zone in a real server: what BIND loads, and what its clients are told."""

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest

from tests.exports import make_indicator, make_values, write_export
from tests.services import report_absent

pytestmark = [pytest.mark.enable_socket, pytest.mark.usefixtures("bind")]
_VALUES = [
    "domain-name=bad.example",
    "domain-name=_odd-.example",
    f"domain-name={'a' * 60}.{'b' * 60}.{'c' * 60}.example",
    f"domain-name={'d' * 63}.{'e' * 63}.{'f' * 63}.{'a' * 50}.example",
    "ipv4-addr=198.51.100.7",
    "ipv4-addr=203.0.113.0/24",
    "ipv6-addr=2001:db8::7",
    "ipv6-addr=2001:db8:0:1::/64",
    "ipv6-addr=2001:db8:1:2:3:4:5:6",
    "ipv6-addr=2001:db8:a::b:0:0:1",
]
_AUTHORITATIVE = """$TTL 60
@ IN SOA localhost. hostmaster.localhost. 1 60 60 60 60
@ IN NS localhost.
fine IN A 192.0.2.1
seven IN A 198.51.100.7
network IN A 203.0.113.99
six IN AAAA 2001:db8::7
sixnet IN AAAA 2001:db8:0:1::9
sixfull IN AAAA 2001:db8:1:2:3:4:5:6
sixgap IN AAAA 2001:db8:a::b:0:0:1
"""
_CONFIGURATION = """
options {{
  directory "{folder}"; pid-file "{folder}/pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; allow-recursion {{ any; }}; dnssec-validation no; forwarders {{ }}; forward only;
  response-policy {{ zone "rpz.test"; }} break-dnssec yes recursive-only no qname-wait-recurse no;
}};
controls {{ }};
zone "rpz.test" {{ type primary; file "rpz"; }};
zone "test" {{ type primary; file "test"; }};
"""


def _write_zone(**options: str) -> str:
    evil = make_indicator(
        "[domain-name:value = 'evil.example']", name="x\n@ IN A 192.0.2.66\n$INCLUDE /etc/passwd"
    )
    return write_export("rpz", [*make_values(*_VALUES), evil], **options)[0]


def _find_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def bind() -> None:
    if not (shutil.which("named") and shutil.which("named-checkzone")):
        report_absent("named", "apt-get install bind9 bind9-utils")


@pytest.fixture
def ask(tmp_path: Path) -> Iterator[Callable[[str, str], dns.message.Message]]:
    """Asks a server that has the zone as its policy."""
    port = _find_port()
    (tmp_path / "rpz").write_text(_write_zone())
    (tmp_path / "test").write_text(_AUTHORITATIVE)
    (tmp_path / "named.conf").write_text(_CONFIGURATION.format(folder=tmp_path, port=port))
    log = (tmp_path / "log").open("wb")
    with (
        log,
        subprocess.Popen(
            ["named", "-g", "-n", "1", "-c", str(tmp_path / "named.conf")], stdout=log, stderr=log
        ) as server,
    ):

        def ask_server(name: str, kind: str) -> dns.message.Message:
            return dns.query.udp(dns.message.make_query(name, kind), "127.0.0.1", port=port, timeout=3)

        try:
            _wait_for(ask_server, server, tmp_path / "log")
            yield ask_server
        finally:
            server.terminate()
    told = (tmp_path / "log").read_text()
    assert "invalid rpz" not in told
    assert "rpz: rpz.test: reload done: success" in told


def _wait_for(
    ask_server: Callable[[str, str], dns.message.Message], server: subprocess.Popen[bytes], log: Path
) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end and server.poll() is None:
        if "reload done" in log.read_text():
            ask_server("fine.test", "A")
            return
        time.sleep(0.05)
    pytest.fail(log.read_text())


@pytest.mark.parametrize(
    "options", [{}, {"subdomains": "no"}, {"action": "redirect", "target": "Garden.example"}]
)
def test_the_zone_is_one(tmp_path: Path, options: dict[str, str]) -> None:
    zone = tmp_path / "zone"
    zone.write_text(_write_zone(**options))
    checked = subprocess.run(
        ["named-checkzone", "-k", "fail", "a-long-name-of-a-policy-zone.rpz.intranet.example", str(zone)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stdout
    assert "loaded serial 1790000000" in checked.stdout


def test_clients_are_told_what_the_zone_says(ask: Callable[[str, str], dns.message.Message]) -> None:
    for name in ("bad.example", "www.bad.example", "_odd-.example", "a.b.evil.example"):
        assert ask(name, "A").rcode() is dns.rcode.NXDOMAIN, name
    assert ask("fine.test", "A").answer
    for name, kind in (
        ("seven", "A"),
        ("network", "A"),
        ("six", "AAAA"),
        ("sixnet", "AAAA"),
        ("sixfull", "AAAA"),
        ("sixgap", "AAAA"),
    ):
        told = ask(f"{name}.test", kind)
        assert (told.rcode(), told.answer) == (dns.rcode.NXDOMAIN, []), name
