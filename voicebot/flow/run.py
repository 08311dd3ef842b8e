"""Runs a contact flow on this machine: block after block, with time that passes as it would for the caller."""

import random
from collections.abc import Mapping

from voicebot.clock import VirtualClock
from voicebot.flow.call import Call
from voicebot.flow.contact import Contact, ContactStart
from voicebot.flow.mocks import Blocks
from voicebot.flow.model import Flow
from voicebot.flow.ports import Ports
from voicebot.flow.result import CallResult
from voicebot.flow.walk import Walk
from voicebot.flow.world import World


class FlowRunner:
    """Runs flows against one set of ports.

    Args:
        ports: Functions, bot, voice, audio files, caller, observer.
        clock: Time for the call; functions and the bot run inside `clock.working()`.
        world: Queues and hours.
        flows: Other flows and modules, by the id or ARN that blocks name them with.
        prompts: The address of each library prompt, by id, as `Media.fetch` takes it.
        seed: Fixes the percentages.
        blocks: What stands for single blocks.
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
        blocks: Blocks | None = None,
    ) -> None:
        self._ports = ports
        self._clock = clock
        self._world = world or World()
        self._flows = flows or {}
        self._prompts = prompts or {}
        self._seed = seed
        self._blocks = blocks

    def run(self, flow: Flow, start: ContactStart) -> CallResult:
        """Return what came of one call.

        Raises:
            FlowError: The flow cannot go on; names the block.
        """
        chance = random.Random(self._seed)
        contact = Contact(start)
        call = Call(contact, self._clock, self._ports, self._world, self._prompts, chance, self._blocks)
        walk = Walk(call, self._flows)
        end = walk.go(flow)
        return CallResult(
            contact_id=start.contact_id,
            started_at_s=call.line.started_at_s,
            duration_s=call.line.elapsed_s,
            disconnect_reason=end.reason,
            queue=end.queue,
            attributes=dict(contact.attributes),
            entries=tuple(call.entries),
            blocks=tuple(walk.visits),
            recording=call.line.recording(),
            agent_after_s=walk.agent_after_s,
            callbacks=tuple(contact.callbacks),
        )
