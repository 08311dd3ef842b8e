import subprocess
import sys

import pytest

from voicebot.errors import EngineError
from voicebot.tts.protocol import AudioChunk, SpeechRequest, collect

pytestmark = pytest.mark.unit


def test_collect_puts_cut_samples_together() -> None:
    clip = collect([AudioChunk(b"\x01", "pcm_s16le", 8000), AudioChunk(b"\x00\x02\x00\x03", "pcm_s16le", 8000)])
    assert clip.samples.tolist() == [1, 2]


def test_collect_of_nothing_is_an_error() -> None:
    with pytest.raises(EngineError, match="local: no audio"):
        collect([], engine="local")


def test_collect_refuses_a_change_of_format() -> None:
    with pytest.raises(EngineError, match="changed its audio format"):
        collect([AudioChunk(b"\0\0", "pcm_s16le", 8000), AudioChunk(b"\0\0", "pcm_s16le", 16000)])


def test_protocol_and_registry_are_light() -> None:
    program = "import voicebot.tts.protocol, voicebot.tts.registry, voicebot.tts.speaker, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    assert not {"numpy", "soundfile", "soxr", "pydantic", "espeakng_loader"} & set(loaded)


def test_request_says_another_text_in_the_same_way() -> None:
    request = SpeechRequest("네", voice="one", speed=1.2)
    assert request.saying("아니요") == SpeechRequest("아니요", voice="one", speed=1.2)
    assert request.saying("네") is request
