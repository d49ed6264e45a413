"""A DNS server on loopback that says what a test wants: over UDP, and over TCP where an answer was cut."""

import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Records = Mapping[tuple[str, str], list[str]]


@dataclass
class DnsServer:
    """`records` are by (name, type); a name with none of any type is NXDOMAIN. `asked` has every question.

    `broken` are names that are answered with SERVFAIL, `silent` those that are not answered at all.
    """

    records: Records
    broken: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    ttl: int = 300
    asked: list[tuple[str, str]] = field(default_factory=list)
    port: int = 0

    def answer(self, query: bytes, *, most: int) -> bytes | None:
        message = dns.message.from_wire(query)
        question = message.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        reply = dns.message.make_response(message, recursion_available=True)
        if name in self.broken:
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif texts := self.records.get((name, kind)):
            reply.answer.append(dns.rrset.from_text(question.name, self.ttl, "IN", kind, *texts))
        elif not any(name == known for known, _ in self.records):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        wire = reply.to_wire(max_size=65535)
        if len(wire) > most:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            wire = reply.to_wire()
        return wire


@contextmanager
def serve_dns(records: Records, **choices: Any) -> Iterator[DnsServer]:
    server = DnsServer(records, **choices)

    class Datagrams(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, socket = self.request
            if (wire := server.answer(query, most=512)) is not None:
                socket.sendto(wire, self.client_address)

    class Streams(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            if (wire := server.answer(self.rfile.read(length), most=65535)) is not None:
                self.wfile.write(struct.pack("!H", len(wire)) + wire)

    class Tcp(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Datagrams) as udp:
        server.port = udp.server_address[1]
        udp.daemon_threads = True
        with Tcp(("127.0.0.1", server.port), Streams) as tcp:
            threads = [threading.Thread(target=each.serve_forever, args=(0.02,)) for each in (udp, tcp)]
            for thread in threads:
                thread.start()
            try:
                yield server
            finally:
                udp.shutdown()
                tcp.shutdown()
                for thread in threads:
                    thread.join()
