"""Which plug-ins there are: found once, by being there."""

from functools import cache

from stack.analysis.base import AnalyzerPlugin, ProviderPlugin
from stack.core.plugins import discover_plugins


@cache
def list_analyzers() -> dict[str, type[AnalyzerPlugin]]:
    return discover_plugins("stack.analysis.analyzers", "Analyzer")


@cache
def list_provider_plugins() -> dict[str, type[ProviderPlugin]]:
    return discover_plugins("stack.analysis.providers", "Provider")
