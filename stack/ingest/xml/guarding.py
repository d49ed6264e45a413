"""What every reader of foreign XML does first. Runs in the sandbox."""

from typing import BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from stack.core.errors import BadInput

_DEEPEST = 100
_MOST_ELEMENTS = 2_000_000


def check_xml(file: BinaryIO) -> str:
    """The name of the root element; the file is read once and stands at its beginning again.

    Raises `BadInput` for what is no XML and for what no honest file has: a document type (so no entities),
    elements nested deeper than 100, or more than two million of them.
    """
    depth, count, root = 0, 0, ""
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=True):
            if event == "end":
                depth -= 1
                element.clear()
                continue
            root = root or element.tag
            depth, count = depth + 1, count + 1
            if depth > _DEEPEST or count > _MOST_ELEMENTS:
                raise BadInput(
                    "The XML is deeper or larger than intelligence ever is", remedy="Split the file."
                )
    except DefusedXmlException:
        raise BadInput(
            "The XML declares a document type or entities, which attacks are made of",
            remedy="Remove the DOCTYPE.",
        ) from None
    except ParseError as error:
        raise BadInput(f"Not well-formed XML: {error}", remedy="Fetch or export the file again.") from None
    except (ValueError, LookupError) as error:
        raise BadInput(f"The XML cannot be read: {error}", remedy="Save it as UTF-8.") from None
    file.seek(0)
    return root


def local_name(tag: object) -> str:
    """A name without its namespace; nothing for comments and the like."""
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
