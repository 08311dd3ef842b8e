"""Calls out of files, recognised here or by Amazon Transcribe."""

import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from botocore.credentials import Credentials

from tests.fakes.kinesis import document, fragments
from tests.fakes.transcribe import ACCESS_KEY, REGION, SECRET_KEY, WORDS, Server, spoken, transcribe_server
from voicebot.audio.clip import Clip
from voicebot.audio.wav import wav_bytes
from voicebot.errors import InputError, NotFoundError
from voicebot.transcribe.amazon import AmazonTranscriber
from voicebot.transcribe.files import read_sides, transcribe_clips, transcribe_streams
from voicebot.transcribe.transcript import lines

pytestmark = pytest.mark.unit

CUSTOMER, BOT = spoken([0, 1, 2, 3, 4], lead_s=5.0), spoken([5, 6])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with transcribe_server(tmp_path) as server:
        yield server


class Levels:
    """A recogniser of pieces that hears the level of the loudest sample."""

    def __init__(self, texts: dict[int, str]) -> None:
        self.texts = texts
        self.durations_s: list[float] = []

    def transcribe(self, clip: Clip) -> str:
        self.durations_s.append(clip.duration_s)
        return self.texts[int(clip.samples.max())]


def stereo(path: Path) -> Path:
    both = np.zeros((max(len(CUSTOMER), len(BOT)), 2), "<i2")
    both[: len(CUSTOMER), 0], both[: len(BOT), 1] = CUSTOMER, BOT
    with wave.open(str(path), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(both.tobytes())
    return path


def test_a_matroska_file_of_kinesis_gives_both_sides(tmp_path: Path) -> None:
    path = tmp_path / "call.mkv"
    path.write_bytes(b"".join(part for _, part in fragments(CUSTOMER, BOT)))
    sides = read_sides(path).clips
    assert np.array_equal(sides["customer"].samples, CUSTOMER)
    assert np.array_equal(sides["bot"].samples, BOT)


def test_a_wav_file_has_the_customer_left_and_one_of_one_channel_only_the_customer(tmp_path: Path) -> None:
    sides = read_sides(stereo(tmp_path / "call.wav")).clips
    assert np.array_equal(sides["customer"].samples, CUSTOMER)
    assert np.array_equal(sides["bot"].samples[: len(BOT)], BOT)
    mono = tmp_path / "mono.wav"
    mono.write_bytes(wav_bytes(Clip(CUSTOMER, 8000), "mulaw"))
    assert list(read_sides(mono).clips) == ["customer"]


def test_what_is_no_call_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        read_sides(tmp_path / "nothing.wav")
    with pytest.raises(NotFoundError):
        read_sides(tmp_path / "nothing.mkv")
    (tmp_path / "text.wav").write_text("hello")
    with pytest.raises(InputError, match="not an audio file"):
        read_sides(tmp_path / "text.wav")
    (tmp_path / "music.mkv").write_bytes(document({"music": CUSTOMER}, 0, "A_PCM/INT/LIT"))
    with pytest.raises(InputError, match="no track of a call"):
        read_sides(tmp_path / "music.mkv")


def test_pieces_between_silences_are_recognised_masked_and_put_in_order(tmp_path: Path) -> None:
    recogniser = Levels({3200: "제 번호는 공일공", 3600: "일이삼사 오육칠팔이요", 4400: "네, 어디세요?"})
    segments = transcribe_clips(read_sides(stereo(tmp_path / "call.wav")), recogniser, "call")
    assert [(segment.track, segment.text) for segment in segments] == [
        ("bot", "네, 어디세요?"),
        ("customer", "제 번호는 [전화번호]"),
        ("customer", "이요"),
    ]
    assert segments[1].start_s == pytest.approx(5.0, abs=0.02)
    assert recogniser.durations_s[0] == pytest.approx(4 * 0.4 + 3 * 0.12 + 0.3, abs=0.05)
    assert list(lines(segments))[1] == "00:05.0\tcustomer\t제 번호는 [전화번호]"


def test_amazon_transcribe_takes_a_file_as_it_takes_a_call(tmp_path: Path, server: Server) -> None:
    engine = AmazonTranscriber(
        REGION, lambda: Credentials(ACCESS_KEY, SECRET_KEY), endpoint_url=server.url, ca_file=server.ca_file
    )
    segments = transcribe_streams(read_sides(stereo(tmp_path / "call.wav")), engine, "call")
    said = [(segment.track, segment.text) for segment in segments]
    assert said == [
        ("bot", " ".join(WORDS[5:7])),
        ("customer", " ".join(WORDS[0:4])),
        ("customer", WORDS[4]),
    ]
    assert segments[2].start_s == pytest.approx(5.0 + 4 * 0.4 + 3 * 0.12 + 0.9, abs=0.05)
