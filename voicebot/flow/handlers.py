"""What each action does when it runs."""

from collections.abc import Callable, Mapping
from typing import Any

from voicebot.flow.actions.catalog import KNOWN_BY_NAME
from voicebot.flow.blocks import elsewhere, functions, keypad, lex, routing, speech, state
from voicebot.flow.blocks.outcome import Outcome
from voicebot.flow.call import Call

Handler = Callable[[Call, Any], Outcome]

HANDLERS: Mapping[str, Handler] = {
    **dict.fromkeys(KNOWN_BY_NAME, elsewhere.ask_service),
    "AuthenticateParticipant": elsewhere.refuse_voice,
    "CheckHoursOfOperation": routing.check_hours_of_operation,
    "CheckMetricData": elsewhere.check_metric_data,
    "CheckOutboundCallStatus": elsewhere.check_outbound_call_status,
    "Compare": routing.compare,
    "CompleteOutboundCall": state.accept_setting,
    "ConnectParticipantWithLexBot": lex.connect_participant_with_lex_bot,
    "CreateCallbackContact": elsewhere.create_callback_contact,
    "DequeueContactAndTransferToQueue": routing.dequeue_contact_and_transfer_to_queue,
    "DisconnectParticipant": routing.disconnect,
    "DistributeByPercentage": routing.distribute_by_percentage,
    "EndFlowExecution": routing.end_flow_execution,
    "EndFlowModuleExecution": routing.end_flow_module_execution,
    "GetMetricData": elsewhere.get_metric_data,
    "GetParticipantInput": keypad.get_participant_input,
    "InvokeFlowModule": routing.invoke_flow_module,
    "InvokeLambdaFunction": functions.invoke_lambda_function,
    "Loop": routing.loop,
    "MessageParticipant": speech.message_participant,
    "MessageParticipantIteratively": speech.message_participant_iteratively,
    "ResumeContact": state.accept_setting,
    "ShowView": elsewhere.refuse_voice,
    "TransferContactToAgent": routing.transfer_contact_to_agent,
    "TransferContactToQueue": routing.transfer_contact_to_queue,
    "TransferParticipantToThirdParty": elsewhere.transfer_participant_to_third_party,
    "TransferToFlow": routing.transfer_to_flow,
    "UpdateContactAttributes": state.update_contact_attributes,
    "UpdateContactCallbackNumber": elsewhere.update_contact_callback_number,
    "UpdateContactData": state.update_contact_data,
    "UpdateContactEventHooks": state.update_contact_event_hooks,
    "UpdateContactMediaStreamingBehavior": state.update_contact_media_streaming_behavior,
    "UpdateContactRecordingAndAnalyticsBehavior": state.accept_setting,
    "UpdateContactRecordingBehavior": state.accept_setting,
    "UpdateContactRoutingBehavior": state.accept_setting,
    "UpdateContactTargetQueue": state.update_contact_target_queue,
    "UpdateContactTextToSpeechVoice": state.update_contact_text_to_speech_voice,
    "UpdateFlowAttributes": state.update_flow_attributes,
    "UpdateFlowLoggingBehavior": state.accept_setting,
    "UpdatePreviousContactParticipantState": state.accept_setting,
    "Wait": routing.wait,
}
"""Every action of the catalogue; none is ever skipped."""
