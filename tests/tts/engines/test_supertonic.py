"""Supertonic: against a stand-in for the package everywhere, against the package with tiny weights where it is installed."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from voicebot.errors import ConfigError, EngineError, NotFoundError
from voicebot.settings.tts import SupertonicTtsSettings
from voicebot.tts.protocol import SpeechEngine, SpeechRequest, collect
from voicebot.tts.registry import build_engine

pytestmark = pytest.mark.contract

TEXT = "안녕하세요. 타이어 교체는 삼십 분쯤 걸립니다."
SENTENCES = 2
STAND_IN = """
import numpy as np


class Style:
    pass


class TTS:
    sample_rate = 44100
    made = []

    def __init__(self, model, model_dir=None, auto_download=True, intra_op_num_threads=None, inter_op_num_threads=None):
        if model not in ("supertonic", "supertonic-2", "supertonic-3"):
            raise ValueError("Invalid model")
        if (model_dir / "onnx" / "vocoder.onnx").read_bytes() == b"damaged":
            raise RuntimeError("INVALID_PROTOBUF")
        TTS.made.append((model, str(model_dir), auto_download, intra_op_num_threads))

    def get_voice_style(self, name):
        return Style()

    def synthesize(self, text, voice_style, total_steps=8, speed=1.05, max_chunk_length=None, silence_duration=0.3,
                   lang=None, verbose=False):
        assert isinstance(voice_style, Style) and lang == "ko" and 0.7 <= speed <= 2.0 and 1 <= total_steps <= 100
        if "☎" in text:
            raise ValueError(f"Found unsupported characters: {text}")
        seconds = np.array([0.02 * len(text) / speed], dtype=np.float32)
        samples = int(seconds[0] * 44100) // 3072 * 3072 + 3072
        return 0.2 * np.sin(np.arange(samples, dtype=np.float32) / 20)[None], seconds
