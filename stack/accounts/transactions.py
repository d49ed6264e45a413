"""The one transaction of an act: what is written and what is recorded of it stand or fall together."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import router, transaction

from stack.accounts.models import User
from stack.core.acts import recording_last


@contextmanager
def writing() -> Iterator[None]:
    """A transaction whose acts are recorded as its last statements, wherever in it they happen."""
    with transaction.atomic(using=router.db_for_write(User)), recording_last():
        yield
