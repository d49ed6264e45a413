"""The words of the pattern language (STIX 2.1, section 9, and the OASIS grammar where the prose is open)."""

import re

SPACE = r"[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
STRING = r"'[^'\\]*+(?:\\['\\][^'\\]*+)*+'"

_DATE = r"[0-9]{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:(?:[0-5][0-9]|60)(?:\.[0-9]+)?Z"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*+(?:[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)?"

# White space and comments, then one word. Where two rules fit the longer word wins, as in the OASIS grammar.
TOKEN = re.compile(
    rf"""
    (?:{SPACE}++|/\*.*?\*/|//[^\r\n]*+)*+
    (?: (?P<timestamp>t'{_DATE}T{_TIME}')
      | (?P<hex>h'(?:[0-9A-Fa-f]{{2}})*+')
      | (?P<binary>b'(?!'){_BASE64}')
      | (?P<word>[A-Za-z_][A-Za-z0-9_-]*+)
      | (?P<string>{STRING})
      | (?P<float>[+-]?[0-9]*+\.[0-9]++)
      | (?P<integer>[+-]?(?:0|[1-9][0-9]*+))
      | (?P<symbol>==?|!=|<>|<=?|>=?)
      | (?P<mark>[()\[\]:.,*])
      | (?P<end>\Z)
      | (?P<invalid>.)
    )
    """,
    re.VERBOSE | re.DOTALL,
)

KEYWORDS = frozenset(
    {
        "AND", "OR", "NOT", "FOLLOWEDBY", "LIKE", "MATCHES", "ISSUPERSET", "ISSUBSET", "EXISTS", "LAST", "IN",
        "START", "STOP", "SECONDS", "true", "false", "WITHIN", "REPEATS", "TIMES",
    }
)  # fmt: skip

_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


def unescape(text: str) -> str:
    """The inside of a string literal with its escapes resolved."""
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def escape(value: str) -> str:
    """The value as the inside of a string literal."""
    return value.replace("\\", "\\\\").replace("'", "\\'")
