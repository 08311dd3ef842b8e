"""Settings of a caller turn."""

from pydantic import Field

from voicebot.settings.base import Slice


class TurnsSettings(Slice):
    """One caller turn: how long to wait, what to play meanwhile."""

    first_url_wait_ms: int = Field(1400, ge=0, le=6000)
    batch_size: int = Field(1, ge=1, le=10)
    use_fillers: bool = True
    expected_wait_s: float = Field(3.0, ge=0, le=60)
    max_wait_s: float = Field(25.0, gt=0)
    max_misunderstandings: int = Field(2, ge=1, le=5)
