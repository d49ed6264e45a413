"""What the demonstration shows beside objects: a collection, an output, feeds that are off, a document."""

from contextlib import suppress
from typing import Final

from stack.accounts.principal import Principal
from stack.core.errors import Conflict
from stack.ingest.review.operations import add_document, discard_review
from stack.ingest.review.queries import list_reviews
from stack.sharing.collections.operations import create_collection, delete_collection
from stack.sharing.collections.queries import find_collection
from stack.sharing.exporting.records import ExportRequest
from stack.sharing.outputs.operations import create_output, delete_output
from stack.sharing.outputs.queries import list_outputs
from stack.sources.feeds.operations import add_feed, remove_feed
from stack.sources.feeds.queries import list_feeds

_ALIAS: Final = "demo-indicators"
_OUTPUT: Final = "Domains for a proxy (invented)"
_VENDORS: Final = ("cisa-kev", "feodo-tracker", "mitre-attack")
_DOCUMENT: Final = "gravelwick.txt"
# Addresses are those that are kept for documentation, and names end in what nobody can register.
_TEXT: Final = """\
GRAVELWICK: a loader that hides behind shared documents

Since October we have seen mails that lead to hxxps://docs[.]sluice-ledger44[.]example/view?id=17 and from
there to a loader that we call GRAVELWICK. It talks to update[.]meadow-saffron156[.]example and to
198.51.100[.]23 on port 8443. Its predecessor, QUILLFISH, used 203.0.113[.]77.

The file invoice_2026.zip has the SHA-256
5b1f6d0e1f2c4f5a8b7c6d5e4f3a2b1c0d9e8f7a6b5c4d3e2f1a0b9c8d7e6f5a.
Before it starts it looks whether it reaches www.google.com and 8.8.8.8. It keeps itself in
HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Updater (T1547.001).
Its mutex is Global\\gw-2026-10. The lures came from billing@evil-invoices[.]example.
"""


def show_demo(principal: Principal) -> None:
    """Nothing goes out of itself: the feeds are off, and nobody has a key of the output."""
    collection = create_collection(
        principal,
        title="Sure indicators (invented)",
        description="Indicators of confidence 70 and more, kept up as objects change.",
        query="type:indicator AND confidence:>=70",
        alias=_ALIAS,
    )
    wanted = ExportRequest(format="list", collection=str(collection.id), options={"kind": "domain"})
    create_output(principal, title=_OUTPUT, request=wanted)
    for vendor in _VENDORS:
        # Who has a feed or a source of that name keeps it.
        with suppress(Conflict):
            add_feed(principal, vendor=vendor)
    add_document(
        principal,
        chunks=[_TEXT.encode()],
        filename=_DOCUMENT,
        title="GRAVELWICK (invented)",
        source="Saltmere CERT (invented)",
    )


def hide_demo(principal: Principal) -> None:
    """Takes the same back as far as the principal may; a feed that somebody has enabled stays."""
    for output in list_outputs(principal):
        if output.title == _OUTPUT:
            delete_output(principal, output.id)
    collection = find_collection(principal, _ALIAS)
    if collection is not None and collection.is_own:
        delete_collection(principal, collection.id)
    for feed in list_feeds(principal):
        if feed.vendor in _VENDORS and not feed.is_enabled and feed.last_success_at is None:
            remove_feed(principal, feed.id)
    for review in list_reviews(principal).rows:
        if review.filename == _DOCUMENT:
            discard_review(principal, review.id, revision=review.revision)
