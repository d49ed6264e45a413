"""Files that are handed in to be analysed: kept sealed first, then a subject like any other."""

from collections.abc import Iterable, Sequence

from django.conf import settings

from stack.accounts.principal import Permission, Principal
from stack.analysis.operations import Wish, start_analysis
from stack.analysis.records import AnalysisRow
from stack.analysis.registry import list_analyzers
from stack.store.artifacts.operations import discard_artifact, keep_artifact


def start_file_analysis(
    principal: Principal, *, chunks: Iterable[bytes], filename: str, tlp: int | None = None, wish: Wish
) -> AnalysisRow:
    """Keeps the file and starts its analysis. Raises `BadInput` above STACK_UPLOAD_LIMIT_MB."""
    principal.require(Permission.ANALYZE)
    kept = keep_artifact(
        chunks, limit_bytes=settings.UPLOAD_LIMIT_BYTES, organisation_id=principal.organisation_id
    )
    try:
        return start_analysis(principal, artifact=kept, filename=filename, tlp=tlp, wish=wish)
    except Exception:
        discard_artifact(kept.name)
        raise


def choose_plugins(providers: Sequence[str] | None) -> Sequence[str] | None:
    """All engines and these providers; None for all of both."""
    return None if providers is None else [*list_analyzers(), *providers]
