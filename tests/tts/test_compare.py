import base64
import io
import re
import struct
import zlib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.speech import FakeTts
from voicebot.audio.clip import Clip
from voicebot.errors import EngineError
from voicebot.tts.compare import Comparison, compare, write_files
from voicebot.tts.compare_image import HEIGHT, WIDTH, spectrogram_png
from voicebot.tts.compare_page import COLUMNS, page, row
from voicebot.tts.protocol import SpeechRequest
from voicebot.tts.speaker import Speaker

pytestmark = pytest.mark.unit


def compared(**engines: FakeTts) -> list[Comparison]:
    speakers = {name: (lambda engine=engine: Speaker(engine)) for name, engine in engines.items()}
    return list(compare(SpeechRequest("안녕하세요"), speakers, lambda speaker: 0.25))


def test_figures_are_measured() -> None:
    (result,) = compared(a=FakeTts(chunks=50, delay_s=0.02))
    figures = result.figures
    assert figures.first_audio_s is not None
    assert figures.total_s is not None
    assert 0.02 <= figures.first_audio_s <= figures.total_s
    assert (figures.duration_s, figures.sample_rate_hz, figures.price_usd) == (1.0, 16000, 0.25)
    assert figures.peak_dbfs == pytest.approx(20 * np.log10(8000 / 32768), abs=0.1)
    assert figures.loudness_lufs == pytest.approx(figures.peak_dbfs - 3, abs=2)
    assert figures.above_telephone_band == pytest.approx(0, abs=0.01)


def test_engine_that_fails_is_a_row_among_the_others() -> None:
    good, bad = compared(good=FakeTts(), bad=FakeTts(fail_after=0))
    assert good.clip is not None
    assert (bad.clip, bad.figures.problem) == (None, "fake: was told to fail")
    assert row(bad.figures)[0] == "bad"


def test_failure_of_all_is_the_first_ones() -> None:
    with pytest.raises(EngineError, match="told to fail"):
        compared(a=FakeTts(fail_after=0), b=FakeTts(fail_after=0))


def decoded(png: bytes) -> tuple[int, int, np.ndarray]:  # type: ignore[type-arg]
    """Return width, height and pixels, with every checksum verified."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, parts = 8, {}
    while at < len(png):
        size, name = struct.unpack_from(">I4s", png, at)
        data = png[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", png, at + 8 + size)[0] == zlib.crc32(name + data)
        parts[name] = data
        at += 12 + size
    width, height, depth, colour = struct.unpack_from(">IIBB", parts[b"IHDR"])
    assert (depth, colour, len(parts[b"PLTE"]) % 3) == (8, 3, 0)
    pixels = np.frombuffer(zlib.decompress(parts[b"IDAT"]), dtype=np.uint8).reshape(height, width + 1)
    assert not pixels[:, 0].any()
    return width, height, pixels[:, 1:]


@pytest.mark.parametrize(("hz", "rate_hz"), [(1000, 16000), (3000, 22050), (6000, 48000), (200, 8000)])
def test_tone_is_drawn_at_its_height(hz: int, rate_hz: int) -> None:
    samples = (9000 * np.sin(2 * np.pi * hz * np.arange(rate_hz) / rate_hz)).astype(np.int16)
    width, height, pixels = decoded(spectrogram_png(Clip(samples, rate_hz)))
    assert (width, height) == (WIDTH, HEIGHT)
    column = pixels[:, WIDTH // 2 + 1].astype(int)
    expected = (1 - hz / (rate_hz / 2)) * (HEIGHT - 1)
    assert int(np.argmax(column)) == pytest.approx(expected, abs=3)


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(10), np.zeros(8000)])
def test_silence_is_drawn_too(samples: np.ndarray) -> None:  # type: ignore[type-arg]
    assert decoded(spectrogram_png(Clip(samples.astype(np.int16), 8000)))[:2] == (WIDTH, HEIGHT)


def test_page_holds_everything_and_loads_nothing() -> None:
    html = page("<b>안녕</b>", compared(a=FakeTts(), b=FakeTts(fail_after=0)))
    assert "&lt;b&gt;안녕" in html
    assert "was told to fail" in html
    sources = re.findall(r'src="([^"]*)"', html)
    assert [source.partition(",")[0] for source in sources] == ["data:audio/wav;base64", "data:image/png;base64"]
    sound = base64.b64decode(sources[0].partition(",")[2])
    assert soundfile.info(io.BytesIO(sound)).frames == 960
    assert "http" not in html
    HTMLParser().feed(html)


def test_row_has_a_text_for_every_column() -> None:
    (result,) = compared(a=FakeTts())
    cells = row(result.figures)
    assert len(cells) == len(COLUMNS)
    assert cells[-1] == "$0.25000"


def test_files_of_each_engine_are_written(tmp_path: Path) -> None:
    results = compared(a=FakeTts(), b=FakeTts(fail_after=0))
    assert [path.name for path in write_files(results, tmp_path / "new")] == ["a.wav", "a.png"]


def test_ticks_are_seconds_and_kilohertz() -> None:
    _, _, pixels = decoded(spectrogram_png(Clip(np.zeros(4 * 8000, dtype=np.int16), 8000)))
    assert np.flatnonzero(pixels[-1] == 255).tolist() == [180, 360, 539]
    assert np.flatnonzero(pixels[::-1, 0] == 255).tolist() == [64, 128, 191, 217]
