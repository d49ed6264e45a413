"""The forms of one answer: a page, the part of it that htmx asks for, JSON and CSV, all of the same rows."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from stack.core.spreadsheets import defuse_cell


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows under named columns, for programs and spreadsheets; `about` stands beside the rows in JSON."""

    columns: tuple[str, ...]
    rows: Iterable[Sequence[Any]]
    about: Mapping[str, Any]


def render_page(request: HttpRequest, template: str, region: str, context: Mapping[str, Any]) -> HttpResponse:
    """The whole page, or only its region where htmx asks for that; caches keep the two apart."""
    asked = request.headers
    partial = asked.get("HX-Request") == "true" and asked.get("HX-History-Restore-Request") != "true"
    response = render(request, region if partial else template, dict(context))
    patch_vary_headers(response, ["HX-Request", "HX-History-Restore-Request"])
    response["Cache-Control"] = "private, no-store"
    return response


def answer_json(sheet: Sheet) -> HttpResponse:
    """`{…about, "rows": [{column: value}]}`."""
    rows = [dict(zip(sheet.columns, row, strict=True)) for row in sheet.rows]
    body = orjson.dumps({**sheet.about, "rows": rows}, option=orjson.OPT_INDENT_2)
    return HttpResponse(body, content_type="application/json")


def answer_csv(sheet: Sheet, filename: str) -> StreamingHttpResponse:
    """All rows as RFC 4180, streamed as they are read."""
    response = StreamingHttpResponse(_write_lines(sheet), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


def _write_lines(sheet: Sheet) -> Iterator[str]:
    yield _write_line(sheet.columns)
    for row in sheet.rows:
        yield _write_line(row)


def _write_line(cells: Iterable[Any]) -> str:
    line = StringIO()
    csv.writer(line).writerow([_write_cell(cell) for cell in cells])
    return line.getvalue()


def _write_cell(cell: Any) -> Any:
    if isinstance(cell, list | tuple):
        cell = " ".join(map(str, cell))
    return defuse_cell(cell)
