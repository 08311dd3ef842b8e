"""The file of arrays: what goes in comes out, mapped; what is damaged does not."""

from pathlib import Path

import numpy as np
import pytest

from voicebot.errors import ConfigError
from voicebot.nlu.arrays import Texts, checksum_of, map_arrays, pack_arrays

pytestmark = pytest.mark.unit

ARRAYS = {
    "rows": np.arange(12, dtype=np.int16).reshape(3, 4),
    "none": np.zeros((0, 5), np.float32),
    "one": np.array(2.5, np.float64),
    "small": np.array([1, -1], np.int8),
    "half": np.array([0.1, 65504], np.float16),
    "columns": np.asfortranarray(np.arange(6, dtype=np.int32).reshape(2, 3)),
}


def test_what_goes_in_comes_out_as_views_on_boundaries(tmp_path: Path) -> None:
    path = tmp_path / "a.arrays"
    data = pack_arrays(ARRAYS, {"말": "뜻"})
    path.write_bytes(data)
    found = map_arrays(path, "try again")
    assert (found.meta, found.checksum, list(found.arrays)) == ({"말": "뜻"}, checksum_of(data), list(ARRAYS))
    for name, array in found.arrays.items():
        assert (array.dtype, array.shape) == (ARRAYS[name].dtype, ARRAYS[name].shape)
        assert np.array_equal(array, ARRAYS[name])
        assert not array.size or (not array.flags.writeable and array.ctypes.data % 64 == 0)


def test_the_same_arrays_give_the_same_bytes() -> None:
    assert pack_arrays(ARRAYS, {"a": 1}) == pack_arrays(ARRAYS, {"a": 1})


def test_every_flipped_byte_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.arrays"
    data = pack_arrays({"rows": np.arange(40, dtype=np.uint8)}, {})
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 16]) + data[place + 1 :])
        with pytest.raises(ConfigError, match=r"a\.arrays: damaged"):
            map_arrays(path, "try again")


@pytest.mark.parametrize("length", [0, 8, 23, 24, 64, -1])
def test_a_file_that_was_cut_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "a.arrays"
    path.write_bytes(pack_arrays(ARRAYS, {})[:length])
    with pytest.raises(ConfigError, match="damaged"):
        map_arrays(path, "try again")


def test_nothing_but_numbers_is_made_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.arrays"
    path.write_bytes(pack_arrays({"texts": np.array(["가"])}, {}))
    with pytest.raises(ConfigError, match="damaged"):
        map_arrays(path, "try again")


def test_a_missing_file_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"b\.arrays: No such file") as caught:
        map_arrays(tmp_path / "b.arrays", "try again")
    assert caught.value.hint == "try again"


def test_texts_are_decoded_one_by_one() -> None:
    texts = Texts(*Texts.pack(["가", "", "나다 b"]))
    assert list(texts) == ["가", "", "나다 b"]
    assert (texts[-1], texts[0:2], len(texts)) == ("나다 b", ["가", ""], 3)
    assert texts.encoded(0) == "가".encode()
    with pytest.raises(IndexError):
        texts[3]
    assert len(Texts(*Texts.pack([]))) == 0
