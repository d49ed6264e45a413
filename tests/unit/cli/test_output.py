import io

import pytest

from stack.cli.output import Column, Form, Output, escape_tsv, fit_widths, show_cell


def open_memory(form: Form) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(form=form, out=out, err=err), out, err


def test_a_pipe_gets_tab_separated_rows_with_a_heading() -> None:
    output, out, _ = open_memory(Form.TSV)
    output.write_table([Column("name"), Column("count", numeric=True)], [["a", 12345], ["b", None]])
    assert out.getvalue() == "name\tcount\na\t12345\nb\t\n"


def test_a_value_with_tabs_and_line_breaks_stays_one_cell_and_can_be_read_back() -> None:
    assert escape_tsv("a\tb\nc\\d\r") == "a\\tb\\nc\\\\d\\r"


def test_a_terminal_gets_aligned_columns_with_numbers_at_the_right() -> None:
    output, out, _ = open_memory(Form.TABLE)
    output.write_table([Column("name"), Column("count", numeric=True)], [["a", 12345], ["long name", 7]])
    assert out.getvalue().splitlines() == ["name        count", "a          12,345", "long name       7"]


def test_nothing_in_a_value_steers_the_terminal() -> None:
    assert show_cell("\x1b[31mred\x07 \u202egnp.exe") == "�[31mred� �gnp.exe"


def test_a_flexible_column_gives_way_on_a_narrow_terminal_and_the_others_do_not() -> None:
    columns = [Column("id"), Column("text", flexible=True)]
    assert fit_widths(columns, [["x" * 30, "y" * 100]], 50) == [30, 18]


def test_columns_stay_readable_when_even_that_is_too_little() -> None:
    columns = [Column("id"), Column("text", flexible=True)]
    assert fit_widths(columns, [["x" * 30, "y" * 100]], 20) == [30, 8]


def test_a_column_that_wraps_goes_on_in_the_next_line_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "24")
    output, out, _ = open_memory(Form.TABLE)
    columns = [Column("n", numeric=True), Column("text", flexible=True, wraps=True)]
    output.write_table(columns, [["1", "one sentence that is too long"], ["2", ""]])
    lines = ["n  text", "1  one sentence that is", "   too long", "2"]
    assert out.getvalue().splitlines() == lines


def test_two_flexible_columns_share_what_is_there() -> None:
    columns = [Column("a", flexible=True), Column("b", flexible=True)]
    assert fit_widths(columns, [["x" * 60, "y" * 40]], 42) == [20, 20]


def test_json_lines_come_one_object_a_line() -> None:
    output, out, _ = open_memory(Form.JSONL)
    output.write_records([{"a": 1}, {"a": "ü"}])
    assert out.getvalue() == '{"a": 1}\n{"a": "ü"}\n'


def test_quiet_silences_notes_but_not_warnings() -> None:
    output, _, err = open_memory(Form.TSV)
    output.quiet = True
    output.note("beside")
    output.warn("failed")
    assert err.getvalue() == "failed\n"


def test_pairs_without_a_value_are_left_out() -> None:
    output, out, _ = open_memory(Form.TSV)
    output.write_pairs([("state", "done"), ("error", ""), ("eta", None), ("done", 0)])
    assert out.getvalue() == "state\tdone\ndone\t0\n"
