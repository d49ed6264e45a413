"""`STACK_TAXII_*`: the TAXII server."""

from stack.config.environment import read_integer, read_text
from stack.sharing.taxii.settings import TaxiiSettings


def configure_taxii() -> TaxiiSettings:
    return TaxiiSettings(
        title=read_text("STACK_TAXII_TITLE", "Stack"),
        contact=read_text("STACK_TAXII_CONTACT"),
        page=read_integer("STACK_TAXII_PAGE", 1000, low=1, high=100_000),
        post_bytes=read_integer("STACK_TAXII_POST_LIMIT_MB", 32, low=1, high=1024) * 1_048_576,
        status_days=read_integer("STACK_TAXII_STATUS_DAYS", 7, low=1, high=3650),
    )
