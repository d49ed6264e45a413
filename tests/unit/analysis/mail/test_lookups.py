from threading import Event

from stack.analysis.mail.lookups import MOST_QUESTIONS, Asker, choose_client
from stack.analysis.mail.reading import read_entity
from stack.analysis.mail.shapes import MailReading
from stack.analysis.mail.wire import parse_mail
from tests.analysis_tools import ToldResolver
from tests.mails import make_key, sign_mail, write_mail


def read(data: bytes) -> MailReading:
    return read_entity(parse_mail(data), path="").reading


def test_what_is_asked_is_what_proves_the_origin() -> None:
    resolver = ToldResolver(
        {
            ("firm.example", "TXT"): ("v=spf1 include:_spf.firm.example a:web.firm.example mx ~all",),
            ("_spf.firm.example", "TXT"): ("v=spf1 redirect=last.example",),
            ("firm.example", "MX"): ("10 mx.firm.example",),
        }
    )
    asker = Asker(resolver, Event())
    asker.ask_about(read(sign_mail(write_mail(), make_key("firm.example"))))
    assert set(resolver.asked) == {
        ("s1._domainkey.firm.example", "TXT"),
        ("_dmarc.firm.example", "TXT"),
        ("firm.example", "MX"),
        ("firm.example", "A"),
        ("firm.example", "TXT"),
        ("_spf.firm.example", "TXT"),
        ("web.firm.example", "A"),
        ("mx.firm.example", "A"),
        ("last.example", "TXT"),
    }
    assert len(resolver.asked) == len(set(resolver.asked))
    assert asker.replies.get("MX", "Firm.example.") == ("10 mx.firm.example",)


def test_a_record_that_refers_to_itself_or_to_hundreds_ends() -> None:
    names = " ".join(f"include:n{number}.example" for number in range(300))
    resolver = ToldResolver(
        {("firm.example", "TXT"): (f"v=spf1 include:firm.example {names} -all",)}
        | {(f"n{number}.example", "TXT"): (f"v=spf1 {names} -all",) for number in range(300)}
    )
    Asker(resolver, Event()).ask_about(read(write_mail()))
    assert len(resolver.asked) <= MOST_QUESTIONS


def test_nothing_is_asked_once_time_is_over() -> None:
    stop = Event()
    stop.set()
    resolver = ToldResolver()
    Asker(resolver, stop).ask_about(read(write_mail()))
    assert resolver.asked == []


def test_what_the_recipients_server_states_is_believed_before_the_hops() -> None:
    stated = b"Received-SPF: pass client-ip=203.0.113.9; envelope-from=a@firm.example\r\n"
    assert choose_client(read(write_mail())) == "198.51.100.7"
    assert choose_client(read(stated + write_mail())) == "203.0.113.9"
    assert choose_client(read(write_mail().replace(b"From:", stated + b"From:", 1))) == "198.51.100.7"
    assert choose_client(read(write_mail(received=False))) == ""
