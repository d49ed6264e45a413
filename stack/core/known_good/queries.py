"""Which of many values are known-good."""

from collections.abc import Iterable
from pathlib import Path
from threading import Lock
from time import monotonic

from stack.core.errors import Unavailable
from stack.core.known_good.layout import MAGIC
from stack.core.known_good.lists import digest_files, find_package_lists, list_files
from stack.core.known_good.reading import CompactLists
from stack.core.known_good.records import KnownGood, ListInUse
from stack.core.known_good.settings import KnownGoodSettings, current_settings

# Files of lists that were changed are seen within this.
_LOOK_AGAIN_S = 60.0


class _OpenLists:
    """The compact files of this process: opened when first asked for, and again when lists have changed."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._settings: KnownGoodSettings | None = None
        self._opened: dict[Path, CompactLists] = {}
        self._looked_at = 0.0

    def get(self) -> list[CompactLists]:
        settings = current_settings()
        if settings is not self._settings or monotonic() - self._looked_at > _LOOK_AGAIN_S:
            with self._lock:
                self._look(settings)
        return list(self._opened.values())

    def _look(self, settings: KnownGoodSettings) -> None:
        try:
            public = list_files(settings.lists or find_package_lists())
            own = list_files(settings.own) if settings.own else []
            wanted = [
                _make_ready(settings.folder, files, is_own=is_own)
                for files, is_own in ((public, False), (own, True))
                if files
            ]
            before = self._opened if settings is self._settings else {}
            self._opened = {
                path: before.get(path) or CompactLists(path, switched_off=settings.switched_off)
                for path in wanted
            }
        except (OSError, ValueError) as error:
            raise Unavailable(
                f"The lists of known-good values cannot be made ready: {error}",
                remedy="The settings STACK_KNOWN_GOOD_* say where they are.",
            ) from error
        self._settings, self._looked_at = settings, monotonic()


_lists = _OpenLists()


def find_known_good(values: Iterable[tuple[str, str]]) -> dict[str, tuple[KnownGood, ...]]:
    """By value, the lists that hold it; what no list holds is left out.

    `values` are (kind, value): a `stix.observables.kinds.Kind` or its text, and the canonical value. The
    first call of an installation builds the files, which takes seconds. Unavailable where it cannot.
    """
    asked = dict.fromkeys(values)
    found: dict[str, tuple[KnownGood, ...]] = {}
    for lists in _lists.get():
        find = lists.find
        for kind, value in asked:
            if held := find(kind, value):
                found[value] = tuple(dict.fromkeys((*found.get(value, ()), *held)))
    return found


def list_known_good_lists() -> list[ListInUse]:
    """All lists, those that are switched off or cannot be asked among them, by title."""
    found = [each for lists in _lists.get() for each in lists.describe()]
    return sorted(found, key=lambda each: each.title.casefold())


def _make_ready(folder: Path, files: list[Path], *, is_own: bool) -> Path:
    """The compact file of these lists, built where it is not there yet."""
    prefix = "own" if is_own else "public"
    target = folder / f"{prefix}-{digest_files(files, layout=MAGIC)}.lists"
    if not target.exists():
        # What builds is needed once per version of the lists.
        from stack.core.known_good.building import build_apart, remove_others

        build_apart(target, files=[] if is_own else files, own=files if is_own else [])
        remove_others(target, prefix=prefix)
    return target
