"""IP addresses: scope, network, place, roles, reverse names and neighbours (`stack.analysis.addresses`)."""

from typing import ClassVar

from stack.analysis.addresses.judging import judge_address
from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.subjects import ADDRESSES, Subject


class Analyzer(AnalyzerPlugin):
    name: ClassVar[str] = "ip"
    title: ClassVar[str] = "IP address"
    summary: ClassVar[str] = "What sort of address it is, whose, where, what for, and who is beside it."
    kinds: ClassVar[frozenset[str]] = ADDRESSES
    wall_s: ClassVar[float] = 20

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        return judge_address(subject, tools)
