"""Every action of the flow language, with the class of its parameters.

Source:
    https://docs.aws.amazon.com/connect/latest/devguide/flow-language.html, one page an action, and the parameters
    that real console exports carry beyond those pages.
"""

from collections.abc import Mapping

from voicebot.flow.actions import contact, control, interactions, participant
from voicebot.flow.kinds import NoParameters, Parameters, UnmodelledParameters

MODELLED: Mapping[str, type[Parameters]] = {
    "CheckHoursOfOperation": control.CheckHoursOfOperation,
    "Compare": control.Compare,
    "CompleteOutboundCall": interactions.CompleteOutboundCall,
    "ConnectParticipantWithLexBot": participant.ConnectParticipantWithLexBot,
    "CreateCallbackContact": interactions.CreateCallbackContact,
    "DisconnectParticipant": NoParameters,
    "DistributeByPercentage": NoParameters,
    "EndFlowExecution": NoParameters,
    "EndFlowModuleExecution": NoParameters,
    "GetParticipantInput": participant.GetParticipantInput,
    "InvokeFlowModule": control.InvokeFlowModule,
    "InvokeLambdaFunction": interactions.InvokeLambdaFunction,
    "Loop": control.Loop,
    "MessageParticipant": participant.MessageParticipant,
    "MessageParticipantIteratively": participant.MessageParticipantIteratively,
    "TransferContactToQueue": NoParameters,
    "TransferParticipantToThirdParty": interactions.TransferParticipantToThirdParty,
    "TransferToFlow": control.TransferToFlow,
    "UpdateContactAttributes": contact.UpdateContactAttributes,
    "UpdateContactCallbackNumber": contact.UpdateContactCallbackNumber,
    "UpdateContactData": contact.UpdateContactData,
    "UpdateContactEventHooks": contact.UpdateContactEventHooks,
    "UpdateContactMediaStreamingBehavior": contact.UpdateContactMediaStreamingBehavior,
    "UpdateContactRecordingAndAnalyticsBehavior": contact.UpdateContactRecordingAndAnalyticsBehavior,
    "UpdateContactRecordingBehavior": contact.UpdateContactRecordingBehavior,
    "UpdateContactTargetQueue": contact.UpdateContactTargetQueue,
    "UpdateContactTextToSpeechVoice": contact.UpdateContactTextToSpeechVoice,
    "UpdateFlowAttributes": contact.UpdateFlowAttributes,
    "UpdateFlowLoggingBehavior": contact.UpdateFlowLoggingBehavior,
    "Wait": control.Wait,
}

KNOWN_BY_NAME = (
    "AssociateContactToCustomerProfile",
    "AuthenticateParticipant",
    "CheckMetricData",
    "CheckOutboundCallStatus",
    "CheckVoiceId",
    "CreateCase",
    "CreateCustomerProfile",
    "CreatePersistentContactAssociation",
    "CreateTask",
    "CreateWisdomSession",
    "DequeueContactAndTransferToQueue",
    "EvaluateDataTableValues",
    "GetCalculatedAttributesForCustomerProfile",
    "GetCase",
    "GetCustomerProfile",
    "GetCustomerProfileObject",
    "GetMetricData",
    "ListDataTableValues",
    "LoadContactContent",
    "ResumeContact",
    "ShowView",
    "StartOutboundChatContact",
    "StartVoiceIdStream",
    "TagContact",
    "TransferContactToAgent",
    "UnTagContact",
    "UpdateCase",
    "UpdateContactMediaProcessing",
    "UpdateContactRoutingBehavior",
    "UpdateCustomerProfile",
    "UpdatePreviousContactParticipantState",
    "UpdateRoutingCriteria",
    "UpsertDataTableValues",
)

ACTIONS: Mapping[str, type[Parameters]] = {**dict.fromkeys(KNOWN_BY_NAME, UnmodelledParameters), **MODELLED}
"""Every action type that exists, with the class of its parameters."""
