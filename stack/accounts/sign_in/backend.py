"""Passwords: who a name and a password belong to, at the same cost whether there is such a user or not."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from stack.accounts.models import User
from stack.accounts.names import LONGEST_USER_NAME, fold_name
from stack.accounts.sign_in.passwords import LONGEST_PASSWORD


class PasswordBackend(ModelBackend):
    """The one backend: `get_user` is Django's, which gives nothing of a user who was disabled."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **others: Any,
    ) -> User | None:
        if not username or not password:
            return None
        user = find_user(username)
        if user is None or len(password) > LONGEST_PASSWORD:
            # The work of a comparison: without it the time would tell that there is no such user.
            User().set_password(password[:LONGEST_PASSWORD])
            return None
        return user if user.check_password(password) and user.is_active else None


def find_user(name: str) -> User | None:
    """The user of that name, whatever its letter case; None for a name that nobody has or could have."""
    name = name.strip()
    if "\x00" in name or len(name) > 4 * LONGEST_USER_NAME:
        return None
    return User.objects.filter(username__in={name, fold_name(name)}).order_by("id").first()
