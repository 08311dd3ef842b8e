"""Every unusable file is one error that names it and the line."""

from pathlib import Path

import pytest

from voicebot.errors import InputError, NotFoundError
from voicebot.nlu.data import family, held_back, read_groups, read_intents, share

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"utterance,intent\n", "no lines"),
        (b"utterance,label\na,b\n", ":1: the column 'intent' is missing"),
        ("utterance,intent\n안녕,greeting\n잘가,greeting\n".encode(), "only one intent"),
        ("utterance,intent\n안녕,greeting\n안 녕,goodbye\n".encode(), ":3: the same line as line 2"),
        ("utterance,intent\n안녕,greeting\n잘가,\n".encode(), ":3: empty intent"),
        ("utterance,intent\n안녕,greeting\n".encode() + "잘가,goodbye\n".encode("cp949"), ":3: is not UTF-8 text"),
    ],
)
def test_a_bad_file_is_named_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"bad\.csv") as caught:
        read_intents(path)
    assert message in caught.value.message


def test_a_missing_file_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="No such file"):
        read_groups(tmp_path / "none.csv")


def test_splits_do_not_depend_on_spacing() -> None:
    assert share("문 여나요") == share("문여나요")
    assert family("d017.a") == family("d017.b") == "d017"


def test_held_back_lines_come_from_every_label(tmp_path: Path) -> None:
    path = tmp_path / "intents.csv"
    lines = [f"{word} {n}번째 줄,{word}" for word in ("하나", "둘") for n in range(10)]
    path.write_text("utterance,intent\n" + "\n".join(lines) + "\n", encoding="utf-8")
    train, test = held_back(read_intents(path))
    assert len(test) == 4
    assert {row.label for row in test} == {"하나", "둘"}
    assert not {row.text for row in train} & {row.text for row in test}
