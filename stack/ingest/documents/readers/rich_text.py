r"""Text out of RTF, and RTF out of its compressed form in Outlook messages (MS-OXRTFCP).

Bold, fonts and pictures are nothing to us: control words are left out, but for those that stand for
characters, for the ends of lines and, in RTF made of HTML, for what the HTML was (`\htmltag`).
"""

import re

from stack.core.errors import BadInput

_COMPRESSED, _PLAIN = b"LZFu", b"MELA"
_HEADER_BYTES = 16
_WINDOW = 4096
_MOST_BYTES = 64 * 1024 * 1024
# The text that every compressed stream begins with (MS-OXRTFCP, section 2.1.3.1.1).
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    rb"\\(?:([a-z]{1,32})(-?\d{1,10})? ?|'([0-9a-f]{2})|([^a-z]))|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.I | re.S
)
_LINK = re.compile(rb'(?:href=|HYPERLINK )"?(https?://[^"\s<>{}\\]{1,2000})', re.IGNORECASE)
_BREAKS = {
    b"par": "\n",
    b"line": "\n",
    b"row": "\n",
    b"sect": "\n",
    b"page": "\n",
    b"tab": "\t",
    b"cell": "\t",
}
_MARKS = {
    b"emdash": "—",
    b"endash": "–",
    b"lquote": "‘",
    b"rquote": "’",
    b"ldblquote": "“",
    b"rdblquote": "”",
}
_HIDDEN = frozenset((b"fonttbl", b"colortbl", b"stylesheet", b"info", b"pict", b"object", b"themedata"))


def decompress_rich_text(data: bytes) -> bytes:
    """The RTF of a PidTagRtfCompressed property; BadInput where it is damaged."""
    if len(data) < _HEADER_BYTES or data[8:12] not in {_COMPRESSED, _PLAIN}:
        raise BadInput("The body of the Outlook message is damaged")
    size = int.from_bytes(data[4:8], "little")
    if size > _MOST_BYTES:
        raise BadInput("The body of the Outlook message is larger than 64 MB")
    if data[8:12] == _PLAIN:
        return data[_HEADER_BYTES : _HEADER_BYTES + size]
    return _expand(data[_HEADER_BYTES:], size)


def strip_rich_text(data: bytes) -> str:
    """The text of an RTF document. Groups that begin with a star, and tables of fonts and styles, are no
    text."""
    pieces: list[str] = []
    hidden: list[bool] = [False]
    skip, skips = 0, [1]
    starts_group = False
    for token in _TOKEN.finditer(data):
        word, number, code, symbol, brace, plain = token.groups()
        if brace == b"{":
            hidden.append(hidden[-1])
            skips.append(skips[-1])
        elif brace == b"}":
            if len(hidden) > 1:
                hidden.pop()
                skips.pop()
        elif (symbol == b"*" and starts_group) or (word is not None and word in _HIDDEN):
            hidden[-1] = True
        elif word == b"uc":
            skips[-1] = max(0, int(number or b"1"))
        elif not hidden[-1]:
            written, is_unicode = _write_token(word, number, code, symbol, plain)
            if skip and not is_unicode and (code or plain):
                # What stands for the character before, for readers without Unicode.
                length = len(written)
                written, skip = written[skip:], max(0, skip - length)
            elif is_unicode:
                skip = skips[-1]
            pieces.append(written)
        starts_group = brace == b"{"
    links = dict.fromkeys(link.decode("utf-8", "replace") for link in _LINK.findall(data))
    text = "".join(pieces)
    return "\n".join([text, *(link for link in links if link not in text)])


def _write_token(
    word: bytes | None, number: bytes | None, code: bytes | None, symbol: bytes | None, text: bytes | None
) -> tuple[str, bool]:
    if text is not None:
        return text.decode("cp1252", "replace"), False
    if code is not None:
        return bytes([int(code, 16)]).decode("cp1252", "replace"), False
    if word == b"u" and number is not None:
        return chr(int(number) % 0x10000), True
    if word is not None:
        return _BREAKS.get(word) or _MARKS.get(word, ""), False
    if symbol == b"~":
        return " ", False
    return symbol.decode("ascii", "replace") if symbol is not None and symbol in b"\\{}" else "", False


def _expand(data: bytes, size: int) -> bytes:
    window = bytearray(_DICTIONARY.ljust(_WINDOW, b" "))
    write = len(_DICTIONARY)
    output = bytearray()
    at = 0
    while at < len(data) and len(output) < size:
        flags = data[at]
        at += 1
        for bit in range(8):
            if flags >> bit & 1:
                if at + 2 > len(data):
                    return bytes(output)
                reference = int.from_bytes(data[at : at + 2], "big")
                at += 2
                read, length = reference >> 4, (reference & 0xF) + 2
                if read == write:
                    return bytes(output)
                run = range(read, read + length)
                for place in run:
                    byte = window[place % _WINDOW]
                    output.append(byte)
                    window[write] = byte
                    write = (write + 1) % _WINDOW
            elif at < len(data):
                output.append(data[at])
                window[write] = data[at]
                write = (write + 1) % _WINDOW
                at += 1
    return bytes(output[:size])
