"""Every action of the flow language, with what is documented about it.

Source:
    https://docs.aws.amazon.com/connect/latest/devguide/flow-language.html, one page an action, and the parameters
    and branches that real console exports carry beyond those pages.
"""

from collections.abc import Mapping

from voicebot.flow.actions import contact, control, interactions, participant
from voicebot.flow.actions.facts import (
    ANY_RESULT,
    ANYWHERE,
    EQUALS,
    FAILED,
    HOLD,
    INBOUND,
    MODULE,
    NUMBER_OPERATORS,
    QUEUE,
    TIMED_OUT,
    TRANSFER,
    UNMATCHED,
    WHISPER,
    ActionFacts,
    Results,
)
from voicebot.flow.kinds import NoParameters

_HOURS = Results(("Equals",), ("True", "False"), ("True", "False"))
_LOOP = Results(("Equals",), ("ContinueLooping", "DoneLooping"), ("ContinueLooping", "DoneLooping"))
_WAIT = Results(("Equals",), ("WaitCompleted", "CustomerReturned", "BotParticipantDisconnected"), ("WaitCompleted",))
_OUTBOUND = Results(("Equals",), ("CallAnswered", "VoicemailBeep", "VoicemailNoBeep", "NotDetected"))
_PERCENT = Results(("NumberLessThan", "NumericLessThan"))

