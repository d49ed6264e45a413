"""A server process opens the vault before its first request or job, or does not start."""

import logging

from django.db import DatabaseError

from stack.core.errors import StackError
from stack.vault.operations import unlock_vault

_log = logging.getLogger(__name__)


def unlock_or_exit() -> None:
    """Ends the process where the vault's key is missing or another one.

    A database that does not answer is no reason: the process waits for it as before, and every use of a
    secret needs the right key anyway.
    """
    try:
        unlock_vault()
    except StackError as error:
        raise SystemExit(f"stack: {error.detail}\n  → {error.remedy}") from None
    except DatabaseError as error:
        _log.warning("the vault was not looked at, for the database does not answer: %s", error)
