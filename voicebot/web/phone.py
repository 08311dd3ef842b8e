"""Calls that a page starts: out to a number, or in to the bot."""

from collections import OrderedDict
from functools import cached_property
from pathlib import Path
from typing import Any

from voicebot.call.plan import CallPlan
from voicebot.call.service import CallService
from voicebot.call.simulation.callers import SimulatedCall, call_plan, load_recogniser
from voicebot.client import Voicebot
from voicebot.errors import ConfigError, NotFoundError
from voicebot.flow.scenario import Recogniser
from voicebot.web.calling import PageCaller, RunObserver, call_summary
from voicebot.web.runs import MAX_KEPT, Run, Runs

INBOUND = Path("connect_flows/inbound.json")
_LOOK_EVERY_S = 2.0


class Phone:
    """Starts calls and passes on what the person at the page says.

    Args:
        client: Where everything is.
        runs: Where calls go on.
    """

    def __init__(self, client: Voicebot, runs: Runs) -> None:
        self._client = client
        self._runs = runs
        self._callers: OrderedDict[str, PageCaller] = OrderedDict()
        self._contacts: dict[str, str] = {}

    def call(self, plan: CallPlan, is_answered_here: bool) -> Run:
        """Call a number; on this machine, the person at the page or a scenario answers."""

        def work(run: Run) -> dict[str, Any]:
            callee = (lambda: self._at_page(run)) if is_answered_here else None
            service = self._client.calls(callee, RunObserver(run))
            run.tell("status", {"state": "dialling"})
            placed = service.place(plan)
            self._contacts[run.id] = placed.call.contact_id
            if placed.held is not None:
                return {
                    **call_summary(run, placed.held),
                    "outcome": placed.call.outcome,
                    "contact": placed.call.contact_id,
                }
            return self._followed(run, service, placed.call.contact_id, placed.is_new)

        return self._runs.start("call", work)

    def call_in(self) -> Run:
        """Let the person at the page call the bot."""

        def work(run: Run) -> dict[str, Any]:
            here = self._at_page(run)
            result = self._client.run_flow(INBOUND, here.caller, here.start, here.world, RunObserver(run))
            return {**call_summary(run, result), "outcome": "", "contact": ""}

        return self._runs.start("inbound", work)

    def caller(self, run_id: str) -> PageCaller:
        """Return the person at the page in a call that goes on.

        Raises:
            NotFoundError: Nobody at a page takes part in that call.
        """
        self._runs.get(run_id)
        caller = self._callers.get(run_id)
        if caller is None:
            raise NotFoundError("nobody at a page takes part in this call", hint="start a call that is answered here")
        return caller

    def hang_up(self, run_id: str) -> None:
        """End a call."""
        self._runs.get(run_id)
        if run_id in self._callers:
            self._callers[run_id].hang_up()
        elif run_id in self._contacts:
            self._client.calls().stop(self._contacts[run_id])

    def _at_page(self, run: Run) -> SimulatedCall:
        caller = PageCaller(run, lambda: self._recogniser)
        self._callers[run.id] = caller
        while len(self._callers) > MAX_KEPT:
            self._callers.popitem(last=False)
        plan = call_plan(None, (), lambda: None)
        run.tell("status", {"state": "connected"})
        return SimulatedCall(caller, plan.start, plan.world, None)

    @cached_property
    def _recogniser(self) -> Recogniser | None:
        try:
            return load_recogniser()
        except ConfigError:
            return None

    def _followed(self, run: Run, service: CallService, contact_id: str, is_new: bool) -> dict[str, Any]:
        """Tell each change of a call that goes on elsewhere, until it is over."""
        state = ""
        while True:
            call = service.status(contact_id)
            if call.state != state:
                state = call.state
                run.tell("status", {"state": state})
            if state == "ended":
                return {"outcome": call.outcome, "contact": contact_id, "duration_s": call.talk_s, "is_new": is_new}
            self._client.clock.sleep(_LOOK_EVERY_S)
