"""OpenVoice, put together from its parts."""

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from voicebot.clock import Clock
from voicebot.errors import ConfigError
from voicebot.settings.speech_server import SpeechServerSettings
from voicebot.settings.tts import TtsSettings
from voicebot.tts.converter.process import ConverterProcesses
from voicebot.tts.converter.task import FILES, Options
from voicebot.tts.converter.voices import VoiceFolder
from voicebot.tts.protocol import SpeechEngine
from voicebot.tts.stack import build_link
from voicebot.tts.wrappers.breaker import BreakerTts
from voicebot.tts.wrappers.converted import ConvertedTts
from voicebot.tts.wrappers.metered import Measured

_LINK = "hosted_openvoice"
CONVERTER_FOLDER = "converter"
"""Where the converter lies in an unpacked checkpoints_v2."""


def build_hosted(base: SpeechEngine, server: SpeechServerSettings, target: Path | None) -> ConvertedTts:
    """Return OpenVoice over a base speaker; its processes start when they are first needed.

    Args:
        base: Says the text before the conversion.
        server: Where the checkpoints are, and what they run on.
        target: The voice of those who name none (OV_TGT_SE_PTH).

    Raises:
        ConfigError: No checkpoints are set, they are not there, or coqui-tts is not installed.
    """
    if server.checkpoints is None:
        raise ConfigError(
            "openvoice: there are no checkpoints",
            hint="set speech_server.checkpoints to the folder of OpenVoice V2's converter (config.json, checkpoint.pth)",
        )
    folder = server.checkpoints.expanduser()
    folder = folder / CONVERTER_FOLDER if (folder / CONVERTER_FOLDER).is_dir() else folder
    _check(folder)
    source = server.source_embedding.expanduser() if server.source_embedding else None
    options = Options(folder, server.device, server.tau, source)
    converter = ConverterProcesses(options, server.processes, server.start_s, server.convert_s)
    changed_ns = (folder / FILES[-1]).stat().st_mtime_ns
    version = f"{folder} {changed_ns} {server.tau:g} {source or ''}".strip()
    return ConvertedTts(base, converter, VoiceFolder(server.voices, target), server.base_voice, version)


def _check(folder: Path) -> None:
    """Say at once what a process would say when it starts; it imports nothing that takes time."""
    missing = next((name for name in FILES if not (folder / name).is_file()), None)
    if missing:
        raise ConfigError(
            f"openvoice: there is no {missing} in {folder}",
            hint="speech_server.checkpoints is the unpacked checkpoints_v2 of OpenVoice V2, or its converter folder",
        )
    if find_spec("TTS") is None:
        raise ConfigError("openvoice needs the package coqui-tts", hint="pip install 'voicebot[openvoice]'")


def build_hosted_link(
    engine: ConvertedTts,
    tts: TtsSettings,
    server: SpeechServerSettings,
    clock: Clock,
    report: Callable[[Measured], None],
) -> BreakerTts:
    """Return OpenVoice with its queue and its breaker; it has as long as its base speaker and its converter may take."""
    total_s = tts.total_s + server.start_s + server.convert_s
    own = {"first_audio_s": total_s, "total_s": total_s, "max_concurrent": server.processes, "tries": 2}
    return build_link(_LINK, engine, tts.model_copy(update=own), clock, report)
