"""What the libraries underneath report, as failures that name the host and nothing else."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

import httpcore2
import httpx2

from stack.core.http.errors import BrokenAnswer, HttpFailure, TimedOut, TlsFailure, Unreachable

_PROBLEMS: tuple[tuple[type[Exception], type[HttpFailure], str], ...] = (
    (httpcore2.ConnectTimeout, TimedOut, "does not take the connection in time"),
    (httpcore2.TimeoutException, TimedOut, "sends nothing for longer than an answer may pause"),
    (httpcore2.ConnectError, Unreachable, "does not take the connection"),
    (httpcore2.NetworkError, Unreachable, "broke the connection off"),
)


@contextmanager
def translating(host: str) -> Iterator[None]:
    """Raises `HttpFailure` for whatever goes wrong inside the block; the cause is cut off with its texts."""
    try:
        yield
    except (httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError) as error:
        raise _explain(host, error) from None
    except httpx2.DecodingError:
        raise BrokenAnswer(host, "sends compressed data that is damaged") from None
    except (ssl.SSLError, ssl.CertificateError) as error:
        raise _explain_tls(host, error) from None
    except OSError:
        raise Unreachable(host, "broke the connection off") from None


def _explain(host: str, error: Exception) -> HttpFailure:
    cause = _find_tls_error(error)
    if cause is not None:
        return _explain_tls(host, cause)
    for kind, failure, problem in _PROBLEMS:
        if isinstance(error, kind):
            return failure(host, problem)
    if "complete message body" in str(error):
        return BrokenAnswer(host, "broke off in the middle of its answer")
    return BrokenAnswer(host, "does not answer in HTTP")


def _explain_tls(host: str, error: ssl.SSLError | ssl.CertificateError) -> TlsFailure:
    if isinstance(error, ssl.SSLCertVerificationError):
        return TlsFailure(
            host,
            f"has a certificate that does not hold: {error.verify_message}",
            remedy="Give the certificate of its authority, if it is one of your own.",
        )
    return TlsFailure(host, f"agrees to no private connection ({error.reason or 'TLS'})")


def _find_tls_error(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, ssl.SSLError):
            return seen
        seen = seen.__cause__ or seen.__context__
    return None
