"""The one transaction of an act: what is written and what is recorded of it stand or fall together."""

from contextlib import AbstractContextManager

from django.db import router, transaction

from stack.accounts.models import User


def writing() -> AbstractContextManager[None]:
    return transaction.atomic(using=router.db_for_write(User))
