"""Settings of the stack on AWS."""

from typing import Literal

from pydantic import Field

from voicebot.settings.base import Names, Slice


class DeploySettings(Slice):
    """What `voicebot deploy` makes, beside what the other sections name."""

    stack: str = Field("voicebot", pattern=r"^[a-zA-Z][-a-zA-Z0-9]{0,40}$")
    code_bucket: str | None = None
    architecture: Literal["x86_64", "arm64"] = "x86_64"
    warm_start: Literal["snapstart", "provisioned", "none"] = "snapstart"
    provisioned_environments: int = Field(2, ge=1, le=1000)
    log_retention_days: Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731] = 30
    hours_arn: str | None = None
    agent_queue_arn: str | None = None
    media_streams: Literal["stack", "instance"] = "stack"
    media_stream_prefix: str = Field("voicebot", min_length=1)
    media_key_arn: str | None = None
    alarm_topic_arn: str | None = None
    vpc_id: str | None = None
    subnet_ids: Names = ()
    route_table_ids: Names = ()
    wait_s: float = Field(3600.0, gt=0)
