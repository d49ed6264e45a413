"""Which backend a command talks to: a server when `STACK_URL` is set, else the data folder here."""

import logging
import os

from stack.cli.backend.base import Backend
from stack.cli.backend.people import People
from stack.cli.output import is_debugging
from stack.core.errors import BadInput


def is_remote() -> bool:
    return bool(os.environ.get("STACK_URL", "").strip())


def open_backend() -> Backend:
    """Ready to be asked; a data folder that is not there yet is created without a word."""
    if is_remote():
        from stack.cli.backend.remote import RemoteBackend

        return RemoteBackend(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    from stack.cli.backend.local import LocalBackend

    return LocalBackend()


def open_people() -> People:
    """The same for what concerns organisations, members, groups, invitations and keys."""
    if is_remote():
        from stack.cli.backend.people_remote import RemotePeople

        return RemotePeople(os.environ["STACK_URL"].strip(), read_token())
    start_local()
    from stack.cli.backend.people_local import LocalPeople

    return LocalPeople()


def start_local() -> None:
    """Make this process ready for the local database."""
    from stack.cli.initialise import initialise, start_django

    start_django()
    if not is_debugging() and not os.environ.get("STACK_LOG_LEVEL"):
        # What fails is said once, in words; the log with its tracebacks is for servers.
        logging.getLogger("stack").setLevel(logging.CRITICAL + 1)
    initialise()


def require_local(command: str) -> None:
    """For what can only be done beside the data: raises when `STACK_URL` points elsewhere."""
    if is_remote():
        raise BadInput(
            f"“{command}” works on the machine of the data only", remedy="Unset STACK_URL, or run it there."
        )


def read_token() -> str:
    token = os.environ.get("STACK_TOKEN", "").strip()
    path = os.environ.get("STACK_TOKEN_FILE", "").strip()
    if token or not path:
        return token
    try:
        with open(path, encoding="ascii") as file:  # noqa: PTH123 - pathlib would cost the start-up time
            return file.read().strip()
    except OSError as error:
        raise BadInput(f"STACK_TOKEN_FILE: cannot read {path}: {error.strerror}") from None