MODELLED: Mapping[str, ActionFacts] = {
    "CheckHoursOfOperation": ActionFacts(
        control.CheckHoursOfOperation, INBOUND | TRANSFER | QUEUE, _HOURS, required_errors=(FAILED,), changes=True
    ),
    "CheckMetricData": ActionFacts(
        control.CheckMetricData,
        INBOUND | TRANSFER | QUEUE,
        Results(("Equals", *NUMBER_OPERATORS)),
        required_errors=(UNMATCHED, FAILED),
        changes=True,
    ),
    "CheckOutboundCallStatus": ActionFacts(NoParameters, INBOUND, _OUTBOUND, usual_errors=(FAILED,)),
    "Compare": ActionFacts(
        control.Compare, ANYWHERE, ANY_RESULT, required_errors=(UNMATCHED,), refused_errors=(FAILED,)
    ),
    "CompleteOutboundCall": ActionFacts(interactions.CompleteOutboundCall),
    "ConnectParticipantWithLexBot": ActionFacts(
        participant.ConnectParticipantWithLexBot,
        INBOUND | TRANSFER | QUEUE,
        EQUALS,
        required_errors=(UNMATCHED, FAILED),
        other_errors=(TIMED_OUT,),
        changes=True,
    ),
    "CreateCallbackContact": ActionFacts(
        interactions.CreateCallbackContact, INBOUND | TRANSFER | QUEUE, required_errors=(FAILED,)
    ),
    "DequeueContactAndTransferToQueue": ActionFacts(
        contact.QueueTarget, QUEUE | MODULE, required_errors=("QueueAtCapacity", FAILED), may_end=True, changes=True
    ),
    "DisconnectParticipant": ActionFacts(NoParameters, INBOUND | TRANSFER | QUEUE, ends=True),
    "DistributeByPercentage": ActionFacts(
        NoParameters, INBOUND | TRANSFER | QUEUE, _PERCENT, required_errors=(UNMATCHED,), changes=True
    ),
    "EndFlowExecution": ActionFacts(NoParameters, ends=True),
    "EndFlowModuleExecution": ActionFacts(flows=MODULE, ends=True),
    "GetMetricData": ActionFacts(control.GetMetricData, required_errors=(FAILED,), changes=True),
    "GetParticipantInput": ActionFacts(
        participant.GetParticipantInput,
        INBOUND | TRANSFER | QUEUE,
        Results(("Equals",), tuple("0123456789*#")),
        changes=True,
    ),
    "InvokeFlowModule": ActionFacts(control.InvokeFlowModule, INBOUND, EQUALS, required_errors=(FAILED,), changes=True),
    "InvokeLambdaFunction": ActionFacts(interactions.InvokeLambdaFunction, required_errors=(FAILED,), changes=True),
    "Loop": ActionFacts(control.Loop, ANYWHERE, _LOOP, changes=True),
    "MessageParticipant": ActionFacts(
        participant.MessageParticipant, INBOUND | TRANSFER | WHISPER | QUEUE, usual_errors=(FAILED,)
    ),
    "MessageParticipantIteratively": ActionFacts(
        participant.MessageParticipantIteratively,
        QUEUE | HOLD | MODULE,
        Results(("Equals",), ("MessagesInterrupted",)),
        usual_errors=(FAILED,),
        may_end=True,
        changes=True,
    ),
    "ResumeContact": ActionFacts(NoParameters, required_errors=(FAILED,)),
    "TransferContactToAgent": ActionFacts(NoParameters, TRANSFER | MODULE, ends=True),
    "TransferContactToQueue": ActionFacts(
        NoParameters,
        INBOUND | TRANSFER,
        required_errors=("QueueAtCapacity", FAILED),
        may_end=True,
        changes=True,
    ),
    "TransferParticipantToThirdParty": ActionFacts(
        interactions.TransferParticipantToThirdParty,
        INBOUND | TRANSFER | QUEUE,
        required_errors=(FAILED,),
        usual_errors=("CallFailed", "ConnectionTimeLimitExceeded"),
        may_end=True,
        changes=True,
    ),
    "TransferToFlow": ActionFacts(
        control.TransferToFlow, INBOUND | TRANSFER, required_errors=(FAILED,), may_end=True, changes=True
    ),
    "UpdateContactAttributes": ActionFacts(contact.UpdateContactAttributes, required_errors=(FAILED,)),
    "UpdateContactCallbackNumber": ActionFacts(
        contact.UpdateContactCallbackNumber,
        INBOUND | TRANSFER | QUEUE,
        required_errors=("InvalidCallbackNumber", "CallbackNumberNotDialable"),
    ),
    "UpdateContactData": ActionFacts(contact.UpdateContactData, usual_errors=(FAILED,)),
    "UpdateContactEventHooks": ActionFacts(contact.UpdateContactEventHooks, required_errors=(FAILED,)),
    "UpdateContactMediaStreamingBehavior": ActionFacts(
        contact.UpdateContactMediaStreamingBehavior,
        INBOUND | QUEUE | TRANSFER | WHISPER,
        required_errors=(FAILED,),
    ),
    "UpdateContactRecordingAndAnalyticsBehavior": ActionFacts(
        contact.UpdateContactRecordingAndAnalyticsBehavior,
        required_errors=(FAILED, "ChannelMismatch"),
        other_errors=("InFlightRedactionConfigurationFailed",),
    ),
    "UpdateContactRecordingBehavior": ActionFacts(contact.UpdateContactRecordingBehavior, refused_errors=(FAILED,)),
    "UpdateContactRoutingBehavior": ActionFacts(contact.UpdateContactRoutingBehavior, INBOUND),
    "UpdateContactTargetQueue": ActionFacts(contact.QueueTarget, INBOUND | TRANSFER, required_errors=(FAILED,)),
    "UpdateContactTextToSpeechVoice": ActionFacts(contact.UpdateContactTextToSpeechVoice, usual_errors=(FAILED,)),
    "UpdateFlowAttributes": ActionFacts(contact.UpdateFlowAttributes, usual_errors=(FAILED,)),
    "UpdateFlowLoggingBehavior": ActionFacts(contact.UpdateFlowLoggingBehavior),
    "UpdatePreviousContactParticipantState": ActionFacts(
        contact.UpdatePreviousContactParticipantState, INBOUND | TRANSFER, required_errors=(FAILED,)
    ),
    "Wait": ActionFacts(
        control.Wait,
        ANYWHERE,
        _WAIT,
        usual_errors=(FAILED,),
        other_errors=("ParticipantNotFound",),
        changes=True,
        is_for_chat=True,
    ),
}

KNOWN_BY_NAME = (
    "AssociateContactToCustomerProfile",
    "AuthenticateParticipant",
    "CheckVoiceId",
    "ConnectParticipantWithAgenticCX",
    "CreateCase",
    "CreateCustomerProfile",
    "CreatePersistentContactAssociation",
    "CreateTask",
    "CreateWisdomSession",
    "EvaluateDataTableValues",
    "GetCalculatedAttributesForCustomerProfile",
    "GetCase",
    "GetCustomerProfile",
    "GetCustomerProfileObject",
    "ListDataTableValues",
    "LoadContactContent",
    "StartOutboundChatContact",
    "StartVoiceIdStream",
    "TagContact",
    "UnTagContact",
    "UpdateCase",
    "UpdateContactMediaProcessing",
    "UpdateCustomerProfile",
    "UpdateRoutingCriteria",
    "UpsertDataTableValues",
)
"""Actions that ask another service, or change only what agents see; their parameters are not checked."""

ACTIONS: Mapping[str, ActionFacts] = {
    **dict.fromkeys(KNOWN_BY_NAME, ActionFacts(results=ANY_RESULT, changes=True)),
    "ShowView": ActionFacts(results=ANY_RESULT, changes=True, is_for_chat=True),
    **MODELLED,
}
"""Every action type that exists."""
