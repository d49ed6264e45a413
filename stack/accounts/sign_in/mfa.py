"""Second factors: who has one, who needs one, and the codes of apps and on paper.

Rows are django-allauth's `Authenticator`, one of each kind for a user and any number of passkeys. What codes
are checked against is sealed for its table, user and kind, in the member `sealed` of `data`.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from allauth.mfa.models import Authenticator

from stack.accounts.models import Organisation, User
from stack.accounts.principal import Principal, Role
from stack.accounts.sign_in import recovery_codes, totp
from stack.accounts.sign_in.acts import record_user_act
from stack.accounts.transactions import writing
from stack.core.errors import BadInput, Conflict, FieldError, NotFound
from stack.vault.operations import open_sealed, seal
from stack.vault.registry import SealedColumn, SealedValue

_TABLE = "mfa_authenticator"
_TOTP = Authenticator.Type.TOTP
_CODES = Authenticator.Type.RECOVERY_CODES
_PASSKEY = Authenticator.Type.WEBAUTHN
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class PasskeyRow:
    """A passkey; `alone` says that it signs in without a password. Times in microseconds UTC."""

    id: int
    name: str
    alone: bool
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class Factors:
    """The second factors of a user; `codes_left` is None where no recovery codes were made."""

    has_totp: bool
    totp_used_at: int | None
    passkeys: tuple[PasskeyRow, ...]
    codes_left: int | None

    @property
    def is_protected(self) -> bool:
        return self.has_totp or bool(self.passkeys)


def has_second_factor(user: User) -> bool:
    """Whether a password alone does not let the user in: recovery codes alone are no factor."""
    return _has_factor(user.pk)


def needs_second_factor(principal: Principal) -> bool:
    """Whether the organisation demands a factor of this role and the user has enrolled none yet."""
    if principal.user_id is None:
        return False
    required = (
        Organisation.objects.filter(pk=principal.organisation_id)
        .values_list("require_mfa_from", flat=True)
        .first()
    )
    if not required or Role(required).rank > principal.role.rank:
        return False
    return not _has_factor(principal.user_id)


def _has_factor(user_id: int) -> bool:
    return Authenticator.objects.filter(user_id=user_id, type__in=(_TOTP, _PASSKEY)).exists()


def list_factors(user: User) -> Factors:
    rows = list(Authenticator.objects.filter(user_id=user.pk).order_by("id"))
    app = next((row for row in rows if row.type == _TOTP), None)
    codes = next((row for row in rows if row.type == _CODES), None)
    return Factors(
        has_totp=app is not None,
        totp_used_at=_used_at(app) if app else None,
        passkeys=tuple(_show_passkey(row) for row in rows if row.type == _PASSKEY),
        codes_left=_count_codes(codes) if codes else None,
    )


def add_totp(user: User, *, secret: str, code: str) -> None:
    """Enrols an authenticator app that has just shown `code`. BadInput for a wrong code."""
    counter = totp.find_counter(secret, _clean(code), at=time.time(), after=-1)
    if counter is None:
        raise _bad_code()
    with writing():
        if Authenticator.objects.filter(user_id=user.pk, type=_TOTP).exists():
            raise Conflict("You have an authenticator app already", remedy="Remove it first.")
        data = {"sealed": _seal(user.pk, _TOTP, secret), "counter": counter}
        Authenticator.objects.create(user_id=user.pk, type=_TOTP, data=data)
        record_user_act(user, "mfa.add", after={"kind": str(_TOTP)})


def remove_totp(user: User) -> None:
    with writing():
        if not Authenticator.objects.filter(user_id=user.pk, type=_TOTP).delete()[0]:
            raise NotFound("You have no authenticator app")
        _drop_codes_without_factor(user)
        record_user_act(user, "mfa.remove", after={"kind": str(_TOTP)})


def make_recovery_codes(user: User) -> list[str]:
    """New recovery codes, shown this once; those before no longer work. Conflict without a second factor."""
    if not has_second_factor(user):
        raise Conflict(
            "Recovery codes stand in for a second factor, and you have none", remedy="Add one first."
        )
    codes = recovery_codes.make_codes()
    sealed = _seal(user.pk, _CODES, recovery_codes.hash_codes(codes))
    with writing():
        Authenticator.objects.filter(user_id=user.pk, type=_CODES).delete()
        Authenticator.objects.create(user_id=user.pk, type=_CODES, data={"sealed": sealed})
        record_user_act(user, "recovery.generate", after={"codes": len(codes)})
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def use_code(user: User, code: str) -> Authenticator | None:
    """The app or the list that the code is of, which has now been used up; None for every other code.

    The row is locked while the code is checked and marked, so of any number of uses at once one succeeds.
    """
    text = _clean(code)
    with writing():
        rows = Authenticator.objects.select_for_update().filter(user_id=user.pk, type__in=(_TOTP, _CODES))
        row: Authenticator
        for row in rows.order_by("id"):
            if _use(row, text):
                if row.type == _CODES:
                    record_user_act(user, "recovery.use", after={"left": _count_codes(row)}, is_security=True)
                return row
    return None


def _use(row: Authenticator, code: str) -> bool:
    if row.type == _TOTP:
        secret = _open(row)
        counter = totp.find_counter(secret, code, at=time.time(), after=int(row.data["counter"]))
        if counter is None:
            return False
        row.data["counter"] = counter
    else:
        left = recovery_codes.take_code(_open(row), code)
        if left is None:
            return False
        row.data["sealed"] = _seal(row.user_id, row.type, left)
    row.save(update_fields=["data"])
    return True


def add_passkey(user: User, *, name: str, credential: dict[str, object]) -> None:
    """Keeps a passkey whose answer has been verified (`webauthn.complete_registration`)."""
    with writing():
        data = {"name": _clean_name(name), "credential": credential}
        row = Authenticator.objects.create(user_id=user.pk, type=_PASSKEY, data=data)
        record_user_act(user, "passkey.add", object_kind="passkey", object_id=str(row.pk))


def rename_passkey(user: User, passkey_id: int, *, name: str) -> None:
    with writing():
        row = _find_passkey(user, passkey_id)
        row.data["name"] = _clean_name(name)
        row.save(update_fields=["data"])


def remove_passkey(user: User, passkey_id: int) -> None:
    with writing():
        _find_passkey(user, passkey_id).delete()
        _drop_codes_without_factor(user)
        record_user_act(user, "passkey.remove", object_kind="passkey", object_id=str(passkey_id))


def remove_all_factors(user: User) -> dict[str, int]:
    """Removes every factor and the recovery codes; gives how many of each kind. The caller records why."""
    rows = Authenticator.objects.filter(user_id=user.pk)
    removed = Counter(str(kind) for kind in rows.values_list("type", flat=True))
    rows.delete()
    return dict(sorted(removed.items()))


def _find_passkey(user: User, passkey_id: int) -> Authenticator:
    row: Authenticator | None = (
        Authenticator.objects.select_for_update()
        .filter(user_id=user.pk, type=_PASSKEY, pk=passkey_id)
        .first()
    )
    if row is None:
        raise NotFound("You have no such passkey", remedy="Reload the page to see those that you have.")
    return row


def _drop_codes_without_factor(user: User) -> None:
    if not has_second_factor(user):
        Authenticator.objects.filter(user_id=user.pk).delete()


def _show_passkey(row: Authenticator) -> PasskeyRow:
    properties = row.data.get("credential", {}).get("clientExtensionResults", {}).get("credProps", {})
    return PasskeyRow(
        row.pk,
        row.data["name"],
        bool(properties.get("rk")),
        int(row.created_at.timestamp() * 1_000_000),
        _used_at(row),
    )


def _used_at(row: Authenticator) -> int | None:
    return int(row.last_used_at.timestamp() * 1_000_000) if row.last_used_at else None


def _count_codes(row: Authenticator) -> int:
    return recovery_codes.count_codes(_open(row))


def _seal(user_id: int, kind: str, text: str) -> str:
    return seal(text.encode(), table=_TABLE, row=str(user_id), field=str(kind))


def _open(row: Authenticator) -> str:
    return open_sealed(row.data["sealed"], table=_TABLE, row=str(row.user_id), field=str(row.type)).decode()


def _clean(code: str) -> str:
    return "".join(code.split()).replace("-", "").lower()[:64]


def _clean_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        message = f"expected 1 to {_LONGEST_NAME} printable characters"
        raise BadInput(f"name: {message}", errors=(FieldError("name", message),))
    return name


def _bad_code() -> BadInput:
    message = (
        "That is not the code that the app shows now: check the clock of the device and try the next one"
    )
    return BadInput(message, errors=(FieldError("code", message),))


def _column(kind: str) -> SealedColumn:
    def read(after: str, limit: int) -> Sequence[SealedValue]:
        rows = Authenticator.objects.filter(type=kind).order_by("user_id")
        rows = rows.filter(user_id__gt=int(after)) if after else rows
        return [SealedValue(str(row.user_id), row.data["sealed"]) for row in rows[:limit]]

    def write(row: str, before: str, after: str) -> bool:
        found = Authenticator.objects.select_for_update().filter(type=kind, user_id=int(row)).first()
        if found is None or found.data["sealed"] != before:
            return False
        found.data["sealed"] = after
        found.save(update_fields=["data"])
        return True

    return SealedColumn(_TABLE, str(kind), read, write)


SEALED_COLUMNS = (_column(_TOTP), _column(_CODES))
