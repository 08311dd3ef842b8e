"""What a telephone needs, measured over the whole way from an engine to a file."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.fakes.speech import FakeTts
from tests.tts.wrappers.scripted import ScriptedTts, named, refused
from voicebot.audio.clip import Clip, Encoding
from voicebot.audio.measure import loudness_lufs, peak_dbfs
from voicebot.audio.wav import check_connect_prompt, read_audio, wav_bytes, write_audio
from voicebot.call.simulation.outside import LocalVoice
from voicebot.settings.tts import LocalTtsSettings, TtsSettings
from voicebot.tts.engines.local import LocalTts
from voicebot.tts.prompts import PromptSpeaker
from voicebot.tts.protocol import AudioChunk, EngineInfo, SpeechEngine, SpeechRequest, collect
from voicebot.tts.speaker import Speaker
from voicebot.tts.stack import build_link, build_stack

pytestmark = pytest.mark.unit

TEXT = "안녕하세요, 차집사입니다. 타이어 교체는 30분쯤 걸립니다. 더 궁금하신 점이 있으신가요?"


def stack(*engines: SpeechEngine, **keys: object) -> SpeechEngine:
    tts = TtsSettings.model_validate({"tries": 1, "first_chunk_max_chars": 30, "chunk_max_chars": 30, **keys})
    return build_stack({engine.info.name: build_link(engine.info.name, engine, tts) for engine in engines}, tts)


class Voice(FakeTts):
    """A voice-like sound: syllables of a fundamental and its overtones, at a level and rate of its own."""

    def __init__(self, name: str, level: float, hz: float, rate_hz: int, crest: int = 1) -> None:
        super().__init__(sample_rates_hz=(rate_hz,), cut_bytes=1021)
        self._name, self._level, self._hz, self._crest = name, level, hz, crest

    @property
    def info(self) -> EngineInfo:
        return named(self._name, self._sample_rates_hz[0])

    def tone(self, text: str, sample_rate_hz: int) -> Clip:
        at_s = np.arange(round(0.08 * len(text) * sample_rate_hz)) / sample_rate_hz
        voice = sum(np.sin(2 * np.pi * self._hz * n * at_s) / n for n in range(1, 12))
        syllables = np.abs(np.sin(np.pi * 4 * at_s)) ** self._crest
        sound = voice * syllables / 2
        return Clip(np.clip(self._level * 32767 * sound, -32768, 32767).astype(np.int16), sample_rate_hz)


ENGINES: dict[str, SpeechEngine] = {
    "quiet": Voice("quiet", 0.02, 120, 24000),
    "loud": Voice("loud", 1.5, 210, 44100),
    "peaky": Voice("peaky", 0.8, 160, 22050, crest=3),
    "telephone": Voice("telephone", 0.3, 140, 8000),
    "local": LocalTts(LocalTtsSettings()),
    "local, a woman": LocalTts(LocalTtsSettings(voice="ko+f3")),
    "local, low": LocalTts(LocalTtsSettings(voice="ko+m3", pitch=20)),
}


def prompts() -> dict[str, Clip]:
    return {name: PromptSpeaker(Speaker(stack(engine))).prompt(TEXT) for name, engine in ENGINES.items()}


def test_every_voice_is_as_loud_as_the_others_and_below_the_peak() -> None:
    made = prompts()
    loudness = {name: loudness_lufs(clip) for name, clip in made.items()}
    assert max(loudness.values()) - min(loudness.values()) <= 1.0, loudness
    assert all(peak_dbfs(clip) <= -3.0 for clip in made.values())
    assert all(peak_dbfs(Clip.from_bytes(clip.to_bytes("mulaw"), "mulaw", 8000)) <= -2.8 for clip in made.values())


def test_prompts_begin_and_end_at_zero_and_connect_plays_them() -> None:
    for clip in prompts().values():
        assert abs(int(clip.samples[0])) <= 8
        assert not clip.samples[-100:].any()
        assert check_connect_prompt(wav_bytes(clip, "mulaw")) == []


def biggest_step(samples: np.ndarray) -> int:  # type: ignore[type-arg]
    return int(np.max(np.abs(np.diff(samples.astype(int))), initial=0))


@pytest.mark.parametrize("encoding", ["pcm_s16le", "mulaw"])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050])
def test_joins_are_no_steeper_than_the_voice(rate_hz: int, encoding: Encoding) -> None:
    request = SpeechRequest("안녕하세요. 반갑습니다. " * 12, sample_rate_hz=rate_hz, encoding=encoding)
    engine = stack(LocalTts(LocalTtsSettings()))
    pieces = [
        collect(engine.stream(SpeechRequest(text, sample_rate_hz=rate_hz, encoding=encoding)))
        for text in ("안녕하세요.", "반갑습니다.", "안녕하세요. 반갑습니다.")
    ]
    clip = collect(engine.stream(request))
    assert biggest_step(clip.samples) <= 1.2 * max(biggest_step(piece.samples) for piece in pieces)


def test_join_between_two_engines_does_not_click() -> None:
    class Breaking(LocalTts):
        """Fails from its third piece on."""

        def __init__(self) -> None:
            super().__init__(LocalTtsSettings())
            self._asked = 0
            self._lock = threading.Lock()

        def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
            with self._lock:
                self._asked += 1
                if self._asked > 2:
                    raise refused("local")
            return super().stream(request)

    woman = LocalTts(LocalTtsSettings(voice="ko+f3"))
    tts = TtsSettings(tries=1, first_chunk_max_chars=20, chunk_max_chars=20)
    both = build_stack({"a": build_link("a", Breaking(), tts), "b": build_link("b", woman, tts)}, tts)
    request = SpeechRequest("안녕하세요. 반갑습니다. " * 8, sample_rate_hz=8000)
    alone = [collect(stack(engine).stream(request)) for engine in (woman, LocalTts(LocalTtsSettings()))]
    clip = collect(both.stream(request))
    assert biggest_step(clip.samples) <= 1.2 * max(biggest_step(piece.samples) for piece in alone)


@pytest.mark.parametrize("cut_bytes", [1, 3, 333, 1021])
def test_samples_cut_in_two_are_put_together(cut_bytes: int) -> None:
    engine = FakeTts(sample_rates_hz=(24000,), cut_bytes=cut_bytes)
    clip = collect(stack(engine).stream(SpeechRequest("네")))
    assert np.array_equal(clip.samples, engine.tone("네", 24000).samples)


def test_mulaw_of_an_engine_reaches_the_file_untouched(tmp_path: Path) -> None:
    engine = FakeTts(sample_rates_hz=(8000,), encodings=("mulaw", "pcm_s16le"))
    data = engine.tone("네", 8000).to_bytes("mulaw")
    clip = Speaker(stack(engine)).clip(SpeechRequest("네", sample_rate_hz=8000, encoding="mulaw"))
    write_audio(tmp_path / "a.wav", clip, "mulaw")
    assert (tmp_path / "a.wav").read_bytes().endswith(data.replace(b"\x7f", b"\xff") + b"\0" * (len(data) % 2))


def test_mulaw_is_made_once_from_a_voice_without_it() -> None:
    engine = FakeTts(sample_rates_hz=(24000,))
    chunks = list(stack(engine).stream(SpeechRequest("네", sample_rate_hz=8000, encoding="mulaw")))
    pcm = collect(stack(engine).stream(SpeechRequest("네", sample_rate_hz=8000)))
    assert b"".join(chunk.data for chunk in chunks) == pcm.to_bytes("mulaw")


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 24000, 44100, 48000, 96000])
@pytest.mark.parametrize("encoding", ["pcm_s16le", "mulaw"])
def test_wav_at_any_rate(tmp_path: Path, rate_hz: int, encoding: Encoding) -> None:
    engine = ScriptedTts(info=named("scripted", 24000))
    clip = Speaker(stack(engine)).clip(SpeechRequest("네", sample_rate_hz=rate_hz, encoding=encoding))
    write_audio(tmp_path / "a.wav", clip, encoding)
    info = soundfile.info(str(tmp_path / "a.wav"))
    assert (info.samplerate, info.subtype) == (rate_hz, "ULAW" if encoding == "mulaw" else "PCM_16")
    assert info.frames / rate_hz == pytest.approx(0.06, abs=0.001)


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("suffix", [".flac", ".ogg", ".mp3"])
def test_other_files_hold_the_same_sound(tmp_path: Path, rate_hz: int, suffix: str) -> None:
    clip = Speaker(stack(LocalTts(LocalTtsSettings()))).clip(SpeechRequest("안녕하세요.", sample_rate_hz=rate_hz))
    write_audio(tmp_path / f"a{suffix}", clip)
    back = read_audio(tmp_path / f"a{suffix}")
    assert back.sample_rate_hz == rate_hz
    assert back.duration_s == pytest.approx(clip.duration_s, abs=0.15)
    assert loudness_lufs(back) == pytest.approx(loudness_lufs(clip), abs=1.0)


def lead_s(clip: Clip) -> float:
    """Return how long a clip is all but silent at its beginning."""
    return int(np.flatnonzero(np.abs(clip.samples) > 30)[0]) / clip.sample_rate_hz


@pytest.mark.parametrize("name", ENGINES)
def test_silence_goes_before_the_first_utterance_of_a_call_only(name: str) -> None:
    voice = LocalVoice(PromptSpeaker(Speaker(stack(ENGINES[name]))), PromptSpeaker(Speaker(stack(ENGINES[name]))))
    first, second = (voice.say(TEXT, False, "Seoyeon", "ko-KR") for _ in range(2))
    assert 0.15 <= lead_s(first) <= 0.20
    assert lead_s(second) <= 0.05
    assert first.duration_s - second.duration_s == pytest.approx(0.15, abs=0.03)


def test_utterances_that_follow_each_other_do_not_click() -> None:
    voice = PromptSpeaker(Speaker(stack(ENGINES["local"])))
    clips = [
        voice.prompt(text, is_first=not number) for number, text in enumerate(("네.", "차집사입니다.", "안녕하세요."))
    ]
    played = np.concatenate([clip.samples for clip in clips])
    assert biggest_step(played) <= max(biggest_step(clip.samples) for clip in clips)
    for clip in clips[:-1]:
        assert clip.samples[-1] == 0
