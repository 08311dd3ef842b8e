"""Settings of outbound calls."""

from pathlib import Path

from pydantic import Field

from voicebot.settings.base import Names, Slice


class CallSettings(Slice):
    """Outbound calls: who calls, what is said first, and how much is allowed. Nothing here switches the guard off."""

    caller_id: str | None = None
    own_numbers: Names = ("+827012345678",)
    about: str = "이용하신 서비스 안내"
    clean_list: Path | None = None
    contact_flow_id: str | None = None
    max_per_day: int = Field(2, ge=1, le=10)
    max_length_s: int = Field(300, ge=30, le=1800)
    ring_timeout_s: int = Field(30, ge=15, le=60)
    calls_per_second: float = Field(1.0, gt=0, le=2.0)
    max_active: int = Field(5, ge=1, le=500)
    max_attempts: int = Field(2, ge=1, le=5)
    retry_after_min: float = Field(60.0, ge=1)
    breaker_failures: int = Field(5, ge=1)
    usd_per_minute: float | None = Field(None, ge=0)
    webhook_url: str | None = None
    webhook_is_private: bool = False
