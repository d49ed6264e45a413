"""Asking a provider: what comes of it, what is kept, what is never sent twice, what never goes out."""

import logging
import time
from threading import Event

import pytest

from stack.accounts.principal import Principal
from stack.analysis.asking import calls
from stack.analysis.asking.models import Call, CallState, Gate, ProviderAccount
from stack.analysis.asking.operations import save_account
from stack.analysis.asking.queries import list_accounts, plan_asking
from stack.analysis.asking.records import Outcome
from stack.analysis.asking.running import ask_provider
from stack.analysis.base import Rate
from stack.analysis.subjects import Subject
from stack.core.clock import now_us
from tests.http_servers import Answer as HttpAnswer
from tests.http_servers import Asked
from tests.integration.analysis.asking.conftest import ADDRESS, KEY, Scorer, Service, ask, set_up

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.mark.usefixtures("account")
def test_an_answer_is_found_kept_and_asked_anew_on_request(principal: Principal, service: Service) -> None:
    first = ask(principal)
    assert (first.outcome, first.is_kept, first.calls) == (Outcome.FOUND, False, 1)
    assert first.answer is not None
    assert first.answer.evidence[0].weight == 2.5
    second = ask(principal)
    assert (second.outcome, second.is_kept, second.calls) == (Outcome.FOUND, True, 0)
    assert second.asked_at <= first.ended_at
    service.body = {"score": 80}
    third = ask(principal, fresh=True)
    assert third.answer is not None
    assert (third.is_kept, third.answer.summary) == (False, "score 80")
    assert len(service.asked) == 2
    assert service.asked[0].headers["x-key"] == KEY


@pytest.mark.usefixtures("account")
def test_what_is_not_known_is_absent_and_kept_for_less_long(principal: Principal, service: Service) -> None:
    service.status = 404
    assert ask(principal).outcome is Outcome.ABSENT
    assert ask(principal).is_kept
    [call] = Call.objects.all()
    assert call.expires_at - call.received_at == Scorer.keeps_absent_s * 1_000_000
    Call.objects.update(expires_at=now_us() - 1)
    assert ask(principal).calls == 1


def test_nothing_is_asked_without_an_account_that_is_on(principal: Principal, service: Service) -> None:
    [planned] = plan_asking(principal, ADDRESS, names=["tested"])
    assert (planned.is_possible, planned.why_not) == (False, "no-account")
    set_up(principal, service, is_enabled=False)
    [planned] = plan_asking(principal, ADDRESS, names=["tested"])
    assert (planned.is_possible, planned.why_not) == (False, "off")
    asked = ask_provider(principal, planned, ADDRESS)
    assert asked.outcome is Outcome.REFUSED
    assert service.asked == []


def test_a_value_above_the_ceiling_never_leaves(principal: Principal, service: Service) -> None:
    set_up(principal, service, tlp=0)
    green = Subject("ipv4", "192.0.2.7", tlp=1)
    [planned] = plan_asking(principal, green, names=["tested"])
    assert (planned.is_possible, planned.why_not) == (False, "tlp")
    assert "TLP:GREEN" in planned.message
    assert ask_provider(principal, planned, green).outcome is Outcome.REFUSED
    set_up(principal, service)
    [planned] = plan_asking(principal, green, names=["tested"])
    assert planned.is_possible
    # It was possible when it was planned.
    set_up(principal, service, tlp=0)
    assert ask_provider(principal, planned, green).outcome is Outcome.REFUSED
    assert service.asked == []


@pytest.mark.usefixtures("account")
def test_a_file_is_asked_about_by_its_hash(principal: Principal, service: Service) -> None:
    asked = ask(principal, Subject("file", "ab" * 32, name="secret plan.docx", size=7))
    assert asked.outcome is Outcome.FOUND
    assert service.asked[0].path == f"/0/{'ab' * 32}"


@pytest.mark.usefixtures("account")
def test_a_look_shows_what_would_be_sent_and_sends_nothing(principal: Principal, service: Service) -> None:
    [planned] = plan_asking(principal, ADDRESS, names=["tested"])
    assert planned.is_possible
    assert planned.left == 4
    [sent] = planned.sends
    assert sent.url == f"{service.base}/0/192.0.2.7"
    assert dict(sent.headers)["x-key"] == "<API key>"
    assert service.asked == []


