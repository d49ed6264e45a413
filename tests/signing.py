"""Signing in as people do, and what the audit log says of it."""

import json
import time
from typing import Any

from django.test import Client

from stack.accounts.models import Organisation, User
from stack.accounts.roles import Role
from stack.accounts.sign_in import mfa, totp
from stack.audit.models import AuditEntry
from tests.people import make_member

PASSWORD = "wet paint on the 3rd floor"


def make_person(name: str = "robin", *, role: Role = Role.ANALYST, organisation: str = "North") -> User:
    owner, _ = Organisation.objects.get_or_create(name=organisation)
    return make_member(name, owner, role=role, password=PASSWORD)


def sign_in(client: Client, name: str = "robin", password: str = PASSWORD, **more: str) -> Any:
    return client.post("/sign-in", {"username": name, "password": password, **more})


def add_app(user: User) -> str:
    """Enrols an authenticator app; gives its secret. The code that enrolled it is of the step before."""
    secret = totp.make_secret()
    mfa.add_totp(user, secret=secret, code=make_code(secret, steps=-1))
    return secret


def make_code(secret: str, *, steps: int = 0) -> str:
    return totp.compute_code(secret, int(time.time()) // totp.PERIOD + steps)


def is_signed_in(client: Client) -> bool:
    return client.get("/account").status_code == 200


def list_acts(*names: str) -> list[dict[str, Any]]:
    """The acts of these names in their order, as the log has them."""
    rows = AuditEntry.objects.filter(name__in=names).order_by("sequence")
    return [
        {
            "name": row.name,
            "actor": row.actor_name,
            "result": row.result,
            "object": row.object_id,
            "after": json.loads(row.after) if isinstance(row.after, str) else row.after,
            "is_security": row.is_security,
        }
        for row in rows
    ]
