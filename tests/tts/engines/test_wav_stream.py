"""WAV files that are read while they come."""

import io
import struct
from itertools import pairwise

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.speech_servers.fish import endless_header
from voicebot.audio.clip import Clip
from voicebot.audio.wav import wav_bytes
from voicebot.errors import EngineError
from voicebot.tts.http_audio import wav_audio
from voicebot.tts.protocol import collect

pytestmark = pytest.mark.unit

CLIP = Clip((np.arange(500) * 7 % 3000).astype(np.int16), 22050)


def heard(data: bytes, *cuts: int, **own: bool) -> Clip:
    edges = [0, *sorted(cuts), len(data)]
    return collect(wav_audio((data[a:b] for a, b in pairwise(edges)), "fish", **own))


@given(st.lists(st.integers(0, 1044), max_size=8))
def test_it_may_be_cut_anywhere(cuts: list[int]) -> None:
    clip = heard(wav_bytes(CLIP), *cuts)
    assert clip.sample_rate_hz == 22050
    assert clip.samples.tolist() == CLIP.samples.tolist()


def test_a_header_without_a_length_goes_on_to_the_end() -> None:
    data = CLIP.to_bytes("pcm_s16le")
    assert heard(endless_header(22050) + data, 3, 50).samples.tolist() == CLIP.samples.tolist()
    bogus = wav_bytes(CLIP)[:40] + struct.pack("<I", 8) + data
    assert len(heard(bogus).samples) == 4
    assert heard(bogus, ignores_sizes=True).samples.tolist() == CLIP.samples.tolist()


def test_chunks_around_the_audio_are_left_out() -> None:
    wav = wav_bytes(CLIP)
    listed = wav[:36] + b"LIST" + struct.pack("<I", 5) + b"abcde\0" + wav[36:] + b"LIST\4\0\0\0abcd"
    assert heard(listed, 40, 41, 60).samples.tolist() == CLIP.samples.tolist()


def test_mulaw_stays_mulaw() -> None:
    chunks = list(wav_audio(iter([wav_bytes(CLIP, "mulaw")]), "fish"))
    assert {chunk.encoding for chunk in chunks} == {"mulaw"}
    assert b"".join(chunk.data for chunk in chunks) == CLIP.to_bytes("mulaw")


@pytest.mark.parametrize(("subtype", "channels"), [("PCM_16", 2), ("FLOAT", 1), ("PCM_24", 1), ("PCM_U8", 1)])
def test_other_kinds_are_read_whole(subtype: str, channels: int) -> None:
    buffer = io.BytesIO()
    samples = np.repeat(CLIP.samples[:, None] / 32768, channels, axis=1)
    soundfile.write(buffer, samples, 22050, subtype, format="WAV")
    clip = heard(buffer.getvalue(), 10, 100)
    assert np.abs(clip.samples.astype(int) - CLIP.samples).max() <= (256 if subtype == "PCM_U8" else 1)


def test_a_file_that_is_cut_off_is_an_error_that_may_be_tried_again() -> None:
    for end in (20, 44, 600):
        with pytest.raises(EngineError) as caught:
            heard(wav_bytes(CLIP)[:end])
        assert caught.value.retryable


def test_a_header_that_makes_no_sense_is_refused() -> None:
    for data in (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", wav_bytes(CLIP)[:24] + b"\0\0\0\0" + wav_bytes(CLIP)[28:]):
        with pytest.raises(EngineError, match="header"):
            heard(data)


def test_a_header_without_an_end_is_given_up() -> None:
    with pytest.raises(EngineError, match="no end"):
        collect(
            wav_audio(
                (b"RIFF\0\0\0\0WAVE" + b"LIST\xff\xff\xff\x0f" if n == 0 else b"x" * 9999 for n in range(99)), "fish"
            )
        )
