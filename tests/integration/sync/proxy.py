"""A network between two servers that fails: it parts them, delays, cuts answers off and says things twice."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_PIECE = 16_384


@dataclass
class Proxy:
    """Passes connections on to `upstream`, a port of this machine, through `port`. `requests` counts what was
    let through."""

    upstream: int
    port: int = 0
    is_parted: bool = False
    delay_s: float = 0.0
    cuts: float = 0.0
    repeats: float = 0.0
    requests: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(6))

    def heal(self) -> None:
        self.is_parted, self.delay_s, self.cuts, self.repeats = False, 0.0, 0.0, 0.0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(client,), daemon=True).start()

    def _pass(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            if self.is_parted:
                return
            time.sleep(self.delay_s)
            with socket.create_connection(("127.0.0.1", self.upstream), timeout=10) as server:
                said = bytearray()
                upward = threading.Thread(target=self._pump_up, args=(client, server, said), daemon=True)
                upward.start()
                self._pump_down(server, client)
            if self.chance.random() < self.repeats and said:
                self._say_again(bytes(said))

    def _pump_up(self, client: socket.socket, server: socket.socket, said: bytearray) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(_PIECE):
                self.requests += piece.count(b"HTTP/1.1\r\n")
                said += piece
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def _pump_down(self, server: socket.socket, client: socket.socket) -> None:
        left = self.chance.randrange(1, 3_000) if self.chance.random() < self.cuts else None
        while (piece := server.recv(_PIECE)) and not self.is_parted:
            client.sendall(piece if left is None else piece[:left])
            if left is not None:
                left -= len(piece)
                if left <= 0:
                    return

    def _say_again(self, said: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.upstream), timeout=5) as server:
            server.sendall(said)
            server.settimeout(2)
            with contextlib.suppress(TimeoutError):
                while server.recv(_PIECE):
                    pass


@contextlib.contextmanager
def open_proxy(upstream: int) -> Iterator[Proxy]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(upstream, listener.getsockname()[1])
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        yield proxy
