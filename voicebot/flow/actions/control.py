"""Parameters of the flow control actions: which way the flow goes on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from voicebot.flow.kinds import Number, Parameters, Single, Static, WholeOrReference, within


class Compare(Parameters):
    """Branch on a value of the contact."""

    comparison_value: Single


class Loop(Parameters):
    """Take one branch a number of times, then the other."""

    loop_count: Annotated[WholeOrReference, within(0, 100)]


class Wait(Parameters):
    """Wait for an event; for chat only. The documentation and console exports name the limit differently."""

    timeout_seconds: Annotated[Number, Field(ge=1, le=604800)] | None = None
    time_limit_seconds: Annotated[Number, Field(ge=1, le=604800)] | None = None
    events: tuple[Static, ...] = ()

    @model_validator(mode="after")
    def _one_limit(self) -> "Wait":
        if (self.timeout_seconds is None) == (self.time_limit_seconds is None):
            raise ValueError("give exactly one of TimeoutSeconds, TimeLimitSeconds")
        return self


class CheckHoursOfOperation(Parameters):
    """Branch on whether the hours are open; without an id, those of the target queue."""

    hours_of_operation_id: Single | None = None


class QueueMetrics(Parameters):
    """Whose numbers are looked at; without an id, the target queue's."""

    queue_id: Single | None = None
    agent_id: Single | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "QueueMetrics":
        if self.queue_id is not None and self.agent_id is not None:
            raise ValueError("give only one of QueueId, AgentId")
        return self


class CheckMetricData(QueueMetrics):
    """Branch on one number of a queue."""

    metric_type: Literal[
        "NumberOfAgentsAvailable",
        "NumberOfAgentsStaffed",
        "NumberOfAgentsOnline",
        "NumberOfContactsInQueue",
        "OldestContactInQueueAgeSeconds",
    ]


class GetMetricData(QueueMetrics):
    """Load the numbers of a queue."""

    queue_channel: Single | None = None


class TransferToFlow(Parameters):
    """Go on in another flow."""

    contact_flow_id: Single


class InvokeFlowModule(Parameters):
    """Run a module, then come back."""

    flow_module_id: Single
