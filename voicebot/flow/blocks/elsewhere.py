"""Blocks that reach beyond the call: third parties, calls back, the numbers of queues, other services."""

import re

from voicebot.flow.actions.contact import UpdateContactCallbackNumber
from voicebot.flow.actions.control import CheckMetricData, GetMetricData
from voicebot.flow.actions.interactions import CreateCallbackContact, TransferParticipantToThirdParty
from voicebot.flow.blocks.outcome import Continues, Ends
from voicebot.flow.blocks.state import target_queue
from voicebot.flow.call import BlockFailed, Call
from voicebot.flow.contact import TargetQueue
from voicebot.flow.kinds import NoParameters, Parameters
from voicebot.flow.result import Callback
from voicebot.flow.world import Queue, ThirdParty

_E164 = re.compile(r"\+[1-9]\d{1,14}")
_CONNECTION_LIMIT_S = 60


def transfer_participant_to_third_party(call: Call, parameters: TransferParticipantToThirdParty) -> Continues | Ends:
    """Dial somebody else and let them talk with the caller; the flow goes on afterwards unless it is told not to."""
    number = call.fill(parameters.third_party_phone_number)
    if not _E164.fullmatch(number):
        raise BlockFailed("ThirdPartyPhoneNumber is no E.164 number", "CallFailed")
    party = call.world.third_parties.get(number, ThirdParty())
    if party.is_busy:
        raise BlockFailed("the third party is busy", "CallFailed")
    limit_s = call.whole(
        parameters.third_party_connection_time_limit_seconds
        or parameters.third_party_connection_timeout_seconds
        or _CONNECTION_LIMIT_S
    )
    if party.answers_after_s is None or party.answers_after_s > limit_s:
        call.wait(limit_s)
        raise BlockFailed(f"no answer within {limit_s} s", "ConnectionTimeLimitExceeded")
    call.wait(party.answers_after_s + party.talks_s)
    return Ends("THIRD_PARTY_DISCONNECT") if parameters.continue_flow_execution is False else Continues()


def update_contact_callback_number(call: Call, parameters: UpdateContactCallbackNumber) -> Continues:
    """Choose the number for a call back."""
    number = call.value(parameters.callback_number)
    if not _E164.fullmatch(number):
        raise BlockFailed("the callback number is no E.164 number", "InvalidCallbackNumber")
    if not number.startswith(call.world.dialable):
        raise BlockFailed("the instance may not call this country", "CallbackNumberNotDialable")
    call.contact.callback_number = number
    return Continues()


def create_callback_contact(call: Call, parameters: CreateCallbackContact) -> Continues:
    """Promise to call back."""
    target = target_queue(call, parameters.queue_id, parameters.agent_id)
    call.contact.callbacks.append(
        Callback(
            queue=target.id,
            number=call.contact.callback_number,
            delay_s=parameters.initial_call_delay_seconds,
            attempts=parameters.maximum_connection_attempts,
        )
    )
    return Continues()


def check_metric_data(call: Call, parameters: CheckMetricData) -> Continues:
    """Branch on one number of a queue."""
    _, queue = _measured(call, parameters.queue_id, parameters.agent_id)
    numbers = {
        "NumberOfAgentsAvailable": queue.agents_available,
        "NumberOfAgentsStaffed": queue.agents_staffed,
        "NumberOfAgentsOnline": queue.agents_online,
        "NumberOfContactsInQueue": queue.contacts,
        "OldestContactInQueueAgeSeconds": queue.oldest_s,
    }
    return Continues(str(numbers[parameters.metric_type]))


def get_metric_data(call: Call, parameters: GetMetricData) -> Continues:
    """Load the numbers of a queue, as `$.Metrics`.

    Source:
        https://docs.aws.amazon.com/connect/latest/adminguide/connect-attrib-list.html, queue metrics
    """
    target, queue = _measured(call, parameters.queue_id, parameters.agent_id)
    call.contact.metrics = {
        "Queue": {
            "Name": target.name,
            "ARN": target.arn,
            "Size": str(queue.contacts),
            "OldestContactAge": str(queue.oldest_s),
        },
        "Agents": {
            "Online": {"Count": str(queue.agents_online)},
            "Available": {"Count": str(queue.agents_available)},
            "Staffed": {"Count": str(queue.agents_staffed)},
        },
    }
    return Continues()


def check_outbound_call_status(call: Call, parameters: NoParameters) -> Continues:
    """Branch on who or what answered a campaign's call."""
    return Continues(call.world.answered_by)


def ask_service(call: Call, parameters: Parameters) -> Continues:
    """Take it that a service outside (profiles, cases, tasks, tables) did its work; a scenario can say otherwise."""
    return Continues()


def refuse_voice(call: Call, parameters: Parameters) -> Continues:
    """Take the error branch, as blocks for chat do in a call."""
    if call.contact.start.channel == "VOICE":
        raise BlockFailed("this block is for chat")
    return Continues()


def _measured(call: Call, queue_id: str | None, agent_id: str | None) -> tuple[TargetQueue, Queue]:
    target = target_queue(call, queue_id, agent_id)
    return target, call.world.queue(target.arn) or Queue(target.name)
