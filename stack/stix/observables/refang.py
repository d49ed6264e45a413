"""Writes values so that nobody clicks them (defang) and reads such writing back (refang)."""

import re
from collections.abc import Iterator

from stack.stix.observables.kinds import Kind

# A scheme (hxxp, hXXps, h**p, h[tt]p, fxp, meow, where a colon in any writing follows), or a mark for a dot,
# an at sign or the separator of a scheme.
_MARKS = r"""
      (?<![a-z0-9])
      (?: (?:h(?!ttp)(?:[tx*_]{2}|\[tt\])p|meow) (?: (?P<https>s)|(?P<http>) )
        | fxp (?: (?P<ftps>s)|(?P<ftp>) ) )
      (?=[\[({]?:)
    | (?P<double>\[)? [\[({<] \s?
      (?: (?P<dot>\.|dot) | (?P<at>@|at) | (?P<separator>://|:|//|/) )
      \s? [\])}>] (?(double)\])
    | (?P<open>(?<=\w)\[\.(?=[a-z])) | (?P<close>(?<=\w)\.\](?=\w))
"""
# Most characters cannot begin a mark: looking at them once first makes the search five times as fast.
_FLAGS = re.VERBOSE | re.IGNORECASE | re.ASCII
_MARK = re.compile(rf"(?=[hfm\[({{<.]) (?: {_MARKS} )", _FLAGS)
_MARK_OR_ESCAPE = re.compile(rf"(?=[hfm\[({{<.\\]) (?: {_MARKS} | (?<!\\)\\++(?P<escaped>\.) )", _FLAGS)
_MEANINGS = {"https": "https", "http": "http", "ftps": "ftps", "ftp": "ftp", "at": "@"}
_NEEDS_REFANG = re.compile(r"[\[({<\\\]]|h(?:[x*_]|t[x*_])|fxp|meow", re.IGNORECASE)
_URL_SPLIT = re.compile(r"([a-z][a-z0-9+.-]*)(://)([^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_DEFANGED_SCHEMES = {"http": "hxxp", "https": "hxxps", "ftp": "fxp", "ftps": "fxps"}


def refang(text: str) -> str:
    """The text with every defanged mark in it read back: `hxxps[:]//evil[.]example` to `https://evil.example`.

    A backslash before a dot counts as a mark, so apply it to values of the network, not to file paths.
    """
    if not _NEEDS_REFANG.search(text):
        return text
    return _MARK_OR_ESCAPE.sub(_read_mark, text)


def find_marks(text: str) -> Iterator[tuple[int, int, str]]:
    """Start, end and meaning of each mark in running text, where a backslash is none: it may be a path's."""
    for match in _MARK.finditer(text):
        yield match.start(), match.end(), _read_mark(match)


def defang(value: str, kind: Kind) -> str:
    """The value as shown to people: no browser, mail program or chat makes a link of it.

    `hxxps://evil[.]example/a`, `1.2.3[.]4`, `user[@]evil[.]example`. Kinds that nobody can click stay as
    they are. For canonical values `refang(defang(value, kind)) == value`.
    """
    match kind:
        case Kind.IPV4 | Kind.IPV6 | Kind.CIDR:
            return _defang_address(value)
        case Kind.DOMAIN:
            return value.replace(".", "[.]")
        case Kind.EMAIL:
            local, _, host = value.rpartition("@")
            return f"{local}[@]{host.replace('.', '[.]')}"
        case Kind.URL:
            return _defang_url(value)
        case _:
            return value


def _read_mark(match: re.Match[str]) -> str:
    if match.lastgroup == "separator":
        return match["separator"]
    return _MEANINGS.get(match.lastgroup or "", ".")


def _defang_address(value: str) -> str:
    mark = ":" if ":" in value else "."
    head, found, tail = value.rpartition(mark)
    return f"{head}[{mark}]{tail}" if found else value


def _defang_url(value: str) -> str:
    parts = _URL_SPLIT.fullmatch(value)
    if parts is None:
        host, slash, rest = value.partition("/")
        return host.replace(".", "[.]") + slash + rest
    scheme, separator, authority, rest = parts.groups()
    written = _DEFANGED_SCHEMES.get(scheme.lower())
    if written is None:
        written, separator = scheme, "[://]"
    host = authority.replace(".", "[.]") if "." in authority else _defang_address(authority)
    return f"{written}{separator}{host}{rest}"