"""


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder with all files, which only the stand-in takes for weights."""
    folder = tmp_path / "weights"
    (folder / "onnx").mkdir(parents=True)
    (folder / "voice_styles").mkdir()
    for name in ("duration_predictor", "text_encoder", "vector_estimator", "vocoder"):
        (folder / "onnx" / f"{name}.onnx").write_bytes(b"")
    for name in ("tts", "unicode_indexer"):
        (folder / "onnx" / f"{name}.json").write_text("{}")
    for name in ("F1", "M1"):
        (folder / "voice_styles" / f"{name}.json").write_text("{}")
    return folder


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    (tmp_path / "packages" / "supertonic").mkdir(parents=True)
    (tmp_path / "packages" / "supertonic" / "__init__.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path / "packages")
    for name in [name for name in sys.modules if name.partition(".")[0] == "supertonic"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "voicebot.tts.engines.supertonic", raising=False)
    yield importlib.import_module("supertonic")
    sys.modules.pop("supertonic", None)
    sys.modules.pop("voicebot.tts.engines.supertonic", None)


def engine(folder: Path | None, **own: object) -> SpeechEngine:
    return build_engine("supertonic", SupertonicTtsSettings(model_dir=folder, **own))  # type: ignore[arg-type]


def test_each_sentence_is_a_piece_of_audio(stand_in: ModuleType, weights: Path) -> None:
    chunks = list(engine(weights, threads=2).stream(SpeechRequest(TEXT)))
    assert len(chunks) >= 1
    assert collect(chunks).duration_s == pytest.approx(0.02 * len(TEXT) / 1.05, abs=0.05)
    assert stand_in.TTS.made == [("supertonic-3", str(weights), False, 2)]


def test_a_long_text_comes_in_several_pieces(stand_in: ModuleType, weights: Path) -> None:
    assert len(list(engine(weights).stream(SpeechRequest(TEXT * 10)))) > 1


def test_voices_are_the_files_in_the_folder(stand_in: ModuleType, weights: Path) -> None:
    assert [(voice.id, voice.gender) for voice in engine(weights).voices()] == [("F1", "female"), ("M1", "male")]
    with pytest.raises(NotFoundError, match="nobody"):
        list(engine(weights).stream(SpeechRequest(TEXT, voice="nobody")))


def test_missing_weights_are_named_and_never_downloaded(stand_in: ModuleType, weights: Path) -> None:
    assert engine(weights).health().ok
    (weights / "onnx" / "vocoder.onnx").unlink()
    for folder, words in ((None, "no weights"), (weights, "vocoder.onnx"), (weights / "elsewhere", "tts.json")):
        with pytest.raises(ConfigError, match=words):
            list(engine(folder).stream(SpeechRequest(TEXT)))
        assert not engine(folder).health().ok
    assert stand_in.TTS.made == []


def test_damaged_weights_are_a_matter_of_settings(stand_in: ModuleType, weights: Path) -> None:
    (weights / "onnx" / "vocoder.onnx").write_bytes(b"damaged")
    with pytest.raises(ConfigError, match="cannot be loaded"):
        list(engine(weights).stream(SpeechRequest(TEXT)))


def test_characters_that_cannot_be_said_are_not_shown(stand_in: ModuleType, weights: Path) -> None:
    with pytest.raises(EngineError, match="cannot say") as caught:
        list(engine(weights).stream(SpeechRequest("☎ 공일공")))
    assert "공일공" not in caught.value.message
    assert not caught.value.retryable


def test_without_the_package_the_extra_is_named() -> None:
    if importlib.util.find_spec("supertonic"):
        pytest.skip("the package is installed")
    with pytest.raises(ConfigError, match="needs the package supertonic") as caught:
        engine(None)
    assert caught.value.hint == "pip install 'voicebot[supertonic]'"


TINY = """
import json, sys
from pathlib import Path
import onnx
from onnx import TensorProto as T, helper as h

folder = Path(sys.argv[1])
def save(name, inputs, nodes, output, constants=()):
    ins = [h.make_tensor_value_info(n, t, s) for n, t, s in inputs]
    graph = h.make_graph(nodes, name, ins, [h.make_tensor_value_info(*output)], list(constants))
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=9), folder / "onnx" / f"{name}.onnx")
mask = ("text_mask", T.FLOAT, [1, 1, "t"])
ids = ("text_ids", T.INT64, [1, "t"])
axes = h.make_tensor("axes", T.INT64, [2], [1, 2])
per_char = h.make_tensor("per_char", T.FLOAT, [1], [0.03])
save("duration_predictor", [ids, ("style_dp", T.FLOAT, [1, 1, 2]), mask],
     [h.make_node("ReduceSum", ["text_mask", "axes"], ["count"], keepdims=0), h.make_node("Mul", ["count", "per_char"], ["duration"])],
     ("duration", T.FLOAT, [1]), [axes, per_char])
save("text_encoder", [ids, ("style_ttl", T.FLOAT, [1, 1, 2]), mask], [h.make_node("Identity", ["text_mask"], ["text_emb"])],
     ("text_emb", T.FLOAT, [1, 1, "t"]))
save("vector_estimator", [("noisy_latent", T.FLOAT, [1, 3072, "l"]), ("text_emb", T.FLOAT, [1, 1, "t"]),
     ("style_ttl", T.FLOAT, [1, 1, 2]), mask, ("latent_mask", T.FLOAT, [1, 1, "l"]), ("current_step", T.FLOAT, [1]), ("total_step", T.FLOAT, [1])],
     [h.make_node("Identity", ["noisy_latent"], ["denoised"])], ("denoised", T.FLOAT, [1, 3072, "l"]))
shape = h.make_tensor("shape", T.INT64, [2], [1, -1])
gain = h.make_tensor("gain", T.FLOAT, [1], [0.1])
save("vocoder", [("latent", T.FLOAT, [1, 3072, "l"])],
     [h.make_node("Reshape", ["latent", "shape"], ["flat"]), h.make_node("Mul", ["flat", "gain"], ["wav"])],
     ("wav", T.FLOAT, [1, "n"]), [shape, gain])
"""


def test_the_package_itself_speaks_with_tiny_weights(weights: Path, tmp_path: Path) -> None:
    pytest.importorskip("supertonic")
    pytest.importorskip("onnx")
    (tmp_path / "tiny.py").write_text(TINY)
    subprocess.run([sys.executable, str(tmp_path / "tiny.py"), str(weights)], check=True, timeout=120)
    config = {
        "ae": {"sample_rate": 44100, "base_chunk_size": 512},
        "ttl": {"chunk_compress_factor": 6, "latent_dim": 512},
    }
    (weights / "onnx" / "tts.json").write_text(json.dumps(config))
    (weights / "onnx" / "unicode_indexer.json").write_text(json.dumps([*range(0x416), -1, *range(0x417, 0x10000)]))
    style = {"dims": [1, 1, 2], "data": [[[0.0, 0.0]]]}
    for name in ("F1", "M1"):
        (weights / "voice_styles" / f"{name}.json").write_text(json.dumps({"style_ttl": style, "style_dp": style}))
    speaking = engine(weights, steps=2)
    quick = collect(speaking.stream(SpeechRequest(TEXT, speed=1.5)))
    slow = collect(speaking.stream(SpeechRequest(TEXT, speed=0.8)))
    assert quick.sample_rate_hz == 44100
    assert 1.0 < quick.duration_s < slow.duration_s
    with pytest.raises(EngineError, match="cannot say"):
        list(speaking.stream(SpeechRequest("\u0416")))
