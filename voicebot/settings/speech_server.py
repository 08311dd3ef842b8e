"""Settings of `voicebot serve --tts`."""

from pathlib import Path

from pydantic import Field

from voicebot.settings.base import Slice


class SpeechServerSettings(Slice):
    """Speech for other programs, with OpenVoice hosted here."""

    port: int = Field(8000, ge=0, le=65535)
    engine: str | None = None
    public_url: str | None = None
    keep_jobs_s: float = Field(600.0, gt=0)
    max_jobs: int = Field(256, ge=1)
    base_engine: str = "local"
    base_voice: str | None = None
    checkpoints: Path | None = None
    source_embedding: Path | None = None
    voices: Path | None = None
    device: str = "cpu"
    tau: float = Field(0.3, ge=0.0, le=1.0)
    processes: int = Field(1, ge=1, le=16)
    start_s: float = Field(120.0, gt=0)
    convert_s: float = Field(30.0, gt=0)
