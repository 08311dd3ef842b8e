import numpy as np
import pytest

from voicebot.audio.clip import Clip, mulaw_decode, mulaw_encode
from voicebot.errors import InputError

pytestmark = pytest.mark.unit

ALL_CODES = bytes(range(256))
NEGATIVE_ZERO = b"\x7f"


def test_decoded_mulaw_encodes_to_itself() -> None:
    assert mulaw_encode(mulaw_decode(ALL_CODES)) == ALL_CODES.replace(NEGATIVE_ZERO, b"\xff")


@pytest.mark.parametrize(
    ("code", "sample"),
    [
        (0x00, -32124),
        (0x80, 32124),
        (0xFF, 0),
        (0x7F, 0),
        (0xFE, 8),
        (0x7E, -8),
        (0xEF, 132),
        (0xF0, 120),
        (0x8F, 16764),
    ],
)
def test_mulaw_values_of_the_recommendation(code: int, sample: int) -> None:
    assert mulaw_decode(bytes([code])).tolist() == [sample]


def test_mulaw_error_is_within_half_a_step() -> None:
    samples = np.arange(-32124, 32125, dtype=np.int16)
    error = np.abs(mulaw_decode(mulaw_encode(samples)).astype(int) - samples)
    magnitude = np.abs(samples.astype(int)) + 132
    step = 2 ** (np.floor(np.log2(magnitude)).astype(int) - 4)
    assert np.all(error <= step / 2)


def test_mulaw_holds_the_ends_of_the_scale() -> None:
    ends = np.array([-32768, -32767, 32767], dtype=np.int16)
    assert mulaw_decode(mulaw_encode(ends)).tolist() == [-32124, -32124, 32124]


@pytest.mark.parametrize("encoding", ["pcm_s16le", "mulaw"])
def test_bytes_come_back(encoding: str) -> None:
    samples = mulaw_decode(ALL_CODES)
    clip = Clip.from_bytes(Clip(samples, 8000).to_bytes(encoding), encoding, 8000)  # type: ignore[arg-type]
    assert clip.samples.tolist() == samples.tolist()
    assert clip.duration_s == 256 / 8000


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(InputError, match="odd number of bytes"):
        Clip.from_bytes(b"\0\0\0", "pcm_s16le", 8000)