@pytest.mark.usefixtures("account")
def test_too_many_shut_the_gate_for_everybody(principal: Principal, service: Service) -> None:
    service.status, service.headers = 429, {"Retry-After": "120"}
    asked = ask(principal)
    assert asked.outcome is Outcome.LIMITED
    assert asked.retry_at is not None
    assert 110_000_000 < asked.retry_at - now_us() <= 120_000_000
    other = Subject("ipv4", "192.0.2.9")
    [planned] = plan_asking(principal, other, names=["tested"])
    assert (planned.why_not, planned.is_possible) == ("quota", False)
    assert ask_provider(principal, planned, other).outcome is Outcome.LIMITED
    assert len(service.asked) == 1
    [row] = [each for each in list_accounts(principal) if each.provider == "tested"]
    assert (row.state, row.until) == ("limited", asked.retry_at)


def test_rates_hold_and_say_when_there_is_room(principal: Principal, service: Service) -> None:
    set_up(principal, service, rates=[Rate(3, 60), Rate(500, 86_400)])
    outcomes = [ask(principal, Subject("ipv4", f"192.0.2.{number}")).outcome for number in range(5)]
    assert outcomes == [Outcome.FOUND] * 3 + [Outcome.LIMITED] * 2
    assert len(service.asked) == 3
    # Two accounts with one key share what it may do.
    save_account(
        principal,
        "tested",
        credentials={"key": KEY},
        options={"url": service.base},
        is_personal=True,
        rates=[Rate(3, 60)],
    )
    assert ask(principal, Subject("ipv4", "192.0.2.77")).outcome is Outcome.LIMITED


def test_who_finds_no_room_waits_for_it_as_long_as_there_is_time(
    principal: Principal, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Scorer, "wall_s", 10)
    set_up(principal, service, rates=[Rate(1, 1)])
    begun = time.monotonic()
    assert ask(principal, Subject("ipv4", "192.0.2.1")).outcome is Outcome.FOUND
    assert ask(principal, Subject("ipv4", "192.0.2.2")).outcome is Outcome.FOUND
    assert time.monotonic() - begun > 0.9


@pytest.mark.usefixtures("account")
def test_five_faults_close_the_gate_and_one_probe_opens_it(principal: Principal, service: Service) -> None:
    save_account(principal, "tested", options={"url": service.base}, rates=[Rate(100, 60)])
    service.status = 500
    for number in range(6):
        asked = ask(principal, Subject("ipv4", f"192.0.2.{number}"))
        assert asked.outcome is Outcome.FAILED
    assert len(service.asked) == 5
    assert "5 times in a row" in asked.message
    [planned] = plan_asking(principal, ADDRESS, names=["tested"])
    assert planned.why_not == "breaker"
    # The pause is over: one that fails closes it for longer.
    Gate.objects.update(open_until=now_us() - 1)
    before = now_us()
    assert ask(principal).outcome is Outcome.FAILED
    assert Gate.objects.get().open_until - before > 55_000_000
    Gate.objects.update(open_until=now_us() - 1)
    service.status = 200
    assert ask(principal).outcome is Outcome.FOUND
    gate = Gate.objects.get()
    assert (gate.faults, gate.trips, gate.open_until) == (0, 0, 0)


@pytest.mark.usefixtures("account")
def test_while_one_probes_the_others_wait(principal: Principal, service: Service) -> None:
    ask(principal)
    now = now_us()
    Gate.objects.update(faults=5, trips=1, open_until=now - 1, probe_until=now + 5_000_000)
    assert ask(principal, Subject("ipv4", "192.0.2.8")).outcome is Outcome.FAILED
    assert len(service.asked) == 1


@pytest.mark.usefixtures("account")
def test_a_credential_that_is_not_good_is_told_in_words(principal: Principal, service: Service) -> None:
    service.status, service.body = 401, {"error": f"bad key {KEY} \u202e \x07"}
    asked = ask(principal)
    assert asked.outcome is Outcome.UNAUTHORISED
    assert "check the account" in asked.message
    assert KEY not in asked.message
    [row] = [each for each in list_accounts(principal) if each.provider == "tested"]
    assert row.state == "unauthorised"
    assert not Call.objects.exists()


