"""Parameters of the contact actions: what is kept about the contact."""

from typing import Literal

from pydantic import Field, model_validator

from voicebot.flow.kinds import AnyJson, Dynamic, DynamicMap, Number, Parameters, Single, WholeSeconds

Switch = Literal["Enabled", "Disabled"]


class UpdateContactAttributes(Parameters):
    """Set attributes of the contact, all or none."""

    attributes: DynamicMap
    target_contact: Literal["Current", "Related"] = "Current"


class FlowValue(Parameters):
    """The value of one flow attribute."""

    value: Dynamic


class UpdateFlowAttributes(Parameters):
    """Set attributes that live as long as this flow does."""

    flow_attributes: dict[str, FlowValue | Dynamic]


class UpdateContactData(Parameters):
    """Set the contact's own fields."""

    name: Dynamic | None = None
    description: Dynamic | None = None
    language_code: Single | None = None
    customer_id: Single | None = None
    references: AnyJson = None
    voice_id: AnyJson = None
    is_voice_id_streaming_enabled: AnyJson = None
    is_fraud_detection_enabled: AnyJson = None
    is_voice_authentication_enabled: AnyJson = None
    fraud_detection_threshold: AnyJson = None
    voice_authentication_threshold: AnyJson = None
    voice_authentication_response_time: AnyJson = None
    wisdom_session_arn: Single | None = None
    segment_attributes: AnyJson = None
    target_contact: Literal["Current", "Related"] = "Current"


class UpdateContactTextToSpeechVoice(Parameters):
    """Choose the voice that Text and SSML are spoken with."""

    text_to_speech_voice: Single
    text_to_speech_engine: Single | None = None
    text_to_speech_style: Single | None = None


class RecordingBehavior(Parameters):
    """Who is recorded."""

    recorded_participants: tuple[Literal["Agent", "Customer"], ...] = ()
    screen_recorded_participants: tuple[Literal["Agent"], ...] = ()
    ivr_recording_behavior: Switch = Field(default="Disabled", alias="IVRRecordingBehavior")


class UpdateContactRecordingBehavior(Parameters):
    """Switch recording and analytics."""

    recording_behavior: RecordingBehavior | None = None
    analytics_behavior: AnyJson = None


class UpdateContactRecordingAndAnalyticsBehavior(Parameters):
    """The newer form of the recording switch."""

    voice_behavior: AnyJson = None
    chat_behavior: AnyJson = None
    screen_recording_behavior: AnyJson = None


class StreamedParticipant(Parameters):
    """Whose audio is streamed, and which way."""

    participant_type: Literal["Customer"]
    media_directions: tuple[Literal["From", "To"], ...]


class UpdateContactMediaStreamingBehavior(Parameters):
    """Start or stop live media streaming."""

    media_streaming_state: Switch
    participants: tuple[StreamedParticipant, ...] = ()
    media_stream_type: Literal["Audio"] = "Audio"


class UpdateFlowLoggingBehavior(Parameters):
    """Switch the flow log."""

    flow_logging_behavior: Switch


class UpdateContactEventHooks(Parameters):
    """Name the flow that runs at one event of the contact."""

    event_hooks: dict[
        Literal[
            "AgentHold",
            "AgentWhisper",
            "CustomerHold",
            "CustomerQueue",
            "CustomerRemaining",
            "CustomerWhisper",
            "DefaultAgentUI",
            "DisconnectAgentUI",
            "PauseContact",
            "ResumeContact",
        ],
        Single,
    ] = Field(min_length=1, max_length=1)


class QueueTarget(Parameters):
    """Choose a queue, or an agent's own queue, to transfer to."""

    queue_id: Single | None = None
    agent_id: Single | None = None

    @model_validator(mode="after")
    def _one_target(self) -> "QueueTarget":
        if (self.queue_id is None) == (self.agent_id is None):
            raise ValueError("give exactly one of QueueId, AgentId")
        return self


class UpdateContactRoutingBehavior(Parameters):
    """Move the contact forward or back in its queue."""

    queue_priority: WholeSeconds | None = None
    queue_time_adjustment_seconds: Number | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "UpdateContactRoutingBehavior":
        if (self.queue_priority is None) == (self.queue_time_adjustment_seconds is None):
            raise ValueError("give exactly one of QueuePriority, QueueTimeAdjustmentSeconds")
        return self


class UpdatePreviousContactParticipantState(Parameters):
    """Put the agent or the customer of the contact before this one on hold."""

    previous_contact_participant_state: Literal["AgentOnHold", "CustomerOnHold", "OffHold"]


class UpdateContactCallbackNumber(Parameters):
    """Set the number for a call back."""

    callback_number: Single
