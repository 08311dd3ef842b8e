"""OpenVoice V2's tone colour converter: what a voice sounds like, taken from one recording and given to another.

The only module that imports torch and coqui-tts for speech. The converter's folder is one of `checkpoints_v2`:
`config.json` and `checkpoint.pth` as OpenVoice V2 ships them. Nothing is ever downloaded.

Source:
    coqui-tts 0.28.0 (TTS/vc/models/openvoice.py), github.com/myshell-ai/OpenVoice (demo_part3.ipynb, checkpoints_v2_0417).
"""

import io
import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from TTS.vc.configs.openvoice_config import OpenVoiceConfig
from TTS.vc.models.openvoice import OpenVoice

from voicebot.audio.clip import FULL_SCALE, Clip, to_int16
from voicebot.audio.resample import resample
from voicebot.audio.wav import read_audio
from voicebot.errors import InputError
from voicebot.tts.converter.task import EMBEDDING_MARK, FILES, Options

EMBEDDING_SHAPE = (1, 256, 1)
_SEED = 1
_KEPT_EMBEDDINGS = 32
_SHORTEST_S = 0.5


class ToneColourModel:
    """The converter, loaded; for one thread at a time.

    Args:
        options: Where it is and what it runs on.

    Raises:
        OSError: A file is missing.
        ValueError: A file is another than expected.
        RuntimeError: The checkpoint has other shapes, or the device is missing.
    """

    def __init__(self, options: Options) -> None:
        settings, checkpoint = (options.checkpoints / name for name in FILES)
        config = OpenVoiceConfig()
        own = json.loads(settings.read_text(encoding="utf-8")).get("model", {})
        known = {name: value for name, value in own.items() if hasattr(config.model_args, name)}
        config.model_args.update(known)
        config.model_args.tau = options.tau
        self._model = OpenVoice(config)
        self._model.load_checkpoint(config, checkpoint, eval=True)
        self._model.to(torch.device(options.device))
        self._source = self._from_file(options.source_embedding) if options.source_embedding else None
        self._embedding_of = lru_cache(_KEPT_EMBEDDINGS)(self._embedding)

    @property
    def sample_rate_hz(self) -> int:
        """The rate of what it gives, in Hz."""
        return int(self._model.config.audio.output_sample_rate)

    def convert(self, clip: Clip, target: bytes | Path) -> Clip:
        """Return the same speech in the voice of `target`, as long as before.

        Args:
            clip: Speech.
            target: A recording, or an embedding file: its bytes or its path.

        Raises:
            InputError: The target is neither.
        """
        speech = self._tensor(clip)
        with torch.inference_mode():
            torch.manual_seed(_SEED)  # the same request, the same audio
            source, spectrogram = self._model.extract_se(speech)
            given = {
                "g_src": source if self._source is None else self._source,
                "g_tgt": self._embedding_of(target, _changed(target)),
            }
            made = self._model.inference(spectrogram, given)["model_outputs"][0, 0].cpu().float().numpy()
        length = round(clip.duration_s * self.sample_rate_hz)
        samples = np.zeros(length, dtype=np.int16)
        kept: NDArray[np.int16] = to_int16(made[:length].astype(np.float64) * FULL_SCALE)
        samples[: len(kept)] = kept
        return Clip(samples, self.sample_rate_hz)

    def _tensor(self, clip: Clip) -> torch.Tensor:
        """Return samples of shape (1, n) at the model's rate; short clips get silence at their end."""
        samples = (
            resample(clip, int(self._model.config.audio.input_sample_rate)).samples.astype(np.float32) / FULL_SCALE
        )
        shortest = round(_SHORTEST_S * self._model.config.audio.input_sample_rate)
        return torch.from_numpy(np.pad(samples, (0, max(0, shortest - len(samples)))))[None]

    def _embedding(self, target: bytes | Path, changed_ns: int = 0) -> torch.Tensor:
        if isinstance(target, Path):
            return self._from_file(target)
        if target.startswith(EMBEDDING_MARK):
            return self._loaded(target, "the embedding file")
        with torch.inference_mode():
            embedding: torch.Tensor = self._model.extract_se(self._tensor(read_audio(target)))[0]
            return embedding

    def _from_file(self, path: Path) -> torch.Tensor:
        data = path.read_bytes()
        return self._loaded(data, path.name) if path.suffix == ".pth" else self._embedding(data)

    def _loaded(self, data: bytes, name: str) -> torch.Tensor:
        try:
            found = torch.load(io.BytesIO(data), map_location=self._model.device, weights_only=True)
        except Exception as exc:  # torch raises what its readers raise: zip, pickle, key and runtime errors
            raise InputError(f"{name}: this is not a speaker embedding", hint="make one with OpenVoice V2") from exc
        if not isinstance(found, torch.Tensor) or tuple(found.shape) != EMBEDDING_SHAPE:
            raise InputError(f"{name}: a speaker embedding has the shape {EMBEDDING_SHAPE}")
        return found.float()


def _changed(target: bytes | Path) -> int:
    return target.stat().st_mtime_ns if isinstance(target, Path) else 0
