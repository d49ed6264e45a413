"""Any STIX bundle at an address."""

from collections.abc import Iterator

from stack.core.plugin_options import Credential, Option, Place
from stack.sources.feeds.base import FeedPlugin, Piece, Visit

_FORMATS = ("stix", "stix-objects", "stix-2.0", "json-lines")


class Feed(FeedPlugin):
    """A STIX 2.1 bundle (or 2.0, which is upgraded) at an address that always has the newest."""

    name = "stix"
    title = "STIX bundle"
    page = "https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html"
    terms = "Those of whoever publishes it."
    filename = "feed.json"
    format = "stix"
    reliability = 5
    tlp = "amber"
    most_bytes = 512 * 1024 * 1024
    credentials = (
        Credential("token", "Bearer token", Place.HEADER, "Authorization", "Bearer ", is_needed=False),
        Credential("user", "User name", Place.USER, is_needed=False),
        Credential("password", "Password", Place.PASSWORD, is_needed=False),
    )
    options = (Option("format", "Format", "stix", values=_FORMATS),)
    example = (
        b'{"type":"bundle","id":"bundle--3b0d5b7e-9c0c-4a6e-8f2e-6a4a5a1c7d10","objects":[{"type":"domain-name",'
        b'"spec_version":"2.1","id":"domain-name--bedb4899-d24b-5401-bc86-8f6b4cc18ec7","value":"example.com"}]}'
    )

    @classmethod
    def fetch(cls, visit: Visit) -> Iterator[Piece]:
        piece = visit.get(format=visit.choices["format"])
        if piece is not None:
            yield piece
