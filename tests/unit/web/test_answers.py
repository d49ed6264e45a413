import pytest
from django.http import StreamingHttpResponse
from django.test import RequestFactory

from stack.web.answers import Sheet, answer_csv, answer_json, render_page


def _read(response: StreamingHttpResponse) -> str:
    return b"".join(response.streaming_content).decode()  # type: ignore[arg-type]  # a plain iterator here


@pytest.mark.parametrize("cell", ["=cmd()", "+1", "-1", "@x", "\tx"])
def test_a_spreadsheet_cannot_run_a_cell(cell: str) -> None:
    written = _read(answer_csv(Sheet(("value",), [(cell,)], {}), "x.csv")).splitlines()[1]
    assert written.strip('"').startswith("'")


def test_csv_quotes_and_joins_lists() -> None:
    sheet = Sheet(("name", "ids", "n"), [('a "b", c', ["x", "y"], 3)], {})
    assert _read(answer_csv(sheet, "x.csv")) == 'name,ids,n\r\n"a ""b"", c",x y,3\r\n'


def test_json_names_the_columns() -> None:
    body = answer_json(Sheet(("a", "b"), [(1, None)], {"total": 1})).content
    assert b'"total": 1' in body
    assert b'"a": 1' in body


@pytest.mark.parametrize(
    ("headers", "is_part"),
    [
        ({}, False),
        ({"HX-Request": "true"}, True),
        ({"HX-Request": "true", "HX-History-Restore-Request": "true"}, False),
    ],
)
def test_htmx_gets_the_region_alone_but_a_restored_page_whole(headers: dict[str, str], is_part: bool) -> None:
    request = RequestFactory().get("/", headers=headers)
    context = {"title": "whole", "text": "part"}
    response = render_page(request, "components/empty.html", "components/notice.html", context)
    assert ("notice" in response.content.decode()) is is_part
    assert response["Vary"] == "HX-Request, HX-History-Restore-Request"
