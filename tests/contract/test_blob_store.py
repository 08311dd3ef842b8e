"""The rules of `BlobStore`, over every implementation."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from voicebot.cache.protocol import BlobStore
from voicebot.cache.stores.files import FileBlobs
from voicebot.errors import InputError, NotFoundError

pytestmark = pytest.mark.contract


@pytest.fixture(params=["files", "moto"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path, aws: Callable[[str, str], Any], unique: str) -> BlobStore:
    if request.param != "files":
        service = aws(request.param, "s3")
        from voicebot.cache.stores.s3 import S3Blobs, setup_bucket

        setup_bucket(service, unique)
        return S3Blobs(service, unique)
    return FileBlobs(tmp_path / "클립 모음")


def test_gives_back_the_bytes_that_were_put(blobs: BlobStore) -> None:
    blobs.put("clips/ab/one.wav", b"RIFF", "audio/wav")
    with blobs.open("clips/ab/one.wav") as file:
        assert file.read() == b"RIFF"
    assert blobs.exists("clips/ab/one.wav")


def test_the_url_leads_back_to_the_key(blobs: BlobStore) -> None:
    url = blobs.put("clips/ab/one two.wav", b"RIFF", "audio/wav")
    assert url == blobs.url("clips/ab/one two.wav")
    assert blobs.key_of(url) == "clips/ab/one two.wav"


def test_another_stores_url_has_no_key(blobs: BlobStore) -> None:
    assert blobs.key_of("https://example.com/clips/ab/one.wav") is None


def test_a_missing_blob_is_not_found(blobs: BlobStore) -> None:
    assert not blobs.exists("clips/none.wav")
    assert not blobs.delete("clips/none.wav")
    with pytest.raises(NotFoundError):
        blobs.open("clips/none.wav")


def test_scan_lists_by_prefix(blobs: BlobStore) -> None:
    for key in ("clips/b.wav", "clips/a.wav", "fillers/a.wav"):
        blobs.put(key, b"x", "audio/wav")
    assert list(blobs.scan("clips/")) == ["clips/a.wav", "clips/b.wav"]


@pytest.mark.parametrize("key", ["", "../out.wav", "a/../../out.wav", "/etc/passwd", "a\0b"])
def test_a_key_cannot_leave_the_store(blobs: BlobStore, key: str) -> None:
    with pytest.raises(InputError):
        blobs.put(key, b"x", "audio/wav")


def test_entries_say_when_a_blob_was_stored_last(blobs: BlobStore) -> None:
    blobs.put("answers/a.wav", b"a", "audio/wav")
    blobs.put("fillers/a.wav", b"a", "audio/wav")
    (entry,) = blobs.entries("answers/")
    assert entry.key == "answers/a.wav"
    assert abs(entry.modified_s - time.time()) < 60
    assert list(blobs.entries("none/")) == []


def test_a_deleted_blob_is_gone(blobs: BlobStore) -> None:
    blobs.put("clips/a.wav", b"x", "audio/wav")
    assert blobs.delete("clips/a.wav")
    assert not blobs.exists("clips/a.wav")
    assert list(blobs.scan("clips/")) == []
