"""Hashes: type, well-known ones, known software, relations, similar files (`stack.analysis.hashes`)."""

from typing import ClassVar

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.hashes.judging import judge_hash
from stack.analysis.subjects import FILES, HASHES, Subject


class Analyzer(AnalyzerPlugin):
    name: ClassVar[str] = "hash"
    title: ClassVar[str] = "Hash"
    summary: ClassVar[str] = (
        "Whether it is well known or of known software, and which bad files it belongs to."
    )
    kinds: ClassVar[frozenset[str]] = HASHES | FILES
    wall_s: ClassVar[float] = 30

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        return judge_hash(subject, tools)
