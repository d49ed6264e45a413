"""What is set about analyses."""

from dataclasses import dataclass

from stack.config.environment import SettingError, read_list
from stack.stix.observables.detect import detect
from stack.stix.observables.kinds import Kind


@dataclass(frozen=True, slots=True)
class AnalysisSettings:
    """`brands` are domains that an attacker might imitate: typosquats of them are told."""

    brands: tuple[str, ...] = ()


def configure_analysis() -> AnalysisSettings:
    brands = []
    for word in read_list("STACK_ANALYSIS_BRANDS"):
        found = detect(word).observable
        if found.kind is not Kind.DOMAIN:
            raise SettingError("STACK_ANALYSIS_BRANDS", f"expected domains as example.org, got {word!r}")
        brands.append(found.value)
    return AnalysisSettings(tuple(brands))