@pytest.mark.usefixtures("account")
def test_no_credential_is_kept_or_logged(
    principal: Principal, service: Service, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    service.body = {"score": 1, "you_sent": KEY}
    service.headers = {"Set-Cookie": f"k={KEY}", "Link": f"<https://x.example/?k={KEY}>"}
    assert ask(principal).outcome is Outcome.FOUND
    call = Call.objects.get()
    reply = calls.read_reply(call)
    assert KEY.encode() not in reply.body
    assert b"[credential]" in reply.body
    assert KEY not in repr(call.headers)
    assert "set-cookie" not in call.headers
    assert KEY not in caplog.text
    assert KEY not in repr(list(ProviderAccount.objects.values()))
    assert "192.0.2.7" not in caplog.text


def test_a_reply_that_came_is_used_again_after_a_kill(principal: Principal, service: Service) -> None:
    set_up(principal, service, options={"url": service.base, "steps": "3"})

    class Killed(BaseException):
        pass

    def die(asked: Asked) -> None:
        if asked.path.startswith("/2/"):
            raise Killed

    [planned] = plan_asking(principal, ADDRESS, names=["tested"])
    original = calls.keep_reply
    with pytest.MonkeyPatch.context() as patch:

        def keep_two(claim: calls.Claim, *arguments: object, **named: object) -> None:
            if len(service.asked) == 3:
                raise Killed
            original(claim, *arguments, **named)  # type: ignore[arg-type]

        patch.setattr(calls, "keep_reply", keep_two)
        with pytest.raises(Killed):
            ask_provider(principal, planned, ADDRESS, asker="analysis 1")
    assert len(service.asked) == 3
    # Its worker is gone, which others know when its time is over.
    Call.objects.update(lease_until=0)
    asked = ask_provider(principal, planned, ADDRESS, asker="analysis 1")
    assert asked.outcome is Outcome.INTERRUPTED
    assert len(service.asked) == 3
    assert ask_provider(principal, planned, ADDRESS, asker="analysis 1").outcome is Outcome.INTERRUPTED
    # Somebody decides to ask again; what had come before is used.
    anew = ask_provider(principal, planned, ADDRESS, asker="analysis 2")
    assert anew.outcome is Outcome.FOUND
    assert anew.calls == 1
    assert len(service.asked) == 4


@pytest.mark.usefixtures("account")
def test_a_call_that_was_not_sent_yet_is_made_by_whoever_comes(
    principal: Principal, service: Service
) -> None:
    ask(principal)
    Call.objects.update(state=CallState.WAITING, lease_until=0)
    assert ask(principal).outcome is Outcome.FOUND
    assert len(service.asked) == 2


@pytest.mark.usefixtures("account")
def test_one_that_hangs_is_left_and_its_call_not_repeated(principal: Principal, service: Service) -> None:
    def hang(asked: Asked) -> None:
        time.sleep(1.2)

    service.before = hang
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Scorer, "wall_s", 0.2)
        begun = time.monotonic()
        asked = ask(principal, asker="one")
        assert time.monotonic() - begun < 1
        assert asked.outcome is Outcome.FAILED
        assert "did not answer within" in asked.message
        assert ask(principal, asker="one").outcome is Outcome.INTERRUPTED
    assert len(service.asked) == 1


@pytest.mark.usefixtures("account")
def test_a_stopped_analysis_asks_nothing(principal: Principal, service: Service) -> None:
    stop = Event()
    stop.set()
    assert ask(principal, stop=stop).outcome is Outcome.INTERRUPTED
    assert service.asked == []
    assert ask(principal).outcome is Outcome.FOUND


@pytest.mark.usefixtures("account")
def test_a_redirect_is_not_followed(principal: Principal, service: Service) -> None:
    service.before = lambda asked: HttpAnswer(
        302, b"", {"Location": "http://169.254.169.254/latest/meta-data/"}
    )
    asked = ask(principal)
    assert asked.outcome is Outcome.FAILED
    assert "not followed" in asked.message
    assert len(service.asked) == 1


def test_an_address_that_is_private_needs_the_operator(principal: Principal, service: Service) -> None:
    set_up(principal, service, options={"url": "http://169.254.169.254/api"})
    asked = ask(principal)
    assert asked.outcome is Outcome.FAILED
    assert "STACK_HTTP_ALLOW" in asked.message
    assert Gate.objects.get().faults == 0
    assert not Call.objects.exists()
