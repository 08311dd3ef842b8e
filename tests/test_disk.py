"""Files and folders are whole or absent."""

import os
from contextlib import suppress
from pathlib import Path

import pytest

from voicebot.disk import require_writable, require_writable_folder, writing_bytes, writing_folder
from voicebot.errors import ConfigError, InputError

pytestmark = pytest.mark.unit


def test_a_file_appears_when_its_block_ends_well(tmp_path: Path) -> None:
    path = tmp_path / "new" / "clip"
    with writing_bytes(path) as file:
        file.write(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert [one.name for one in path.parent.iterdir()] == ["clip"]


def test_a_block_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "clip"
    path.write_bytes(b"old")
    with suppress(ValueError), writing_bytes(path) as file:
        file.write(b"half")
        raise ValueError
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("clip", b"old")]


def test_a_folder_takes_the_place_of_the_one_before_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    for name in ("first", "second"):
        with writing_folder(path) as folder:
            (folder / name).write_text(name, encoding="utf-8")
        assert [one.name for one in path.iterdir()] == [name]
    assert [one.name for one in tmp_path.iterdir()] == ["archive"]


def test_a_block_that_fails_leaves_the_folder_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "archive"
    path.mkdir()
    (path / "old").write_bytes(b"")
    with suppress(ValueError), writing_folder(path) as folder:
        (folder / "half").write_bytes(b"")
        raise ValueError
    assert [one.name for one in path.iterdir()] == ["old"]
    assert [one.name for one in tmp_path.iterdir()] == ["archive"]


def test_a_place_where_a_file_can_be_written_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "there").write_bytes(b"old")
    require_writable(None, tmp_path / "there", tmp_path / "new" / "deeper" / "file", Path("/dev/null"))
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [("there", b"old")]


def test_what_is_in_the_way_of_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"this is a folder"):
        require_writable(tmp_path)
    with pytest.raises(ConfigError, match=rf"^{tmp_path}/file: this is a file, not a folder"):
        require_writable(tmp_path / "file" / "deeper" / "x")
    with pytest.raises(ConfigError, match=rf"^{tmp_path}/file: this is a file, not a folder"):
        require_writable_folder(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ConfigError, match="Permission denied"):
        require_writable(tmp_path / "x")
    tmp_path.chmod(0o700)
