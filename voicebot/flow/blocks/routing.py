"""Blocks that decide where the flow, or the caller, goes."""

from voicebot.flow.actions.contact import QueueTarget
from voicebot.flow.actions.control import (
    CheckHoursOfOperation,
    Compare,
    InvokeFlowModule,
    Loop,
    TransferToFlow,
    Wait,
)
from voicebot.flow.blocks.outcome import Continues, Ends, Enters, Returns, Transfers
from voicebot.flow.blocks.state import target_queue
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.contact import TargetQueue
from voicebot.flow.kinds import NoParameters, UnmodelledParameters


def compare(call: Call, parameters: Compare) -> Continues:
    """Branch on a value."""
    return Continues(call.value(parameters.comparison_value))


def loop(call: Call, parameters: Loop) -> Continues:
    """Take the looping branch so many times, then the other, and begin again."""
    place = (call.flow, call.block)
    done = call.loops.get(place, 0)
    if done < call.whole(parameters.loop_count):
        call.loops[place] = done + 1
        return Continues("ContinueLooping")
    call.loops[place] = 0
    return Continues("DoneLooping")


def wait(call: Call, parameters: Wait) -> Continues:
    """Wait, which only chat can."""
    if call.contact.start.channel == "VOICE":
        raise BlockFailed("Wait is for chat; in a call, use SSML <break> or a silent prompt")
    call.wait(parameters.timeout_seconds or parameters.time_limit_seconds or 0)
    return Continues("WaitCompleted")


def check_hours_of_operation(call: Call, parameters: CheckHoursOfOperation) -> Continues:
    """Branch on whether hours are open: those named, or those of the target queue."""
    hours_id = call.value(parameters.hours_of_operation_id or "")
    if not hours_id:
        target = call.contact.queue
        queue = call.world.queue(target.arn) if target else None
        if queue is None:
            raise BlockFailed("no HoursOfOperationId, and no target queue to take it from")
        hours_id = queue.hours or ""
    return Continues(str(call.world.hours_of(hours_id).is_open(call.clock.now())))


def distribute_by_percentage(call: Call, parameters: NoParameters) -> Continues:
    """Branch on a random number from 1 to 100."""
    return Continues(str(call.chance.randint(1, 100)))


def transfer_contact_to_queue(call: Call, parameters: NoParameters) -> Ends:
    """Put the caller into the target queue, which ends this flow."""
    return _enter(call, target_queue(call, None, None))


def dequeue_contact_and_transfer_to_queue(call: Call, parameters: QueueTarget) -> Ends:
    """Take the caller out of the queue and put them into another."""
    target = target_queue(call, parameters.queue_id, parameters.agent_id)
    end = _enter(call, target)
    call.contact.queue = target
    return end


def _enter(call: Call, target: TargetQueue) -> Ends:
    queue = call.world.queue(target.arn) if target.name else None
    if queue and queue.is_full:
        raise BlockFailed(f"queue {queue.name} is full", "QueueAtCapacity")
    return Ends(reason=None, queue=target.id)


def transfer_contact_to_agent(call: Call, parameters: NoParameters) -> Ends:
    """Put the caller through to the agent that a transfer was made to."""
    queue = call.contact.queue
    return Ends(reason=None, queue=queue.id if queue else "agent", is_answered=True)


def transfer_to_flow(call: Call, parameters: TransferToFlow) -> Transfers:
    """Go on in another flow."""
    flow_id = call.value(parameters.contact_flow_id)
    if not flow_id:
        raise BlockFailed("ContactFlowId is empty")
    return Transfers(flow_id)


def invoke_flow_module(call: Call, parameters: InvokeFlowModule) -> Enters:
    """Run a module, and come back."""
    module_id = call.value(parameters.flow_module_id)
    if not module_id:
        raise BlockFailed("FlowModuleId is empty")
    return Enters(module_id)


def end_flow_module_execution(call: Call, parameters: UnmodelledParameters) -> Returns:
    """Go back to the flow that invoked the module; newer modules name the branch that it takes there."""
    named = (parameters.model_extra or {}).get("TransitionReferenceName")
    return Returns(named if isinstance(named, str) else None)


def end_flow_execution(call: Call, parameters: NoParameters) -> Ends:
    """End the flow; a contact that waits in a queue goes on waiting, any other one is over."""
    return Ends("CONTACT_FLOW_DISCONNECT", is_flow_only=True)


def disconnect(call: Call, parameters: NoParameters) -> Ends:
    """Hang up."""
    return Ends("CONTACT_FLOW_DISCONNECT")
