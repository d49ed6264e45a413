"""What is inside a file: hashes, type, structure, what it contains and names."""

from typing import ClassVar

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.files.answering import make_answer
from stack.analysis.files.results import Request
from stack.analysis.files.rule_sets import prepare_rules
from stack.analysis.files.running import WALL_S, run_inspection
from stack.analysis.subjects import FILES, Subject


class Analyzer(AnalyzerPlugin):
    name: ClassVar[str] = "file"
    title: ClassVar[str] = "File"
    summary: ClassVar[str] = "Reads the file and what is inside it, without running anything"
    kinds: ClassVar[frozenset[str]] = FILES
    wall_s: ClassVar[float] = WALL_S + 10

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        rules = prepare_rules(tools.list_yara_rules())
        # A name may have halves of characters, which no process can be sent.
        name = subject.name.encode("utf-8", "replace").decode()
        request = Request(name=name, passwords=tools.passwords, rules=rules.rules)
        inspection = run_inspection(tools.open_sample, request, stop=tools.stop)
        return make_answer(inspection, tools, broken_rules=rules.broken)
