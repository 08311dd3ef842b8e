from pathlib import Path

import pytest

from voicebot.errors import InputError
from voicebot.korean.dictionary import load_pronunciations

pytestmark = pytest.mark.unit


def test_a_file_of_spellings_is_loaded(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text('차집사: 차 집사\n"911": 나인 일레븐\n', encoding="utf-8")
    assert load_pronunciations(file) == {"차집사": "차 집사", "911": "나인 일레븐"}


def test_an_empty_file_is_an_empty_dictionary(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text("", encoding="utf-8")
    assert load_pronunciations(file) == {}


@pytest.mark.parametrize("content", ["- a\n- b\n", "911: 나인\n", "a: [b]\n", "a: {\n", '"": 가\n'])
def test_anything_else_is_one_clear_error(tmp_path: Path, content: str) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"own\.yaml"):
        load_pronunciations(file)


def test_a_missing_file_and_a_broken_encoding_are_errors(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_bytes(b"\xff\xfe\x00")
    for file in (broken, tmp_path / "none.yaml"):
        with pytest.raises(InputError):
            load_pronunciations(file)
