"""Parameters of the interactions: functions, and calls to others."""

from typing import Annotated, Literal

from pydantic import Field

from voicebot.flow.kinds import (
    AnyJson,
    Dynamic,
    DynamicMap,
    Number,
    Parameters,
    Single,
    Truth,
    WholeOrReference,
    WholeSeconds,
    within,
)

LambdaSeconds = Annotated[Number, Field(ge=1, le=8)]


class ResponseValidation(Parameters):
    """What a function's answer must look like."""

    response_type: Literal["STRING_MAP", "JSON"] = "STRING_MAP"


class InvokeLambdaFunction(Parameters):
    """Call a Lambda function."""

    lambda_function_arn: Dynamic = Field(alias="LambdaFunctionARN")
    invocation_time_limit_seconds: LambdaSeconds = 8
    invocation_type: Literal["SYNCHRONOUS", "ASYNCHRONOUS"] = "SYNCHRONOUS"
    lambda_invocation_attributes: DynamicMap = Field(default_factory=dict)
    response_validation: ResponseValidation = ResponseValidation()


class CallerId(Parameters):
    """The number shown to who is called."""

    name: Single | None = None
    number: Single | None = None


class TransferParticipantToThirdParty(Parameters):
    """Dial a third party. The documentation and console exports name the limit differently."""

    third_party_phone_number: Dynamic
    third_party_connection_time_limit_seconds: Annotated[WholeOrReference, within(0, 600)] | None = None
    third_party_connection_timeout_seconds: Annotated[WholeOrReference, within(0, 600)] | None = None
    continue_flow_execution: Truth | None = None
    caller_id: CallerId | None = None
    third_party_dtmf_digits: Single | None = Field(default=None, alias="ThirdPartyDTMFDigits")


class CreateCallbackContact(Parameters):
    """Queue a call back to the caller."""

    queue_id: Single | None = None
    agent_id: Single | None = None
    initial_call_delay_seconds: Annotated[Number, Field(ge=1, le=259200)]
    maximum_connection_attempts: WholeSeconds
    retry_delay_seconds: Annotated[Number, Field(ge=1, le=259200)]
    contact_flow_id: Single | None = None
    caller_id: CallerId | None = None


class CompleteOutboundCall(Parameters):
    """Dial the customer of an outbound contact."""

    caller_id: CallerId | None = None
    voice_connector: AnyJson = None
