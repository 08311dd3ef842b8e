"""CSV files that people write: one careful reader for all of them."""

from pathlib import Path

import pytest

from voicebot.csv_file import read_csv, read_sheet
from voicebot.errors import InputError, NotFoundError

pytestmark = pytest.mark.unit


def write(folder: Path, data: bytes | str) -> Path:
    path = folder / "people.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def test_cells_come_as_they_are_with_the_line_that_their_record_ends_on(tmp_path: Path) -> None:
    path = write(tmp_path, '\ufeffb, a ,more\r\n\r\n" 둘\n셋",1,x\r\n,,\r\n')
    assert list(read_csv(path, ("a", "b"))) == [
        (4, {"b": " 둘\n셋", "a": "1", "more": "x"}),
        (5, {"b": "", "a": "", "more": ""}),
    ]


def test_a_sheet_has_stripped_cells_short_lines_and_blank_ones(tmp_path: Path) -> None:
    path = write(tmp_path, "number,name\n 1 , 김 \n,\n2\n")
    assert read_sheet(path, ("number",), ("name",)) == [
        (2, {"number": "1", "name": "김"}),
        (4, {"number": "2", "name": ""}),
    ]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", ":1: the file is empty"),
        (b"name\nx\n", ":1: the column 'number' is missing"),
        (b"number,nmae\n1,x\n", ":1: there is an unknown column 'nmae'"),
        (b"number,name\n1,x\n2,y,z\n", ":3: 3 cells where the header has 2"),
        (b'number,name\n1,x\n2,"y\n', ":3: is not valid CSV"),
        ("number,name\n1,김\n".encode("cp949"), ":2: is not UTF-8 text"),
    ],
)
def test_a_sheet_that_cannot_be_used_is_one_error_with_its_line(tmp_path: Path, data: bytes, where: str) -> None:
    path = write(tmp_path, data)
    with pytest.raises(InputError) as caught:
        read_sheet(path, ("number",), ("name",))
    assert caught.value.message.startswith(f"{path}{where}")
    assert caught.value.hint or "valid" in where


def test_a_file_that_is_not_there_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        list(read_csv(tmp_path / "none.csv", ("a",)))
