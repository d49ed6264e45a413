"""What a database that cannot do its work is called, for the faces: nothing is wrong with the request."""

from django.db import InterfaceError, OperationalError

from stack.core.errors import Unavailable

RETRY_AFTER_S = 5


def explain_database_failure(error: BaseException | None) -> Unavailable | None:
    """The failure of a database that is away, full, locked or too slow; None for any other error.

    The driver's own words stay in the log: they name hosts and users.
    """
    if not isinstance(error, OperationalError | InterfaceError):
        return None
    if "full" in str(error) or "No space left" in str(error):
        return Unavailable(
            "The database has no room left, so nothing was written",
            remedy="Make room on the disk of the database, then try again.",
        )
    if "statement timeout" in str(error):
        return Unavailable(
            "The database took too long to answer, so the question was given up",
            remedy="Ask for less at once, or try again when there is less to do.",
        )
    return Unavailable(
        "The database does not answer, so nothing was read or written",
        remedy="Try again in a few seconds; “stack doctor” on the server says more.",
    )
