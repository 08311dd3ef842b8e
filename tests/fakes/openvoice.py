"""A converter checkpoint of the true shape with random weights, laid out as OpenVoice V2 ships it."""

import json
import os
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

PACKAGES = ("torch", "torchaudio", "TTS")

CONFIG = {
    "_version_": "v2",
    "data": {"sampling_rate": 22050, "filter_length": 1024, "hop_length": 256, "win_length": 1024, "n_speakers": 0},
    "model": {
        "zero_g": True, "inter_channels": 192, "hidden_channels": 192, "filter_channels": 768, "n_heads": 2,
        "n_layers": 6, "kernel_size": 3, "p_dropout": 0.1, "resblock": "1", "resblock_kernel_sizes": [3, 7, 11],
        "resblock_dilation_sizes": [[1, 3, 5], [1, 3, 5], [1, 3, 5]], "upsample_rates": [8, 8, 2, 2],
        "upsample_initial_channel": 512, "upsample_kernel_sizes": [16, 16, 4, 4], "n_layers_q": 3,
        "use_spectral_norm": False, "gin_channels": 256,
    },
}  # fmt: skip

_MAKE = """
import sys
from pathlib import Path
import torch
from TTS.vc.configs.openvoice_config import OpenVoiceConfig
from TTS.vc.models.openvoice import OpenVoice
folder = Path(sys.argv[1])
torch.manual_seed(7)
model = OpenVoice(OpenVoiceConfig())
state = {}
for name, value in model.state_dict().items():
    # The last layer of each coupling starts at zero, which would make every voice the same.
    value = value if value.any() else torch.randn(value.shape) * 0.2
    # The names of the weights are those of the older weight_norm.
    name = name.replace("parametrizations.weight.original0", "weight_g")
    state[name.replace("parametrizations.weight.original1", "weight_v")] = value
torch.save({"model": state, "iteration": 0}, folder / "checkpoint.pth")
for number, name in enumerate(("mina", "jun")):
    torch.manual_seed(number)
    torch.save(torch.randn(1, 256, 1) * 0.5, folder / f"{name}.pth")
"""


@cache
def checkpoints(kept: Path) -> Path:
    """Return a folder with `converter/` and `ses/`, made once a session; it is made in a process of its own."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed; pip install 'voicebot[openvoice]'")
    folder = kept / "checkpoints_v2"
    converter, voices = folder / "converter", folder / "ses"
    converter.mkdir(parents=True)
    voices.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", _MAKE, str(converter)], capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (converter / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    for name in ("mina", "jun"):
        (converter / f"{name}.pth").rename(voices / f"{name}.pth")
    return folder
