"""What is asked about analyses: those of others and of members with a higher clearance are never there.

Nothing that is asked starts one: engines run in threads, which would not see what a test has written.
"""

from collections.abc import Iterator

from stack.api.rest.openapi import PREFIX
from tests.security.non_interference.asks import Ask

_ABSENT = "00000000-0000-4000-8000-000000000000"
_NAMES = ("«analysis:alice»", "«analysis:carol»", "«analysis:bob»", _ABSENT)


def ask_analyses() -> Iterator[Ask]:
    yield from _ask_rest()
    yield from _ask_pages()
    yield from _ask_rules_and_providers()


def _ask_rest() -> Iterator[Ask]:
    for query in ("", "?text=hidden", "?text=example", "?kind=domain&verdict=suspicious", "?batch=x"):
        yield Ask(f"{PREFIX}/analyses{query}")
    yield Ask(f"{PREFIX}/analyses", "POST", body={"value": ""})
    yield Ask(f"{PREFIX}/analyses/files", "POST", content=b"")
    for value in ("hidden.example", "beacon.example", "198.51.100.7", "203.0.113.99"):
        yield Ask(f"{PREFIX}/analyses/preview", "POST", body={"value": value})
    for name in _NAMES:
        path = f"{PREFIX}/analyses/{name}"
        yield Ask(path)
        yield Ask(f"{path}?raw=true")
        yield Ask(f"{path}/sample")
        yield Ask(f"{path}/stix")
        yield Ask(f"{path}/ask", "POST", body={"plugin": "nothing"})
    for name in ("«analysis:alice»", "«analysis:carol»", _ABSENT):
        yield Ask(f"{PREFIX}/analyses/{name}", "DELETE")
    yield Ask(f"{PREFIX}/analysis-rules")
    yield Ask(f"{PREFIX}/analysis-rules", "POST", body={"name": "x", "kinds": ["domain"]})
    yield Ask(f"{PREFIX}/analysis-rules/987654321")
    yield Ask(f"{PREFIX}/analysis-rules/987654321", "PATCH", body={"per_day": 5})
    yield Ask(f"{PREFIX}/analysis-rules/987654321", "DELETE")


def _ask_rules_and_providers() -> Iterator[Ask]:
    yield Ask("/analyses/rules")
    yield Ask("/analyses/rules/add", "POST", form={"name": "", "per_day": "5"})
    for act in ("change", "switch", "delete"):
        yield Ask(f"/analyses/rules/987654321/{act}", "POST", form={"kinds": "domain", "per_day": "5"})
    yield Ask("/providers")
    yield Ask("/providers/virustotal")
    for act in ("save", "test", "remove"):
        yield Ask(f"/providers/nothing/{act}", "POST", form={})


def _ask_pages() -> Iterator[Ask]:
    for query in ("", "?text=hidden", "?kind=domain", "?verdict=suspicious"):
        yield Ask(f"/analyses{query}")
    yield Ask("/analyses.json")
    yield Ask("/analyses.csv")
    yield Ask("/analyses/start", "POST", form={"values": ""})
    yield Ask("/analyses/file", "POST", form={})
    yield Ask("/analyses/preview", "POST", form={"values": "hidden.example", "may_ask": "1"})
    for name in _NAMES:
        path = f"/analyses/{name}"
        for what in ("", ".json", "/stix.json", "/changes", "/raw/store", "/sample"):
            yield Ask(f"{path}{what}")
        yield Ask(f"{path}/ask", "POST", form={"plugin": "nothing"})
    for name in ("«analysis:alice»", "«analysis:carol»", _ABSENT):
        yield Ask(f"/analyses/{name}/repeat", "POST", form={})
        yield Ask(f"/analyses/{name}/delete", "POST", form={})
