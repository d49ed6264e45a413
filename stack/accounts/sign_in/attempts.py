"""Tries to sign in: admitted as long as the limits allow, recorded when they fail, raised as events when they
lock a name or are a spray.

A name is counted whether anybody has it or not, folded, so that letter case and forms of the same letters are
one name: from an address, from everywhere, and the address by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import salted_hmac

from stack.accounts.limits import locks
from stack.accounts.limits.charging import find_block, find_policy
from stack.accounts.limits.counters import give_back, take
from stack.accounts.models import User
from stack.accounts.names import fold_name
from stack.accounts.sign_in.acts import record_failure
from stack.accounts.sign_in.models import FailedSignIn
from stack.accounts.transactions import writing
from stack.core.acts import Act, Result, current_origin, record_act
from stack.core.clock import now_us

_MINUTE = 60 * 1_000_000
_WINDOW = 10 * _MINUTE
_KEPT = 24 * 60 * _MINUTE
_NAMES_OF_A_SPRAY = 10


@dataclass(frozen=True, slots=True)
class Try:
    """One try that was admitted; `forgive` it when it was right, and it is as if nobody had ever failed."""

    block: str
    digest: str

    def forgive(self) -> None:
        # The address only gets back what this try took: others are tried from there too.
        forgive_address(self.block)
        locks.pardon(find_policy("sign-in"), f"{self.block}-{self.digest}")
        locks.pardon(find_policy("sign-in-name"), self.digest)


def admit(name: str, find_user: Callable[[str], User | None]) -> Try:
    """Counts a try of the name's password. TooMany, which is recorded, where no more are allowed for now."""
    tried = Try(admit_address(), _digest(name))
    counted = (("sign-in", f"{tried.block}-{tried.digest}"), ("sign-in-name", tried.digest))
    for number, (policy, subject) in enumerate(counted):
        try:
            locks.enter(find_policy(policy), subject)
        except locks.Locked as error:
            # What is not looked at is not counted anywhere.
            forgive_address(tried.block)
            for before, its_subject in counted[:number]:
                locks.leave(find_policy(before), its_subject)
            if error.is_new:
                _note_lock(name, find_user(name), policy)
            raise
    return tried


def admit_address() -> str:
    """Counts a try from the client's address, whoever is meant; gives what counts as the address."""
    block = find_block(current_origin().address)
    take(find_policy("sign-in-address"), block)
    return block


def forgive_address(block: str) -> None:
    give_back(find_policy("sign-in-address"), block)


def admit_factor(user: User) -> Callable[[], None]:
    """Counts a try of the user's second factor; call what it gives when the try was right."""
    policy, subject = find_policy("second-factor"), f"user-{user.pk}"
    try:
        locks.enter(policy, subject)
    except locks.Locked as error:
        if error.is_new:
            _note_lock(user.username, user, policy.name)
        raise
    return lambda: locks.pardon(policy, subject)


def note_failure(name: str, user: User | None, *, reason: str) -> None:
    """Records a sign-in that failed; many names that fail within ten minutes raise a security event."""
    now = now_us()
    with writing():
        record_failure(name, user, "sign-in.fail", reason=reason)
        FailedSignIn.objects.filter(at__lt=now - _KEPT).delete()
        recent = FailedSignIn.objects.filter(at__gte=now - _WINDOW)
        digest = _digest(name)
        is_new = not recent.filter(name_digest=digest).exists()
        FailedSignIn.objects.create(name_digest=digest, address=current_origin().address, at=now)
        if is_new:
            _raise_if_spray(
                recent.values("name_digest").distinct().count(), recent.values("address").distinct().count()
            )


def _note_lock(name: str, user: User | None, policy: str) -> None:
    """Records that somebody may not be tried for a while, as a security event."""
    record_failure(name, user, "sign-in.lock", reason=f"too many failures: {policy}", is_security=True)


def _raise_if_spray(names: int, addresses: int) -> None:
    # At the tenth name, and then at each doubling: one spray is a handful of events.
    steps = {_NAMES_OF_A_SPRAY * 2**step for step in range(12)}
    if names not in steps:
        return
    record_act(
        Act(
            "sign-in.spray",
            actor=None,
            after={"reason": "many names are being tried", "names": names, "addresses": addresses},
            result=Result.REFUSED,
            is_security=True,
        )
    )


def _digest(name: str) -> str:
    # Keyed, because people type passwords into the field of the name.
    return salted_hmac(
        "stack.sign-in", fold_name(name[:1000].strip()), secret=settings.SECRET_KEY, algorithm="sha256"
    ).hexdigest()
