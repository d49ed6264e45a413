"""Why a visit to a feed came to nothing."""

from enum import StrEnum

from stack.core.errors import FieldError, StackError


class Cause(StrEnum):
    """What somebody has to look at: nobody, but for the credentials and the address."""

    CREDENTIALS = "credentials"
    ADDRESS = "address"
    RATE = "rate"
    SERVER = "server"
    NETWORK = "network"
    SIZE = "size"
    FORMAT = "format"
    STACK = "stack"


class FeedFailure(StackError):
    """`retry_after` in seconds, where the server asked for it. Tried again on the feed's own schedule."""

    title = "The feed cannot be fetched"
    status = 502
    exit_code = 5

    def __init__(
        self,
        cause: Cause,
        detail: str,
        *,
        remedy: str = "",
        errors: tuple[FieldError, ...] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(detail, remedy=remedy, errors=errors)
        self.cause = cause
        self.retry_after = retry_after


class FeedRefused(FeedFailure):
    """Stack does not ask for it: a credential is missing, or the address is none that it may ask."""

    title = "The feed cannot be asked for"
    status = 422
    exit_code = 2
