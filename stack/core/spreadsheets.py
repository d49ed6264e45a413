"""CSV that a spreadsheet opens without running anything."""

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def defuse_cell(cell: object) -> object:
    """The cell; what a spreadsheet would take for a formula gets an apostrophe (OWASP, CSV injection)."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell
