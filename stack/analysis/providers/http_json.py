"""Any service that answers with JSON over HTTP, as an account of it describes (docs/providers.md).

A path is names with dots; `*` stands for each member of a list or object, a number for one of a list.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final
from urllib.parse import parse_qsl, quote, urlsplit

import msgspec

from stack.analysis.answers import ABSENT, MODEST, SLIGHT, STRONG, Answer, Word
from stack.analysis.base import (
    MINUTE_S,
    Asking,
    MalformedAnswer,
    ProviderPlugin,
    ProviderReply,
    ProviderRequest,
    Rate,
)
from stack.analysis.making import Maker, clean_text, read_raw
from stack.analysis.subjects import FILES, SUBJECT_KINDS, Subject
from stack.core.errors import FieldError
from stack.core.plugin_options import Credential, Option, Place
from stack.stix.observables.kinds import Kind

_KINDS: Final = SUBJECT_KINDS - FILES
_MARK: Final = re.compile(r"\{(value|kind)\}")
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_NOT_HEADERS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "cookie"})
_WEIGHTS: Final = {"slight": SLIGHT, "modest": MODEST, "strong": STRONG}
_WORDS: Final = {"malicious": Word.MALICIOUS, "suspicious": Word.SUSPICIOUS, "benign": Word.BENIGN}
_MOST_FOUND: Final = 200
_STEPS: Final = 16


class Provider(ProviderPlugin):
    """A service of your own, by paths into what it answers."""

    name = "http-json"
    title = "HTTP JSON service"
    page = "https://www.rfc-editor.org/rfc/rfc8259"
    terms = "Those of the service that you describe."
    kinds = _KINDS
    credentials: ClassVar[tuple[Credential, ...]] = (
        Credential("key", "Credential", Place.HEADER, field="Authorization", is_needed=False),
    )
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", "Address of the service, such as https://intel.example/api", is_needed=True),
        Option("path", "What follows it, such as /lookup/{value} or /search?q={value}", "/{value}"),
        Option("kinds", "Kinds of value that it takes, such as: ipv4 domain", is_needed=True),
        Option("method", "Method", "GET", ("GET", "POST")),
        Option("body", "JSON to send with POST, such as {\"query\": \"{value}\"}"),
        Option("header", "Header of the credential", "Authorization"),
        Option("prefix", "What stands before the credential, such as Bearer"),
        Option("found", "Path that is there, and neither empty nor false, where it knows the value"),
        Option("verdict", "Path of its verdict"),
        Option("malicious", "Words for malicious", "malicious, malware, bad, true"),
        Option("suspicious", "Words for suspicious", "suspicious"),
        Option("benign", "Words for benign", "benign, clean, good"),
        Option("score", "Path of its score, the higher the worse"),
        Option("malicious_from", "Score from which it is malicious", "80"),
        Option("suspicious_from", "Score from which it is suspicious", "50"),
        Option("trust", "How much its word weighs", "modest", ("slight", "modest", "strong")),
        Option("seen", "Path of the time that it speaks of"),
        Option("facts", "Facts to show, such as: Owner=data.owner; Country=geo.country"),
        Option("pivots", "Values to look at next, such as: domain=links.*.host; ipv4=data.addresses.*"),
        Option("link", "Page for people, such as https://intel.example/{value}"),
        Option("probe", "Value to test with, of the first of its kinds"),
    )  # fmt: skip
    rates = (Rate(60, MINUTE_S),)
    tlp = "amber+strict"
    is_metered = True
    is_named = True

    def __init__(self, choices: Mapping[str, str]) -> None:
        super().__init__(choices)
        prefix = f"{choices['prefix']} " if choices["prefix"] else ""
        key = Credential("key", "Credential", Place.HEADER, choices["header"], prefix, is_needed=False)
        self.credentials = (key,)  # type: ignore[misc]  # what others have in common, each account chooses here

    @classmethod
    def check(cls, choices: Mapping[str, str]) -> list[FieldError]:
        return list(_find_faults(choices))

    def takes(self) -> frozenset[str]:
        return frozenset(_split(self.choices["kinds"])) & _KINDS

    def ask(self, subject: Subject) -> Asking:
        reply = yield self._make_request(subject)
        if reply.status == 404:
            return ABSENT
        return _Reading(self.choices, subject, reply).read()

    def test(self) -> Asking:
        kinds = _split(self.choices["kinds"])
        value = self.choices["probe"] or _PROBES.get(kinds[0], "")
        reply = yield self._make_request(Subject(kinds[0], value))
        if reply.status != 404:
            reply.read(object)
        return Answer(summary="The service answers with JSON")

    def _make_request(self, subject: Subject) -> ProviderRequest:
        parts = urlsplit(self.choices["path"])
        body = self.choices["body"]
        return ProviderRequest(
            path=_fill(parts.path, subject, escape=True),
            params={
                name: _fill(text, subject) for name, text in parse_qsl(parts.query, keep_blank_values=True)
            },
            method=self.choices["method"],
            json=_fill_json(msgspec.json.decode(body.encode()), subject) if body else None,
            expects=(200, 404),
        )


_PROBES: Final = {
    "ipv4": "192.0.2.1", "ipv6": "2001:db8::1", "domain": "example.org", "url": "https://example.org/",
    "email": "nobody@example.org", "md5": "0" * 32, "sha1": "0" * 40, "sha256": "0" * 64, "sha512": "0" * 128,
}  # fmt: skip


class _Reading:
    """Reads one reply by the choices of an account."""

    def __init__(self, choices: Mapping[str, str], subject: Subject, reply: ProviderReply) -> None:
        self._choices = choices
        self._subject = subject
        self._reply = reply
        self._body: Any = reply.read(object)
        self._maker = Maker("http-json", subject)

    def read(self) -> Answer:
        if not isinstance(self._body, dict | list):
            raise MalformedAnswer("it is neither an object nor a list")
        if not self._is_found():
            return ABSENT
        seen_at = self._maker.moment(self._first("seen"), "What it speaks of")
        word = self._judge_verdict(seen_at)
        by_score = self._judge_score(seen_at, is_weighed=word is None)
        self._tell()
        stated = word or by_score
        verdict, score = self._first("verdict"), self._first("score")
        shown = [clean_text(each, most=80) for each in (verdict, score) if each is not None]
        link = _fill(self._choices["link"], self._subject, escape=True)
        return self._maker.answer(
            summary=", ".join(shown) or "known", stated=stated, link=link, raw=read_raw(self._reply)
        )

    def _is_found(self) -> bool:
        path = self._choices["found"]
        if path:
            return any(each not in (None, False, "", 0, [], {}) for each in find_values(self._body, path))
        return bool(self._body)

    def _first(self, option: str) -> Any:
        path = self._choices[option]
        found = find_values(self._body, path) if path else iter(())
        return next((each for each in found if isinstance(each, str | int | float | bool)), None)

    def _judge_verdict(self, seen_at: int | None) -> Word | None:
        said = self._first("verdict")
        if said is None:
            return None
        text = ("true" if said else "false") if isinstance(said, bool) else str(said).strip().casefold()
        word = next((_WORDS[name] for name in _WORDS if text in _read_words(self._choices[name])), None)
        statement = f"The service says “{clean_text(said, most=80)}”."
        self._maker.evidence("verdict", statement, self._weigh(word), group="http-json", seen_at=seen_at)
        return word

    def _judge_score(self, seen_at: int | None, *, is_weighed: bool) -> Word | None:
        said = self._first("score")
        if said is None:
            return None
        try:
            score = float(said)
        except (ValueError, OverflowError):
            raise MalformedAnswer(f"its score is no number: {clean_text(said, most=40)}") from None
        word = None
        if score >= float(self._choices["malicious_from"]):
            word = Word.MALICIOUS
        elif score >= float(self._choices["suspicious_from"]):
            word = Word.SUSPICIOUS
        weight = self._weigh(word) if is_weighed else 0.0
        self._maker.evidence("score", f"Its score is {score:g}.", weight, group="http-json", seen_at=seen_at)
        return word

    def _weigh(self, word: Word | None) -> float:
        full = _WEIGHTS[self._choices["trust"]]
        return {Word.MALICIOUS: full, Word.SUSPICIOUS: full / 2, Word.BENIGN: -full / 2}.get(
            word or Word.UNKNOWN, 0.0
        )

    def _tell(self) -> None:
        for name, path in _read_pairs(self._choices["facts"]):
            found = [
                each for each in find_values(self._body, path) if isinstance(each, str | int | float | bool)
            ]
            self._maker.fact(name, found[0] if len(found) == 1 else found or None)
        for name, path in _read_pairs(self._choices["pivots"]):
            found = [each for each in find_values(self._body, path) if isinstance(each, str)]
            self._maker.pivots(found, Kind(name))


def find_values(body: Any, path: str) -> Iterator[Any]:
    """What stands at a path; at most 200 values, nothing where there is nothing."""
    found = [body]
    for step in path.split("."):
        found = [inner for each in found for inner in _step(each, step)][:_MOST_FOUND]
    yield from found


def _step(value: Any, step: str) -> list[Any]:
    if step == "*":
        return list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ())
    if isinstance(value, dict):
        return [value[step]] if step in value else []
    if isinstance(value, list) and step.isdecimal():
        return value[int(step) : int(step) + 1]
    return []


def _fill(template: str, subject: Subject, *, escape: bool = False) -> str:
    """Once over the template: what a value holds is never a template itself."""
    said = {"value": subject.value, "kind": subject.kind}
    return _MARK.sub(lambda mark: quote(said[mark[1]], safe="") if escape else said[mark[1]], template)


def _fill_json(value: Any, subject: Subject) -> Any:
    """Inside the texts of a JSON value, so that no value can break out of its text."""
    if isinstance(value, str):
        return _fill(value, subject)
    if isinstance(value, list):
        return [_fill_json(each, subject) for each in value]
    if isinstance(value, dict):
        return {name: _fill_json(each, subject) for name, each in value.items()}
    return value


def _split(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _read_words(text: str) -> set[str]:
    return {word.strip().casefold() for word in text.split(",") if word.strip()}


def _read_pairs(text: str) -> list[tuple[str, str]]:
    """`Name=path; Name=path`, also on lines of their own."""
    parts = (part.partition("=") for part in re.split(r"[;\n]", text) if part.strip())
    return [(name.strip(), path.strip()) for name, _, path in parts]


def _find_faults(choices: Mapping[str, str]) -> Iterator[FieldError]:
    kinds = _split(choices["kinds"])
    if not kinds or not set(kinds) <= _KINDS:
        yield FieldError("kinds", f"expected some of {', '.join(sorted(_KINDS))}")
    path = choices["path"]
    if (
        not path.startswith("/")
        or "#" in path
        or "\\" in path
        or {".", ".."} & set(path.split("?")[0].split("/"))
    ):
        yield FieldError("path", "expected a path that begins with a slash, such as /lookup/{value}")
    if not _MARK.search(path) and "{value}" not in choices["body"]:
        yield FieldError("path", "expected {value} in the path or the body: nothing would be asked")
    if not _HEADER.fullmatch(choices["header"]) or choices["header"].lower() in _NOT_HEADERS:
        yield FieldError("header", "expected the name of a header, such as X-Api-Key")
    if choices["body"]:
        yield from _check_body(choices)
    for name in ("malicious_from", "suspicious_from"):
        if not re.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", choices[name]):
            yield FieldError(name, "expected a number")
    if not choices["verdict"] and not choices["score"] and not choices["facts"] and not choices["pivots"]:
        yield FieldError("verdict", "expected a path for at least one of verdict, score, facts and pivots")
    yield from _check_paths(choices)


def _check_body(choices: Mapping[str, str]) -> Iterator[FieldError]:
    if choices["method"] != "POST":
        yield FieldError("body", "expected none with GET: choose POST")
    try:
        msgspec.json.decode(choices["body"].encode())
    except msgspec.DecodeError as error:
        yield FieldError("body", f"expected JSON: {error}")


def _check_paths(choices: Mapping[str, str]) -> Iterator[FieldError]:
    for name in ("found", "verdict", "score", "seen"):
        if choices[name] and not _is_path(choices[name]):
            yield FieldError(name, "expected names with dots, such as data.verdict")
    for name in ("facts", "pivots"):
        pairs = _read_pairs(choices[name])
        if not all(label and _is_path(path) for label, path in pairs):
            yield FieldError(name, "expected NAME=path, with semicolons between them")
        elif name == "pivots" and not {label for label, _ in pairs} <= {kind.value for kind in Kind}:
            yield FieldError(name, "expected kinds of value before each “=”, such as domain or ipv4")


def _is_path(path: str) -> bool:
    steps = path.split(".")
    return len(steps) <= _STEPS and all(steps) and path.isprintable()
