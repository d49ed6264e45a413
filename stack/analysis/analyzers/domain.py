"""Domains: how a name is made, whom it imitates, what DNS and the store say of it."""

from stack.analysis.answers import Answer
from stack.analysis.base import AnalyzerPlugin, Tools
from stack.analysis.subjects import Subject
from stack.stix.observables.kinds import Kind


class Analyzer(AnalyzerPlugin):
    name = "domain"
    title = "Domain"
    summary = "Look-alikes, made-up names, international letters, the services behind a name, its DNS."
    kinds = frozenset({Kind.DOMAIN.value})

    @staticmethod
    def analyze(subject: Subject, tools: Tools) -> Answer:
        from stack.analysis.names.analysing import analyze_domain

        return analyze_domain(subject.value, tools)
