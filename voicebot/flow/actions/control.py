"""Parameters of the flow control actions: which way the flow goes on."""

from typing import Annotated

from pydantic import Field, model_validator

from voicebot.flow.kinds import Number, Parameters, Single, Static


class Compare(Parameters):
    """Branch on a value of the contact."""

    comparison_value: Single


class Loop(Parameters):
    """Take one branch a number of times, then the other."""

    loop_count: Annotated[Number, Field(ge=0, le=100)]


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


class TransferToFlow(Parameters):
    """Go on in another flow."""

    contact_flow_id: Single


class InvokeFlowModule(Parameters):
    """Run a module, then come back."""

    flow_module_id: Single
