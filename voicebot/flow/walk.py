"""One way through flows: block after block, into modules and back, through queues, until the contact is over."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from voicebot.errors import FlowError
from voicebot.flow.actions.facts import HOLD, QUEUE
from voicebot.flow.blocks.outcome import Continues, Ends, Enters, Outcome, Returns, Transfers
from voicebot.flow.branching import Way, way_after, way_after_failure
from voicebot.flow.call import AgentTookCall, BlockFailed, Call, CallerHungUp
from voicebot.flow.handlers import HANDLERS
from voicebot.flow.model import Action, Flow
from voicebot.flow.ports import Following
from voicebot.flow.result import BlockVisit
from voicebot.flow.world import last_part

QUIET_BLOCKS = 500
"""So many blocks in a row without a sound or a question are a loop that never ends."""

MODULE_DEPTH = 20
"""So many modules inside each other are a circle."""


@dataclass
class _Invocation:
    """A module under way: where to go on, and the visit that is not over yet."""

    flow: Flow
    action: Action
    visit: BlockVisit
    place: int


class Walk:
    """One contact's way.

    Args:
        call: The call.
        flows: Other flows and modules, by id or ARN.
    """

    def __init__(self, call: Call, flows: Mapping[str, Flow]) -> None:
        self._call = call
        self._flows = flows
        self.visits: list[BlockVisit] = []
        self.agent_after_s: float | None = None

    def go(self, flow: Flow) -> Ends:
        """Run a flow, and those that the contact then waits with; return how it all ended."""
        if flow.type in QUEUE | HOLD:
            return self._wait(flow, self._call.world.agent_after_s)
        end = self._run(flow)
        while end.queue is not None and not end.is_answered:
            waiting = self._hook("CustomerQueue")
            if waiting is None:
                return end
            queue = self._call.world.queue(end.queue)
            answer_s = queue.answer_s if queue else None
            end = self._wait(waiting, self._call.world.agent_after_s if answer_s is None else answer_s, end.queue)
        if end.is_answered and end.queue:
            end = self._with_agent(end)
        return end

    def _wait(self, flow: Flow, agent_after_s: float, queue: str = "") -> Ends:
        """Run a queue or hold flow until an agent takes the call."""
        call = self._call
        begun_s = call.line.elapsed_s
        patience_s = call.world.patience_s
        with (
            call.until(begun_s + agent_after_s, AgentTookCall()),
            call.until(None if patience_s is None else begun_s + patience_s, CallerHungUp()),
        ):
            end = self._run(flow)
            if end.is_flow_only:
                end = self._stay(queue)
        if end.is_answered:
            self.agent_after_s = self.agent_after_s or call.line.elapsed_s
            end = replace(end, queue=queue or (call.contact.queue.id if call.contact.queue else "agent"))
        return end

    def _stay(self, queue: str) -> Ends:
        """Wait in silence once a queue flow is over."""
        try:
            while True:
                self._call.check_length()
                self._call.wait(60.0)
        except AgentTookCall:
            return Ends(None, queue, is_answered=True)
        except CallerHungUp:
            return Ends("CUSTOMER_DISCONNECT")

    def _with_agent(self, end: Ends) -> Ends:
        """Play what the caller hears once an agent is there: a whisper, and music on hold."""
        whisper, hold = self._hook("CustomerWhisper"), self._hook("CustomerHold")
        if whisper:
            self._run(whisper)
        queue = self._call.world.queue(end.queue or "")
        for seconds in queue.holds_s if queue and hold else ():
            assert hold
            held = self._wait(hold, seconds, end.queue or "")
            if held.reason is not None:
                return held
        return end

    def _run(self, flow: Flow) -> Ends:
        """Run blocks until the flow is over."""
        modules: list[_Invocation] = []
        action = flow.actions[flow.start_action]
        quiet = 0
        while True:
            before = len(self._call.entries), self._call.turn
            outcome, visit = self._visit(flow, action)
            if isinstance(outcome, Enters):
                if len(modules) == MODULE_DEPTH:
                    message = f"modules invoke each other {MODULE_DEPTH} deep"
                    raise FlowError(message, block=action.identifier, hint="look for one that leads back to itself")
                modules.append(_Invocation(flow, action, visit, len(self.visits)))
                self.visits.append(visit)
                flow = self._flow(outcome.module_id, action.identifier)
                action = flow.actions[flow.start_action]
                continue
            self._note(visit)
            if isinstance(outcome, Ends):
                return outcome
            if isinstance(outcome, Returns):
                flow, action = self._return(modules, outcome, flow)
            elif isinstance(outcome, Transfers):
                flow = self._flow(outcome.flow_id, action.identifier)
                modules.clear()
                self._call.contact.flow_attributes.clear()
                action = flow.actions[flow.start_action]
            else:
                action = flow.actions[visit.next_block or flow.start_action]
            quiet = quiet + 1 if before == (len(self._call.entries), self._call.turn) else 0
            if quiet > QUIET_BLOCKS:
                message = f"{QUIET_BLOCKS} blocks ran without a sound or a question to the caller"
                raise FlowError(message, block=action.identifier, hint="look for a loop that has no way out")
            self._call.check_length()

    def _return(self, modules: list[_Invocation], outcome: Returns, module: Flow) -> tuple[Flow, Action]:
        """Return where the flow goes on that invoked the module which is over."""
        if not modules:
            message = f"{module.name} is a module: only a flow can run it"
            raise FlowError(message, hint="run the flow that invokes it, and give the module among its flows")
        back = modules.pop()
        way = way_after(self._call, back.action, outcome.result)
        visit = replace(
            back.visit,
            end_s=self._call.line.elapsed_s,
            result=outcome.result,
            branch=way.branch,
            next_block=way.next_block,
        )
        self.visits[back.place] = visit
        self._call.ports.observer.block(visit)
        return back.flow, back.flow.actions[way.next_block]

    def _note(self, visit: BlockVisit) -> None:
        self.visits.append(visit)
        self._call.ports.observer.block(visit)

    def _hook(self, name: str) -> Flow | None:
        """Return the flow of an event, when there is one and it is on this machine."""
        flow_id = self._call.contact.hooks.get(name, "")
        return self._flows.get(flow_id) or self._flows.get(last_part(flow_id))

    def _flow(self, flow_id: str, block: str) -> Flow:
        flow = self._flows.get(flow_id) or self._flows.get(last_part(flow_id))
        if flow is None:
            message = f"the flow {flow_id!r} is not on this machine"
            raise FlowError(message, block=block, hint="give the runner that flow too")
        return flow

    def _visit(self, flow: Flow, action: Action) -> tuple[Outcome, BlockVisit]:
        """Run one block."""
        call = self._call
        call.flow, call.block, call.work_s = flow.name, action.identifier, 0.0
        start_s, turn = call.line.elapsed_s, call.turn
        if isinstance(call.ports.observer, Following):
            call.ports.observer.entered(flow.name, action.identifier)
        way: Way | None = None
        error: str | None = None
        try:
            outcome = _outcome(call, action)
            if isinstance(outcome, Continues):
                way = way_after(call, action, outcome.result)
        except BlockFailed as failure:
            outcome, error, way = Continues(), failure.detail, way_after_failure(action, failure)
        except CallerHungUp:
            outcome = Ends("CUSTOMER_DISCONNECT")
        except AgentTookCall:
            outcome = Ends(None, "", is_answered=True)
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


def _outcome(call: Call, action: Action) -> Outcome:
    """Return what comes of a block: what a scenario says, or what it does."""
    mock = call.blocks.next(action)
    if mock is None:
        return HANDLERS[action.type](call, action.parameters)
    call.contact.services.update(mock.data)
    if mock.error:
        raise BlockFailed("the scenario says so", mock.error)
    return Continues(mock.result)
