"""Why an outgoing request came to nothing. Each names the host, never a path, a parameter or a header."""

from stack.core.errors import Unavailable


class HttpFailure(Unavailable):
    """A request without an answer that can be used. `host` is the host's name, with its port."""

    title = "The other server cannot be used"

    def __init__(self, host: str, problem: str, *, remedy: str = "") -> None:
        super().__init__(f"{host} {problem}", remedy=remedy)
        self.host = host


class AddressRefused(HttpFailure):
    """The address is none that Stack may ask: not public, and not allowed by the operator."""


class Unreachable(HttpFailure):
    """No address for the name, or nobody takes the connection."""


class TimedOut(HttpFailure):
    """Slower than a limit allows."""


class TooLarge(HttpFailure):
    """More bytes than a limit allows."""


class TlsFailure(HttpFailure):
    """No connection that is private: a certificate that does not hold, or no version in common."""


class BrokenAnswer(HttpFailure):
    """What came is no whole answer in HTTP."""
