"""Codes of authenticator apps, against the vectors of RFC 4226 (appendix D) and RFC 6238 (appendix B)."""

import base64

import pytest

from stack.accounts.sign_in.totp import compute_code, describe_secret, find_counter, make_secret

_SECRET = base64.b32encode(b"12345678901234567890").decode()
_HOTP = ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"]


@pytest.mark.parametrize(("counter", "code"), list(enumerate(_HOTP)))
def test_codes_are_those_of_the_standard(counter: int, code: str) -> None:
    assert compute_code(_SECRET, counter) == code


@pytest.mark.parametrize(("at", "code"), [(59, "287082"), (1111111109, "081804"), (20000000000, "353130")])
def test_time_steps_are_those_of_the_standard(at: int, code: str) -> None:
    assert find_counter(_SECRET, code, at=at, after=-1) == at // 30


@pytest.mark.parametrize("drift", [-30, 0, 30])
def test_one_step_of_drift_is_forgiven(drift: int) -> None:
    at = 1_000_000_020
    assert find_counter(_SECRET, compute_code(_SECRET, (at + drift) // 30), at=at, after=-1) is not None


@pytest.mark.asvs("6.5.5")
@pytest.mark.parametrize("drift", [-60, 60])
def test_more_is_not(drift: int) -> None:
    at = 1_000_000_020
    assert find_counter(_SECRET, compute_code(_SECRET, (at + drift) // 30), at=at, after=-1) is None


def test_a_step_that_was_used_and_those_before_it_are_refused() -> None:
    at = 1_000_000_020
    now = at // 30
    assert find_counter(_SECRET, compute_code(_SECRET, now), at=at, after=now) is None
    assert find_counter(_SECRET, compute_code(_SECRET, now - 1), at=at, after=now) is None
    assert find_counter(_SECRET, compute_code(_SECRET, now + 1), at=at, after=now) == now + 1


@pytest.mark.parametrize("code", ["", "12345", "abcdef", "٣٥٣١٣٠", "\ud800", "0" * 10_000])
def test_what_is_no_code_is_refused(code: str) -> None:
    assert find_counter(_SECRET, code, at=1_000_000_020, after=-1) is None


def test_secrets_are_new_each_time_and_escaped_in_their_address() -> None:
    assert make_secret() != make_secret()
    assert len(base64.b32decode(make_secret())) == 20
    assert (
        describe_secret("ABC", name="robin&x=1")
        == "otpauth://totp/Stack%3Arobin%26x%3D1?secret=ABC&issuer=Stack"
    )
