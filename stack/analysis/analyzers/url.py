"""URLs: as browsers read them, their tricks, what is encoded in them, and who is behind the host."""

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.subjects import Subject
from stack.stix.observables.kinds import Kind


class Analyzer(AnalyzerPlugin):
    name = "url"
    title = "URL"
    summary = (
        "Disguised hosts, look-alikes, what parameters hide, where a link leads on to. Nothing is opened."
    )
    kinds = frozenset({Kind.URL.value})

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        from stack.analysis.urls.analysing import analyze_link

        return analyze_link(subject, tools)
