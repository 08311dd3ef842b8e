"""Tables in whatever state: what can be read is read, what cannot is said once."""

import io
import json
import tracemalloc
from pathlib import Path

import pytest

from voicebot.cache.transfer.tables import LONGEST_LINE_BYTES, Format, Place, Problem, Row, TableReader, format_of
from voicebot.errors import InputError

pytestmark = pytest.mark.unit


def reader_of(data: bytes, format_: Format = "csv") -> TableReader:
    return TableReader(io.BytesIO(data), "cache.csv", format_, ("id", "utterance"), "id,utterance")


def kinds(data: bytes, format_: Format = "csv") -> list[tuple[int, str]]:
    """Return each record's line, with its id or what is wrong with it."""
    found = reader_of(data, format_).read()
    return [(one.line, one.cells["id"] if isinstance(one, Row) else one.kind) for one in found]


def test_lines_of_both_encodings_in_one_file_are_read() -> None:
    data = "id,utterance\na,주차 되나요\n".encode() + "b,토요일에 해요\n".encode("cp949") + "c,얼마예요\n".encode()
    reader = reader_of(data)
    rows = [row for row in reader.read() if isinstance(row, Row)]
    assert [row.cells["utterance"] for row in rows] == ["주차 되나요", "토요일에 해요", "얼마예요"]
    assert reader.cp949_lines == 1


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert kinds(b"\xef\xbb\xbfid,utterance\na,b\n") == [(2, "a")]


def test_bytes_of_neither_encoding_cost_their_line() -> None:
    assert kinds(b"id,utterance\na,b\nx,\xff\xfe\xff\nc,d\n") == [(2, "a"), (3, "encoding"), (4, "c")]


def test_a_line_of_ten_megabytes_costs_itself_and_no_memory() -> None:
    data = b"id,utterance\na,b\nx," + b"y" * 10_000_000 + b"\nc,d\n"
    tracemalloc.start()
    found = kinds(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found == [(2, "a"), (3, "long"), (4, "c")]
    assert peak < 20 * LONGEST_LINE_BYTES


def test_a_quote_that_is_never_closed_costs_its_line() -> None:
    lines = [b"id,utterance", b'x,"open', *(b"n%d,b" % n for n in range(200))]
    found = kinds(b"\n".join(lines) + b"\n")
    assert found[0] == (2, "csv")
    assert [name for _, name in found[1:]] == [f"n{n}" for n in range(200)]


def test_many_open_quotes_cost_their_lines() -> None:
    data = b"id,utterance\n" + b'x,"open\n' * 300 + b"c,d\n"
    found = kinds(data)
    assert found[-1] == (302, "c")
    assert {kind for _, kind in found[:-1]} == {"csv"}


def test_a_cell_may_hold_line_breaks() -> None:
    assert kinds(b'id,utterance\na,"b\nc"\nd,e\n') == [(2, "a"), (4, "d")]


def test_too_few_and_too_many_cells_are_named() -> None:
    assert kinds(b"id,utterance\na\nb,c,d\n\ne,f\n") == [(2, "cells"), (3, "cells"), (5, "e")]


def test_records_of_jsonl_are_checked_one_by_one() -> None:
    lines = [
        json.dumps({"id": "a", "utterance": "b", "clips": ["x", "y"], "intent": None}),
        "{broken",
        "[1]",
        json.dumps({"id": "c"}),
        "[" * 100_000,
        json.dumps({"id": "d", "utterance": "e"}),
    ]
    found = list(reader_of("\n".join(lines).encode(), "jsonl").read())
    assert isinstance(found[0], Row)
    assert (found[0].cells["clips"], found[0].cells["intent"]) == ("x y", "")
    assert [one.kind for one in found[1:5] if isinstance(one, Problem)] == ["json", "json", "columns", "json"]
    assert isinstance(found[5], Row)


def test_no_problem_says_what_the_line_says() -> None:
    secret = "비밀번호는 일이삼사"
    data = f'id,utterance\na,"{secret}\n{secret}\n'.encode() + b"\xff" + secret.encode()
    assert all(secret not in one.message for one in reader_of(data).read() if isinstance(one, Problem))


@pytest.mark.parametrize("format_", ["csv", "jsonl"])
def test_a_reader_goes_on_where_another_stood(format_: Format) -> None:
    head = b"id,utterance\n" if format_ == "csv" else b""
    lines = [b"n%d,b" % n if format_ == "csv" else b'{"id": "n%d", "utterance": "b"}' % n for n in range(20)]
    data = head + b"\n".join(lines) + b"\n"
    first = reader_of(data, format_)
    rows = first.read()
    for _ in range(7):
        next(rows)
    second = reader_of(data, format_)
    second.skip_to(first.place)
    rest = [row for row in second.read() if isinstance(row, Row)]
    assert [row.cells["id"] for row in rest] == [f"n{n}" for n in range(7, 20)]
    assert rest[0].line == 8 + bool(head)
    assert second.place == Place(len(data), 20 + bool(head))


def test_a_name_says_the_format() -> None:
    assert (format_of(Path("a.CSV")), format_of(Path("a.jsonl")), format_of(Path("a"))) == ("csv", "jsonl", "csv")
    with pytest.raises(InputError, match="neither"):
        format_of(Path("a.xlsx"))
