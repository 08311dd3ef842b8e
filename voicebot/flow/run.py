"""Runs a contact flow on this machine: block after block, with time that passes as it would for the caller."""

import random
from collections.abc import Callable, Mapping
from typing import Any

from voicebot.clock import VirtualClock
from voicebot.errors import FlowError
from voicebot.flow.blocks import functions, keypad, lex, routing, speech, state
from voicebot.flow.blocks.outcome import Continues, Ends, Outcome, Transfers
from voicebot.flow.branching import Way, way_after, way_after_failure
from voicebot.flow.call import BlockFailed, Call, CallerHungUp
from voicebot.flow.contact import Contact, ContactStart
from voicebot.flow.model import Action, Flow
from voicebot.flow.ports import Ports
from voicebot.flow.result import BlockVisit, CallResult
from voicebot.flow.world import World, last_part

QUIET_BLOCKS = 500
"""So many blocks in a row without a sound or a question are a loop that never ends."""

HANDLERS: Mapping[str, Callable[[Call, Any], Outcome]] = {
    "CheckHoursOfOperation": routing.check_hours_of_operation,
    "Compare": routing.compare,
    "ConnectParticipantWithLexBot": lex.connect_participant_with_lex_bot,
    "DisconnectParticipant": routing.disconnect,
    "DistributeByPercentage": routing.distribute_by_percentage,
    "EndFlowExecution": routing.disconnect,
    "GetParticipantInput": keypad.get_participant_input,
    "InvokeLambdaFunction": functions.invoke_lambda_function,
    "Loop": routing.loop,
    "MessageParticipant": speech.message_participant,
    "TransferContactToQueue": routing.transfer_contact_to_queue,
    "TransferToFlow": routing.transfer_to_flow,
    "UpdateContactAttributes": state.update_contact_attributes,
    "UpdateContactData": state.update_contact_data,
    "UpdateContactEventHooks": state.update_contact_event_hooks,
    "UpdateContactMediaStreamingBehavior": state.update_contact_media_streaming_behavior,
    "UpdateContactRecordingAndAnalyticsBehavior": state.accept_setting,
    "UpdateContactRecordingBehavior": state.accept_setting,
    "UpdateContactTargetQueue": state.update_contact_target_queue,
    "UpdateContactTextToSpeechVoice": state.update_contact_text_to_speech_voice,
    "UpdateFlowAttributes": state.update_flow_attributes,
    "UpdateFlowLoggingBehavior": state.accept_setting,
    "Wait": routing.wait,
}
"""What can be run; an action that is not here is an error, never skipped."""


class FlowRunner:
    """Runs flows against one set of ports.

    Args:
        ports: Functions, bot, voice, audio files, caller, observer.
        clock: Time for the call; functions and the bot run inside `clock.working()`.
        world: Queues and hours.
        flows: Other flows, by the id or ARN that TransferToFlow names.
        prompts: The address of each library prompt, by id, as `Media.fetch` takes it.
        seed: Fixes the percentages.
    """

    def __init__(
        self,
        ports: Ports,
        clock: VirtualClock,
        *,
        world: World | None = None,
        flows: Mapping[str, Flow] | None = None,
        prompts: Mapping[str, str] | None = None,
        seed: int = 0,
    ) -> None:
        self._ports = ports
        self._clock = clock
        self._world = world or World()
        self._flows = flows or {}
        self._prompts = prompts or {}
        self._seed = seed

    def run(self, flow: Flow, start: ContactStart) -> CallResult:
        """Return what came of one call.

        Raises:
            FlowError: The flow cannot go on; names the block.
        """
        call = Call(Contact(start), self._clock, self._ports, self._world, self._prompts, random.Random(self._seed))
        visits: list[BlockVisit] = []
        end = self._walk(call, flow, visits)
        return CallResult(
            contact_id=start.contact_id,
            started_at_s=call.line.started_at_s,
            duration_s=call.line.elapsed_s,
            disconnect_reason=end.reason,
            queue=end.queue,
            attributes=dict(call.contact.attributes),
            entries=tuple(call.entries),
            blocks=tuple(visits),
            recording=call.line.recording(),
        )

    def _walk(self, call: Call, flow: Flow, visits: list[BlockVisit]) -> Ends:
        """Run blocks until the flow or the call is over."""
        identifier = flow.start_action
        quiet = 0
        while True:
            before = len(call.entries), call.turn
            outcome, visit = _visit(call, flow, flow.actions[identifier])
            visits.append(visit)
            self._ports.observer.block(visit)
            if isinstance(outcome, Ends):
                return outcome
            if isinstance(outcome, Transfers):
                flow = self._flow(outcome.flow_id, identifier)
                call.contact.flow_attributes.clear()
            identifier = visit.next_block or flow.start_action
            quiet = quiet + 1 if before == (len(call.entries), call.turn) else 0
            if quiet > QUIET_BLOCKS:
                message = f"{QUIET_BLOCKS} blocks ran without a sound or a question to the caller"
                raise FlowError(message, block=identifier, hint="look for a loop that has no way out")
            call.check_length()

    def _flow(self, flow_id: str, block: str) -> Flow:
        flow = self._flows.get(flow_id) or self._flows.get(last_part(flow_id))
        if flow is None:
            message = f"the flow {flow_id!r} is not on this machine"
            raise FlowError(message, block=block, hint="give the runner that flow too")
        return flow


def _visit(call: Call, flow: Flow, action: Action) -> tuple[Outcome, BlockVisit]:
    """Run one block."""
    call.flow, call.block, call.work_s = flow.name, action.identifier, 0.0
    start_s, turn = call.line.elapsed_s, call.turn
    way: Way | None = None
    error: str | None = None
    try:
        outcome = _handler(action)(call, action.parameters)
        if isinstance(outcome, Continues):
            way = way_after(call, action, outcome.result)
    except BlockFailed as failure:
        outcome, error, way = Continues(), failure.detail, way_after_failure(action, failure)
    except CallerHungUp:
        outcome = Ends("CUSTOMER_DISCONNECT")
    except FlowError as exc:
        if exc.block is None:
            raise FlowError(exc.message, block=action.identifier, hint=exc.hint) from exc
        raise
    call.show()
    return outcome, BlockVisit(
        flow=flow.name,
        identifier=action.identifier,
        type=action.type,
        turn=turn,
        start_s=start_s,
        end_s=call.line.elapsed_s,
        result=outcome.result if isinstance(outcome, Continues) else None,
        branch=way.branch if way else None,
        next_block=way.next_block if way else None,
        work_ms=call.work_s * 1000,
        error=error,
    )


def _handler(action: Action) -> Callable[[Call, Any], Outcome]:
    handler = HANDLERS.get(action.type)
    if handler is None:
        hint = f"these can: {', '.join(HANDLERS)}"
        raise FlowError(f"{action.type} cannot be run on this machine", block=action.identifier, hint=hint)
    return handler
