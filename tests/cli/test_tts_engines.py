"""One sentence through the real command line with every engine, each against its server on loopback."""

import subprocess
import wave
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import soundfile

from tests.fakes.chat_server import serving
from tests.fakes.speech_servers.server import KEY, Fault
from tests.tts.engines.cases import AUTH, CASES
from tests.tts.engines.test_supertonic import STAND_IN
from voicebot.tts.registry import ENGINES

pytestmark = pytest.mark.system

TEXT = "주문하신 5W-30 엔진오일 3개, 총 125,000원입니다. 010-1234-5678로 2시 30분에 전화드릴게요."
WORDS = (
    "주문하신 오 더블유 삼십 엔진오일 세 개, 총 십이만 오천 원입니다. "
    "공일공 일이삼사 오육칠팔로 두 시 삼십 분에 전화드릴게요."
)


@dataclass(frozen=True)
class Setup:
    """How a person points voicebot at an engine's server: environment names and values, with {url} for the address."""

    variables: Mapping[str, str]

    def at(self, url: str) -> dict[str, str]:
        return {name: value.format(url=url) for name, value in self.variables.items()}


SETUPS = {
    "fish (server)": Setup({"VOICEBOT_TTS__FISH__BASE_URL": "{url}", "FISH_API_KEY": KEY}),
    "fish (cloud)": Setup(
        {"VOICEBOT_TTS__FISH__BASE_URL": "{url}", "VOICEBOT_TTS__FISH__MODE": "cloud", "FISH_API_KEY": KEY}
    ),
    "eleven": Setup({"VOICEBOT_TTS__ELEVEN__BASE_URL": "{url}", "ELEVENLABS_API_KEY": KEY}),
    "minimax": Setup({"VOICEBOT_TTS__MINIMAX__BASE_URL": "{url}", "MINIMAX_API_KEY": KEY}),
    "gpt (realtime)": Setup({"VOICEBOT_TTS__GPT__BASE_URL": "{url}", "OPENAI_API_KEY": KEY}),
    "gpt (speech)": Setup(
        {"VOICEBOT_TTS__GPT__BASE_URL": "{url}", "VOICEBOT_TTS__GPT__MODE": "speech", "OPENAI_API_KEY": KEY}
    ),
    "openvoice": Setup({"TTS_URL": "{url}/synthesize"}),
    "openvoice (job)": Setup({"TTS_URL": "{url}"}),
    "gateway": Setup({"NIPA_BASE": "{url}", "NIPA_AUTH": AUTH, "VOICEBOT_TTS__GATEWAY__ENGINE": "fish"}),
    "polly": Setup(
        {
            "VOICEBOT_TTS__POLLY__ENDPOINT_URL": "{url}",
            "AWS_ACCESS_KEY_ID": "AKIALOOPBACK",
            "AWS_SECRET_ACCESS_KEY": "loopback",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    ),
}
Speak = Callable[..., Path]


@pytest.fixture
def speak(run: Any, home: Path) -> Speak:
    """Run `voicebot tts` and return the file that it wrote."""

    def speak(engine: str, *options: str, text: str = TEXT, **variables: str) -> Path:
        done: subprocess.CompletedProcess[str] = run(
            "tts", text, "--engine", engine, "-o", "out.wav", "--yes", *options, NO_PROXY="127.0.0.1", **variables
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith("out.wav: ")
        return home / "out.wav"

    return speak


def test_every_engine_is_spoken_with_here() -> None:
    assert {case.name for case in CASES} == set(SETUPS)
    assert {case.engine for case in CASES} | {"local", "supertonic"} == set(ENGINES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_right_words_are_sent_and_a_wav_comes_out(case: Any, speak: Speak) -> None:
    with case.serve(Fault()) as server:
        path = speak(case.engine, **SETUPS[case.name].at(server.url))
        assert " ".join(server.said()) == WORDS
    assert_valid(path, "PCM_16")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_telephones_format_comes_out_of_every_engine(case: Any, speak: Speak) -> None:
    with case.serve(Fault()) as server:
        path = speak(case.engine, "--encoding", "mulaw", **SETUPS[case.name].at(server.url))
    assert_valid(path, "ULAW")
    assert soundfile.info(str(path)).samplerate == 8000


def test_the_embedded_voice_speaks(speak: Speak) -> None:
    assert soundfile.info(str(assert_valid(speak("local"), "PCM_16"))).duration > 5


def test_supertonic_speaks(speak: Speak, tmp_path: Path, environment: dict[str, str]) -> None:
    package, weights, heard = tmp_path / "packages" / "supertonic", tmp_path / "weights", tmp_path / "heard.txt"
    for folder in (package, weights / "onnx", weights / "voice_styles"):
        folder.mkdir(parents=True)
    listening = (
        "\n_synthesize = TTS.synthesize\n"
        "def _heard(self, text, **more):\n"
        f"    open({str(heard)!r}, 'a', encoding='utf-8').write(text + '\\n')\n"
        "    return _synthesize(self, text, **more)\n"
        "TTS.synthesize = _heard\n"
    )
    (package / "__init__.py").write_text(STAND_IN + listening, encoding="utf-8")
    for name in ("duration_predictor", "text_encoder", "vector_estimator", "vocoder"):
        (weights / "onnx" / f"{name}.onnx").touch()
    for name in ("onnx/tts", "onnx/unicode_indexer", "voice_styles/F1"):
        (weights / f"{name}.json").write_text("{}")
    path = f"{package.parent}:{environment.get('PYTHONPATH', '.')}"
    assert_valid(speak("supertonic", VOICEBOT_TTS__SUPERTONIC__MODEL_DIR=str(weights), PYTHONPATH=path), "PCM_16")
    assert " ".join(heard.read_text(encoding="utf-8").split("\n")).strip() == WORDS


def test_gpt_voice_answers_before_it_speaks(speak: Speak) -> None:
    answer = "엔진오일은 1만 km마다 교환하시면 됩니다."
    stream = f'data: {{"choices":[{{"delta":{{"content":"{answer}"}}}}]}}\n\ndata: [DONE]\n\n'.encode()
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(stream)
    case = next(case for case in CASES if case.name == "gpt (realtime)")
    with case.serve(Fault()) as server, serving([head + stream]) as chat:
        chatting = {"VOICEBOT_CHAT__GPT__BASE_URL": chat.url, "VOICEBOT_CHAT__GPT__API": "chat_completions"}
        speak("gpt", "--chat", "gpt", text="오일은 언제 갈아요?", **SETUPS[case.name].at(server.url), **chatting)
        assert server.said() == ["엔진오일은 만 킬로미터마다 교환하시면 됩니다."]
        assert chat.requests[0].body["messages"][-1]["content"] == "오일은 언제 갈아요?"


def assert_valid(path: Path, subtype: str) -> Path:
    """Check that a file is a whole mono WAV with sound in it, by libsndfile and by the standard library."""
    samples, _ = soundfile.read(path)
    info = soundfile.info(str(path))
    assert (info.format, info.subtype, info.channels) == ("WAV", subtype, 1)
    assert len(samples) == info.frames > 1000
    assert abs(samples).max() > 0.05
    assert int.from_bytes(path.read_bytes()[4:8], "little") + 8 == path.stat().st_size
    if subtype == "PCM_16":
        with wave.open(str(path)) as file:
            assert file.getnframes() == info.frames
    return path
