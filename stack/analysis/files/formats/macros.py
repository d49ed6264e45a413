"""What macros say of a document. Their weights are for documents that came from somebody else."""

import re
from collections.abc import Sequence
from typing import Final

from stack.analysis.answers import MODEST, SLIGHT, STRONG
from stack.analysis.files.base import Report
from stack.analysis.files.formats.commands import Setting, find_behaviours
from stack.analysis.files.formats.scripts import read_script
from stack.analysis.files.formats.vba import VbaModule, VbaProject

_STARTS_ITSELF: Final = re.compile(
    r"\b(?:Auto_?(?:Open|Exec|Close|Exit|New)|Document_?(?:Open|Close|New|BeforeClose)|"
    r"Workbook_(?:Open|Activate|Close|BeforeClose)|\w+_(?:Painted|Layout|GotFocus|MouseHover|MouseMove|Resize))\b",
    re.IGNORECASE,
)
_LINE_OF_CODE = re.compile(r"^(?![ \t\r]*(?:Attribute |'|Option |$)).+", re.MULTILINE | re.IGNORECASE)
_FORM_TEXT = 256 * 1024
# An empty module compiles to about a thousand bytes.
_MUCH_COMPILED = 4_000
# Excel's own language of macros of 1992 has hardly been used in good faith for thirty years.
_XLM_CALLS: Final = re.compile(
    r"\b(EXEC|CALL|REGISTER|URLDownloadToFile\w?|FORMULA(?:\.FILL)?|FOPEN|FWRITE|RUN|HALT)\s*\(",
    re.IGNORECASE,
)
_XLM_STRONG = frozenset({"EXEC", "CALL", "REGISTER"})


def judge_project(project: VbaProject, report: Report) -> None:
    """Facts, texts and evidence of the macros of one project."""
    lines = sum(len(_LINE_OF_CODE.findall(module.source)) for module in project.modules)
    report.fact("Modules", len(project.modules), section="Macros")
    report.fact("Lines of code", lines, section="Macros")
    source = "\n".join(module.source for module in project.modules)
    for module in project.modules:
        report.fact("Module", module.name, section="Macros")
    if source.strip():
        report.text(source, origin="macros")
    starts = sorted({match[0] for match in _STARTS_ITSELF.finditer(source)})
    _judge_removed(project.modules, report)
    if not lines:
        return
    if starts:
        report.note(
            "macro.starts-itself",
            f"{lines:,} lines of macros run by themselves, by {', '.join(starts[:5])}.",
            weight=MODEST,
            group="macro.present",
        )
    else:
        report.note(
            "macro.present",
            f"The document holds {lines:,} lines of macros, which nothing starts by itself.",
            weight=SLIGHT,
        )
    if not project.has_directory:
        report.note(
            "macro.no-directory",
            "The list of modules is missing or damaged, while their code is there: some tools miss it so.",
            weight=MODEST,
        )
    read_script(source, report, setting=Setting.MACRO, what="The macro")
    if starts and "executes" in find_behaviours(source):
        report.note(
            "macro.starts-programs",
            f"Once the document is opened, a macro starts another program ({starts[0]}).",
            weight=STRONG,
            group="macro.downloads",
        )


def _judge_removed(modules: Sequence[VbaModule], report: Report) -> None:
    """Source that was taken away while the compiled code stays, which Office of the same version runs."""
    for module in modules:
        has_code = _LINE_OF_CODE.search(module.source) is not None
        if not has_code and module.compiled > _MUCH_COMPILED:
            report.note(
                "macro.stomped",
                f"The source of the module {module.name} is gone, and {module.compiled:,} bytes of compiled"
                " code are left: it runs, and is hidden from most tools.",
                weight=STRONG,
            )
            return


def judge_names(names: Sequence[str], report: Report) -> None:
    """Names that compiled code uses, as text: where the source is gone they tell what it did."""
    report.text("\n".join(names)[:_FORM_TEXT], origin="names in compiled macros")


def judge_xlm(formulas: str, report: Report, *, hidden: bool, starts: bool) -> None:
    """Excel 4.0 macros; `formulas` one a line."""
    calls = {match[1].upper() for match in _XLM_CALLS.finditer(formulas)}
    report.text(formulas, origin="Excel 4.0 macros")
    report.fact("Excel 4.0 formulas", formulas.count("\n") + 1, section="Macros")
    manner = " and starts by itself" if starts else ""
    report.note(
        "macro.xlm",
        f"A sheet{' that is hidden' if hidden else ''} holds Excel 4.0 macros{manner}.",
        weight=STRONG if hidden or starts else MODEST,
        group="macro.present",
    )
    if calls & _XLM_STRONG:
        report.note(
            "macro.xlm-calls",
            f"Excel 4.0 macros call {', '.join(sorted(calls))}, which start programs or code of Windows.",
            weight=STRONG,
        )
    read_script(formulas, report, setting=Setting.MACRO, what="The Excel 4.0 macro")
