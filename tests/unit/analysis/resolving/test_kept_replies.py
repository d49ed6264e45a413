from stack.analysis.resolving.kept_replies import MOST_S, KeptReplies
from stack.analysis.resolving.replies import DnsReply, Outcome

_REPLY = DnsReply(Outcome.FOUND, ("192.0.2.1",))


def test_a_reply_is_kept_for_its_time_and_a_minute_at_most() -> None:
    now = [0.0]
    kept = KeptReplies(clock=lambda: now[0])
    kept.put(("s", "a.example", "A"), _REPLY, seconds=5)
    kept.put(("s", "b.example", "A"), _REPLY, seconds=86_400)
    kept.put(("s", "c.example", "A"), _REPLY, seconds=0)
    assert kept.get(("s", "c.example", "A")) is None
    now[0] = 4.9
    assert kept.get(("s", "a.example", "A")) == _REPLY
    now[0] = 5.0
    assert kept.get(("s", "a.example", "A")) is None
    assert kept.get(("s", "b.example", "A")) == _REPLY
    now[0] = MOST_S
    assert kept.get(("s", "b.example", "A")) is None


def test_what_was_used_longest_ago_goes_first() -> None:
    kept = KeptReplies(clock=lambda: 0.0, most=2)
    for name in ("a", "b"):
        kept.put(("s", name, "A"), _REPLY, seconds=9)
    kept.get(("s", "a", "A"))
    kept.put(("s", "c", "A"), _REPLY, seconds=9)
    assert kept.get(("s", "b", "A")) is None
    assert kept.get(("s", "a", "A")) == _REPLY
