"""Settings of transcription."""

from pathlib import Path

from pydantic import Field

from voicebot.settings.base import Slice


class TranscribeSettings(Slice):
    """What is said in calls, as text."""

    live: bool = False
    language: str = "ko-KR"
    table: str = "VoicebotTranscripts"
    keep_days: float = Field(90.0, gt=0)
    keep_audio: bool = True
    idle_end_s: float = Field(120.0, ge=5)
    handover_s: float = Field(60.0, ge=5, le=600)
    endpoint_url: str | None = None
    ca_file: Path | None = None
