"""An address of somebody: free or disposable, of a task, imitating a brand, able to take mail."""

from typing import ClassVar

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.mail.mailboxes import analyze_address
from stack.analysis.subjects import Subject
from stack.stix.observables.kinds import Kind


class Analyzer(AnalyzerPlugin):
    name: ClassVar[str] = "address"
    title: ClassVar[str] = "E-mail address"
    summary: ClassVar[str] = "Tells who gives out the mailbox, what it imitates, and whether it takes mail"
    kinds: ClassVar[frozenset[str]] = frozenset({Kind.EMAIL.value})
    wall_s: ClassVar[float] = 30

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        return analyze_address(subject, tools)
