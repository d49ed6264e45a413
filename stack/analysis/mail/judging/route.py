"""The way and the time of a mail: what its hops say, and where they contradict each other."""

from collections.abc import Iterator
from typing import Final

from stack.analysis.answers import SLIGHT, Evidence, Pivot
from stack.analysis.mail.hops import find_boundary, is_outside
from stack.analysis.mail.judging.case import DAY_US, Case, quote, say
from stack.analysis.mail.lookups import choose_client

_SKEW_S: Final = 120
_LONG_S: Final = 3_600
_LITERAL = ("localhost", "localhost.localdomain", "127.0.0.1")


def judge_route(case: Case) -> Iterator[Evidence]:
    yield from _judge_boundary(case)
    yield from _judge_delays(case)
    yield from _judge_date(case)


def _judge_boundary(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    if not mail.hops:
        yield say(
            "no-way", "No Received field says how the mail came; it was never sent, or they were taken out."
        )
        return
    client = choose_client(mail)
    if not client:
        yield say(
            "came-from-within", "No machine that handed the mail over had an address of another network."
        )
        return
    hop = find_boundary(mail.hops)
    by = f" to {hop.by}" if hop and hop.by and hop.address == client else ""
    called = (
        f", which called itself {quote(hop.greeting)}"
        if hop and hop.greeting and hop.address == client
        else ""
    )
    yield say(
        "came-from",
        f"The mail came from {client}{called}{by}. What stands before that is its sender's word.",
        pivots=(Pivot("ipv6" if ":" in client else "ipv4", client, "sent-from"),),
    )
    if hop is None or hop.address != client:
        return
    greeting = hop.greeting.lower().rstrip(".")
    if greeting in _LITERAL or "." not in greeting:
        yield say(
            "odd-greeting",
            f"The machine at {client} called itself {quote(hop.greeting)}, which is no name in the Internet.",
            weight=0.3,
        )


def _judge_delays(case: Case) -> Iterator[Evidence]:
    hops = case.mail.hops
    delays = [(hop.delay_s, hop.by) for hop in hops if hop.delay_s is not None]
    back = min(delays, default=(0.0, ""))
    if back[0] < -_SKEW_S:
        yield say(
            "time-runs-back",
            f"By the clocks of its hops the mail reached {quote(back[1])} {_span(-back[0])} before it "
            "was sent on: a clock is wrong, or a hop is made up.",
            weight=SLIGHT if back[0] < -6 * _LONG_S else 0.0,
        )
    slow = max(delays, default=(0.0, ""))
    if slow[0] > _LONG_S:
        yield say("long-delay", f"The mail took {_span(slow[0])} to reach {quote(slow[1])}.")
    inner = [hop for hop in hops if hop.address and not is_outside(hop.address)]
    if inner:
        yield say(
            "inner-hops", f"{len(inner)} of {len(hops)} hops were between machines with private addresses."
        )


def _judge_date(case: Case) -> Iterator[Evidence]:
    mail = case.mail
    if mail.sent_at is None:
        what = f"The date {quote(mail.date)} cannot be read." if mail.date else "The mail has no date."
        yield say("no-date", what, weight=0.3)
        return
    first = next((hop.at for hop in mail.hops if hop.at is not None), None)
    if mail.sent_at > case.now + DAY_US:
        yield say(
            "future-date",
            f"The mail is dated {_span((mail.sent_at - case.now) / 1e6)} ahead of today.",
            weight=SLIGHT,
        )
    elif first is not None and abs(first - mail.sent_at) > 2 * DAY_US:
        word = "before" if mail.sent_at < first else "after"
        yield say(
            "odd-date",
            f"The mail is dated {_span(abs(first - mail.sent_at) / 1e6)} {word} its first hop.",
            weight=SLIGHT,
        )


def _span(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {name}"
    return f"{seconds:,.0f} seconds"
