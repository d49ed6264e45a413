"""A mail: who it is from and who proves it, its way, what it wants, what is attached."""

from typing import ClassVar

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.mail.answering import make_answer
from stack.analysis.mail.running import WALL_S, inspect_mail
from stack.analysis.subjects import MESSAGE, Subject
from stack.core.clock import now_us


class Analyzer(AnalyzerPlugin):
    name: ClassVar[str] = "mail"
    title: ClassVar[str] = "E-mail"
    summary: ClassVar[str] = "Reads sender, way, signatures, links and attachments of a mail"
    kinds: ClassVar[frozenset[str]] = frozenset({MESSAGE})
    wall_s: ClassVar[float] = WALL_S + 10

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        return make_answer(inspect_mail(tools), tools, now=now_us())
