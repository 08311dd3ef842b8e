"""Settings of the approved answers and the inbox."""

from pydantic import Field

from voicebot.settings.base import Slice


class CacheSettings(Slice):
    """Approved answers and the inbox."""

    answers_table: str = "UtteranceCache"
    inbox_table: str = "SttInboxNew"
    batch_approval: bool = True
    normalize: bool = True
    match_threshold: float | None = Field(None, ge=0.0, le=1.0)
    index_look_s: float = Field(60.0, ge=0)
    vectors_above_lines: int = Field(100_000, ge=0)
    lease_s: float = Field(60.0, gt=0)
    remote_lease_s: float = Field(3600.0, gt=0)
    remote_concurrency: int = Field(100, ge=1, le=10_000)
    remote_batch: int = Field(10, ge=1, le=100)
    counter_flush_s: float = Field(10.0, ge=0, le=3600)
    max_attempts: int = Field(5, ge=1)
    keep_replaced_s: float = Field(3600.0, ge=0)
