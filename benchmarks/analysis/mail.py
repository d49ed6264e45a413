"""The e-mail engine: mails read and judged beside Python's own parser, signatures beside bare dkimpy.

The mails are built here: letters, newsletters, signed ones, ones with attachments. There are no figures of
recognition: the engine's weights are set by hand, no real mails may be had, and rules that are measured on
mails made after them would measure nothing.
"""

import email
import random
import time
from collections.abc import Callable
from email.policy import compat32
from typing import Final

import dkim

from benchmarks.analysis.plain_tools import PlainTools
from benchmarks.figures import Figure
from stack.analysis.answers import Answer
from stack.analysis.mail.answering import make_answer
from stack.analysis.mail.reading import read_entity
from stack.analysis.mail.running import MailInspection
from stack.analysis.mail.shapes import Checks
from stack.analysis.mail.signing import check_signatures
from stack.analysis.mail.wire import parse_mail
from tests.analysis_tools import ToldTools
from tests.mails import make_key, sign_mail, write_attachment, write_mail, write_parts

_NUMBER: Final = 200
_SANDBOXED: Final = 8
_NOW: Final = 1_767_700_000_000_000
_KEY = make_key("firm.example")


def build_mails(number: int = _NUMBER) -> list[bytes]:
    chance = random.Random(7)
    mails = []
    for count in range(number):
        words = " ".join(chance.choice(_WORDS) for _ in range(400))
        if count % 4 == 0:
            mails.append(write_mail(words))
        elif count % 4 == 1:
            mails.append(write_mail(_write_newsletter(words, chance), kind="text/html; charset=utf-8"))
        elif count % 4 == 2:
            mails.append(sign_mail(write_mail(words), _KEY))
        else:
            attached = write_attachment("notes.txt", words.encode() * 20, "text/plain")
            mails.append(write_parts(f"Content-Type: text/plain\r\n\r\n{words}\r\n", attached))
    return mails


_WORDS: Final = ("the", "meeting", "about", "next", "year", "begins", "at", "ten", "https://firm.example/a")


def _write_newsletter(words: str, chance: random.Random) -> str:
    links = "".join(
        f'<td style="color:#333"><a href="https://click.news.example/{chance.getrandbits(64):x}">{words[:60]}</a></td>'
        for _ in range(40)
    )
    return f'<table><tr>{links}</tr></table><p>{words}</p><img src="https://news.example/p" width=1 height=1>'


def measure_mail() -> list[Figure]:
    mails = build_mails()
    size = sum(map(len, mails)) / 1e6
    read = _measure(lambda: [read_entity(parse_mail(data), path="") for data in mails])
    plain = _measure(lambda: [_parse_plainly(data) for data in mails])
    readings = [read_entity(parse_mail(data), path="").reading for data in mails]
    found = [MailInspection(mails=[each], parts={}, checks={}) for each in readings]
    judged = _measure(lambda: [_judge(each) for each in found])
    return [
        Figure(
            "mails: read", _NUMBER / read, "mails/s", "Python's parser alone", _NUMBER / plain, plain / read
        ),
        Figure("mails: read", size / read, "MB/s", "Python's parser alone", size / plain, plain / read),
        Figure(
            "mails: judged, links and all", _NUMBER / judged, "mails/s", "without store and DNS", None, None
        ),
        _measure_signatures(),
        _measure_whole(mails[:_SANDBOXED]),
    ]


def _measure_signatures() -> Figure:
    signed = [sign_mail(write_mail(f"number {number}\r\n"), _KEY) for number in range(_NUMBER // 4)]
    keys = {_KEY.name: _KEY.record}
    ours = _measure(lambda: [_verify(data, keys) for data in signed])
    bare = _measure(lambda: [dkim.verify(data, dnsfunc=lambda *_, **__: _KEY.record) for data in signed])
    rate = len(signed) / ours
    return Figure(
        "mails: signatures verified", rate, "mails/s", "dkimpy alone", len(signed) / bare, bare / ours
    )


def _measure_whole(mails: list[bytes]) -> Figure:
    """With the process of the sandbox, and what is attached through the file engine."""
    from stack.analysis.analyzers.mail import Analyzer
    from stack.analysis.subjects import MESSAGE, Subject

    begin = time.perf_counter()
    for data in mails:
        Analyzer.analyze(Subject(MESSAGE, "0" * 64, name="mail.eml"), ToldTools(sample=data))
    rate = len(mails) / (time.perf_counter() - begin)
    return Figure("mails: analysed, sandbox and all", rate, "mails/s", "one after the other", None, None)


def _verify(data: bytes, keys: dict[str, str]) -> Checks:
    checks = Checks()
    check_signatures(parse_mail(data), keys, checks)
    return checks


def _judge(found: MailInspection) -> Answer:
    return make_answer(found, PlainTools(), now=_NOW)


def _parse_plainly(data: bytes) -> int:
    message = email.message_from_bytes(data, policy=compat32)
    return sum(
        len(part.get_payload(decode=True) or b"") for part in message.walk() if not part.is_multipart()
    )


def _measure(work: Callable[[], object]) -> float:
    """The shorter CPU time of two rounds, in seconds."""
    times = []
    for _ in range(2):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def main() -> None:
    for figure in measure_mail():
        beside = f"{figure.baseline} {figure.baseline_value or ''}"
        print(f"{figure.name:<50} {figure.value:10,.1f} {figure.unit} {beside}")


if __name__ == "__main__":
    main()
