"""Settings of Amazon Web Services."""

from pydantic import Field

from voicebot.settings.base import Slice


class AwsSettings(Slice):
    """What lives in Amazon Web Services."""

    region: str = "ap-northeast-2"
    bucket: str | None = None
    connect_region: str = "ap-northeast-2"
    connect_instance_id: str | None = None
    endpoint_url: str | None = None
    kms_key_id: str | None = None
    vector_bucket: str | None = None
    approve_state_machine: str | None = None
    jobs_table: str = "VoicebotJobs"
    opt_outs_table: str = "VoicebotOptOuts"
    bookings_table: str = "VoicebotBookings"
    counters_table: str = "VoicebotCounters"
    synthesize_function: str | None = None
    calls_table: str = "VoicebotCalls"
    connect_timeout_s: float = Field(1.0, gt=0, le=60)
    read_timeout_s: float = Field(3.0, gt=0, le=300)
    retry_budget_s: float = Field(3.0, ge=0, le=300)
