import os
import subprocess
import sys
import threading
from pathlib import Path

import espeakng_loader
import numpy as np
import pytest

from voicebot.audio.clip import Clip
from voicebot.audio.measure import clipped_samples, peak_dbfs, rms_dbfs
from voicebot.audio.wav import read_audio
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.engines.local import SENTENCES_AHEAD, LocalTts
from voicebot.tts.protocol import SpeechRequest, collect

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[2]
GREETING = "안녕하세요, 차집사입니다"


def say(text: str, **options: object) -> Clip:
    return collect(LocalTts(LocalTtsSettings()).stream(SpeechRequest(text, **options)))  # type: ignore[arg-type]


def test_greeting_is_heard_and_not_clipped() -> None:
    clip = say(GREETING)
    assert clip.sample_rate_hz == 22050
    assert 1.5 < clip.duration_s < 4
    assert -30 < rms_dbfs(clip) < -10
    assert clipped_samples(clip) == 0
    assert peak_dbfs(clip) < -1


@pytest.mark.parametrize(
    "sentence",
    ["안녕하세요 반갑습니다. ", "안녕하세요 반갑습니다 ", "안녕하세요반갑습니다"],
    ids=["sentences", "one long sentence", "one long word"],
)
def test_tail_of_a_long_text_is_spoken(sentence: str) -> None:
    ten, forty = (say(sentence * count).duration_s for count in (10, 40))
    assert forty == pytest.approx(4 * ten, rel=0.05)


def test_text_after_nul_is_spoken() -> None:
    assert say(f"{GREETING}.\0 {GREETING}").duration_s > 1.8 * say(GREETING).duration_s


@pytest.mark.parametrize("text", ["\ud800가", "가" * 300, "12345678" * 20, "😀 가 ㅋㅋㅋ 漢字 ABC"])
def test_odd_text_is_survived(text: str) -> None:
    assert say(text).duration_s > 0


def test_speed_makes_it_shorter() -> None:
    slow, normal, fast = (say(GREETING, speed=speed).duration_s for speed in (0.7, 1.0, 1.8))
    assert slow > 1.2 * normal > 1.2 * 1.5 * fast


def test_pitch_is_in_semitones() -> None:
    low, high = (dominant_hz(say("아아아아아", pitch=pitch)) for pitch in (0, 12))
    assert high == pytest.approx(2 * low, rel=0.15)


def dominant_hz(clip: Clip) -> float:
    """Return the fundamental of a voice, by autocorrelation between 70 and 260 Hz."""
    samples = clip.samples[: clip.sample_rate_hz].astype(float)
    spectrum = np.abs(np.fft.rfft(samples, 2 * len(samples))) ** 2
    correlation = np.fft.irfft(spectrum)
    shortest, longest = clip.sample_rate_hz // 260, clip.sample_rate_hz // 70
    return clip.sample_rate_hz / (shortest + int(np.argmax(correlation[shortest:longest])))


def test_variants_sound_different() -> None:
    assert say(GREETING, voice="ko+f2").to_bytes("pcm_s16le") != say(GREETING, voice="ko+m3").to_bytes("pcm_s16le")


def test_gender_of_a_variant_is_known() -> None:
    genders = {voice.id: voice.gender for voice in LocalTts(LocalTtsSettings()).voices()}
    assert (genders["ko+f2"], genders["ko+m3"]) == ("female", "male")


def test_settings_choose_the_voice() -> None:
    engine = LocalTts(LocalTtsSettings(voice="ko+f2"))
    clip = collect(engine.stream(SpeechRequest(GREETING)))
    assert dominant_hz(clip) > 1.3 * dominant_hz(say(GREETING))


def test_voices_do_not_mix_between_threads() -> None:
    speeds = [1.0, 1.5, 2.0, 2.5]
    alone = {speed: say(GREETING * 3, speed=speed).duration_s for speed in speeds}
    together: list[tuple[float, float]] = []

    def work(speed: float) -> None:
        for _ in range(5):
            together.append((speed, say(GREETING * 3, speed=speed).duration_s))

    threads = [threading.Thread(target=work, args=(speed,)) for speed in speeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(together) == 20
    assert all(duration_s == pytest.approx(alone[speed], rel=0.01) for speed, duration_s in together)


def test_listener_who_waits_bounds_what_is_made_and_stops_nobody() -> None:
    sentence = "가나다라마바사아자차카타파하 " * 5 + ". "
    waiting = LocalTts(LocalTtsSettings()).stream(SpeechRequest(sentence * 100))
    next(waiting)
    assert say(GREETING).duration_s > 1
    one = say(sentence).duration_s
    assert collect(waiting).duration_s > 50 * one
    assert SENTENCES_AHEAD == 2


def test_joins_between_sentences_do_not_click() -> None:
    within = biggest_step(say("안녕하세요. 반갑습니다."))
    clip = say("안녕하세요. 반갑습니다. " * 20)
    assert biggest_step(clip) <= 1.2 * within
    assert abs(int(clip.samples[0])) < 200
    assert abs(int(clip.samples[-1])) < 200


def biggest_step(clip: Clip) -> int:
    return int(np.max(np.abs(np.diff(clip.samples.astype(int)))))


PROGRAM = """
import sys
from voicebot.audio.wav import write_audio
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.registry import build_engine
from voicebot.tts.protocol import SpeechRequest, collect
write_audio(sys.argv[1], collect(build_engine("local", LocalTtsSettings()).stream(SpeechRequest(sys.argv[2]))))
"""


def hello_of_a_fresh_process(path: Path, **environment: str) -> Clip:
    environment = {"PYTHONPATH": str(ROOT)} | environment
    command = [sys.executable, "-c", PROGRAM, str(path), GREETING]
    subprocess.run(command, check=True, timeout=60, env=os.environ | environment)
    return read_audio(path)


def test_fresh_process_writes_a_greeting(tmp_path: Path) -> None:
    assert peak_dbfs(hello_of_a_fresh_process(tmp_path / "hello.wav")) > -12


def test_installation_in_a_deep_folder_speaks(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["deep" * 10] * 5)
    deep.mkdir(parents=True)
    (deep / "espeakng_loader").symlink_to(Path(espeakng_loader.__file__).parent)
    path = os.pathsep.join([str(deep), str(ROOT)])
    assert peak_dbfs(hello_of_a_fresh_process(tmp_path / "hello.wav", PYTHONPATH=path)) > -12


def test_broken_installation_is_a_matter_of_configuration(tmp_path: Path) -> None:
    package = tmp_path / "espeakng_loader"
    package.mkdir()
    (package / "__init__.py").write_text(Path(espeakng_loader.__file__).read_text())
    program = """
from voicebot.settings.tts import LocalTtsSettings
from voicebot.tts.engines.local import LocalTts
print(LocalTts(LocalTtsSettings()).health())
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}
    command = [sys.executable, "-c", program]
    said = subprocess.run(command, check=True, timeout=60, env=environment, capture_output=True, text=True).stdout
    assert said.startswith("Health(ok=False")
    assert "reinstall" in said
