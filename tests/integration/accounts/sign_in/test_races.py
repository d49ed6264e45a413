"""Twenty at once: a code, a recovery code and a refresh token each work for one."""

from collections import Counter
from collections.abc import Callable

import pytest
from django.core.cache import cache

from stack.accounts.models import User
from stack.accounts.queries import digest_of
from stack.accounts.sign_in import mfa
from stack.accounts.sign_in.models import RefreshToken, TokenSession
from stack.accounts.sign_in.tokens import refresh_tokens
from stack.core.clock import now_us
from tests.integration.accounts.test_races import racing, run_at_once
from tests.signing import add_app, list_acts, make_code, make_person

__all__ = ["racing"]
_TWENTY = 20


def _count_good(alias: str, act: Callable[[], object]) -> int:
    """In how many of twenty runs at once the act gave something; none of them may fail."""
    given: list[object] = []
    endings = run_at_once(alias, [lambda: given.append(act())] * _TWENTY)
    assert Counter(endings) == {"done": _TWENTY}
    return sum(each is not None for each in given)


@pytest.mark.asvs("6.5.1")
def test_of_twenty_uses_of_a_code_one_succeeds(racing: str) -> None:
    cache.clear()
    user = make_person()
    code = make_code(add_app(user))
    assert _count_good(racing, lambda: mfa.use_code(User.objects.get(pk=user.pk), code)) == 1


@pytest.mark.asvs("6.5.1")
def test_of_twenty_uses_of_a_recovery_code_one_succeeds(racing: str) -> None:
    user = make_person()
    add_app(user)
    code = mfa.make_recovery_codes(user)[0]
    assert _count_good(racing, lambda: mfa.use_code(User.objects.get(pk=user.pk), code)) == 1
    assert mfa.list_factors(user).codes_left == 9
    assert len(list_acts("recovery.use")) == 1


@pytest.mark.asvs("10.4.5")
def test_of_twenty_uses_of_a_refresh_token_at_most_one_succeeds(racing: str) -> None:
    user = make_person()
    session = TokenSession.objects.create(sid="s" * 32, user=user, session_key="k" * 32, created_at=now_us())
    RefreshToken.objects.create(
        session=session, digest=digest_of("stkr_race"), expires_at=now_us() + 60_000_000
    )
    assert _count_good(racing, lambda: refresh_tokens("stkr_race")) <= 1
    assert len(list_acts("token.replay")) == 1, "the session ends once, with whoever comes second"
    assert not TokenSession.objects.exists()
