"""voicebot call."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from voicebot.cli.options import DryRun, Engine, Json, state_of
from voicebot.errors import GateError, InputError, RefusedError, StorageError

if TYPE_CHECKING:
    from voicebot.call.campaign import CampaignReport
    from voicebot.call.contact_file import ContactRow
    from voicebot.call.journal import Entry
    from voicebot.call.plan import CallPlan
    from voicebot.call.service import CallRequest, CallService, Placed, Preview
    from voicebot.call.simulation.callers import SimulatedCall
    from voicebot.cli.state import State
    from voicebot.clock import Clock

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def call(
    ctx: typer.Context,
    number: Annotated[str | None, typer.Argument(help="Such as +821012345678 or 010-1234-5678.")] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", help="A campaign: a CSV with number, and name, about, message where wanted."),
    ] = None,
    purpose: Annotated[
        Literal["service", "ad"] | None,
        typer.Option(help="Required: service (about what the person uses) or ad (advertising)."),
    ] = None,
    engine: Engine = None,
    name: Annotated[str, typer.Option(help="How the person is addressed.")] = "",
    about: Annotated[str | None, typer.Option(help="What the call is about, as a noun: '정비 예약 안내'.")] = None,
    intro: Annotated[str | None, typer.Option(help="The first prompt, instead of one that is written for you.")] = None,
    message: Annotated[str, typer.Option(help="What is said once the person has time.")] = "",
    night_reason: Annotated[
        str, typer.Option(help="Why a service call cannot wait until 08:00; it is logged. Advertising cannot use it.")
    ] = "",
    attempt: Annotated[int, typer.Option(min=1, max=10, help="2 calls the same person again on the same day.")] = 1,
    campaign: Annotated[str | None, typer.Option(help="The campaign's name; the file's by default.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Follow the call until it is over.")] = False,
    scenario: Annotated[
        Path | None, typer.Option("--scenario", "-s", help="On this machine: what the callee does, as YAML.")
    ] = None,
    record: Annotated[Path | None, typer.Option(help="On this machine: write the call here.")] = None,
    at: Annotated[
        str | None, typer.Option(help="On this machine: when the simulated call takes place, '2026-11-25 10:00'.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Really dial; without it, say what would happen.")] = False,
    dry_run: DryRun = False,
    json_: Json = False,
) -> None:
    """Call one number, or a file of them: the guard looks at each call in the moment of dialling."""
    from voicebot.call.service import CallRequest
    from voicebot.flow.line import require_recordable

    if (number is None) == (file is None):
        raise InputError("a call has a number, or a file of them", hint="voicebot call NUMBER, or --file contacts.csv")
    if purpose is None:
        raise InputError("the purpose is missing", hint="--purpose service or --purpose ad; docs/call.md says which")
    if file and record:
        raise InputError("--record is for one call")
    require_recordable(record)
    desk = _Desk(state_of(ctx), scenario, record, at, json_, is_shown=file is None)
    request = CallRequest(
        number or "", purpose, engine, name, about, intro, message, attempt, campaign or "", night_reason
    )
    if file:
        desk.many(file, request, is_real=yes and not dry_run)
    else:
        desk.one(request, is_real=yes and not dry_run, must_wait=wait)


class _Desk:
    """One run of the command: where calls are placed from, and how they are shown."""

    def __init__(
        self, state: State, scenario: Path | None, record: Path | None, at: str | None, as_json: bool, is_shown: bool
    ) -> None:
        from voicebot.cli.watcher import Watcher

        self._console = state.console
        self._record = record
        self._as_json = as_json
        client = state.client
        if client.is_on_aws and (scenario or record or at):
            raise InputError("--scenario, --record and --at are for calls on this machine")
        if at:
            client = client.at(_clock(at))
        observer = Watcher(state.console) if is_shown and not as_json else None
        self._client = client
        self._scenario = scenario
        self._answered: SimulatedCall | None = None
        self._calls: CallService = client.calls(self._callee, observer)

    def one(self, request: CallRequest, is_real: bool, must_wait: bool) -> None:
        """Place one call, or say what would happen."""
        plan = self._calls.plan(request)
        if not is_real:
            self._show(plan, self._calls.preview([plan]))
            return
        placed = self._calls.place(plan)
        if must_wait:
            self._calls.follow(placed.call.contact_id)
        self._ending(placed)

    def many(self, file: Path, request: CallRequest, is_real: bool) -> None:
        """Run a campaign, or say what it would do."""
        from voicebot.call.contact_file import read_contacts

        contacts = read_contacts(file)
        for problem in contacts.problems:
            self._console.note(problem)
        campaign = self._client.campaign(self._calls, request.campaign or contacts.name, request, self._step)
        if is_real:
            self._report(campaign.run(contacts.rows))
            return
        plans = campaign.plans(contacts.rows)
        preview = self._calls.preview([plan for _, plan in plans])
        refusals = [
            (plans[index][0].line, refusal) for index, refused in preview.refused.items() for refusal in refused
        ]
        document = {
            "dry_run": True, "campaign": campaign.name, "total": len(contacts.rows), "open": len(plans),
            "count": preview.count, "window": preview.window, "takes_s": preview.takes_s, "cost_usd": preview.cost_usd,
            "refusals": [{"line": line, **vars(refusal)} for line, refusal in refusals], "warnings": preview.warnings,
        }  # fmt: skip
        lines = [
            f"{campaign.name}: would call {preview.count} of {len(plans)} that are open; --yes dials",
            f"window: {preview.window}",
            f"time:   {preview.takes_s:,.0f} s at the pace that is set",
            f"cost:   {_cost(preview.cost_usd)}",
            *(f"refused: line {line}: {one.rule}: {one.message}" for line, one in refusals),
            *(f"warning: {warning}" for warning in preview.warnings),
        ]
        self._console.emit(document, self._as_json, lambda: "\n".join(lines))

    def _step(self, row: ContactRow, entry: Entry) -> None:
        if entry.state not in ("pending", "dialling") or entry.rules:
            what = " ".join((entry.state, entry.outcome, ",".join(entry.rules))).split()
            self._console.note(f"line {row.line}: {' '.join(what)}")

    def _report(self, report: CampaignReport) -> None:
        counts = ", ".join(
            f"{count} {name}" for name, count in sorted([*report.states.items(), *report.outcomes.items()])
        )
        lines = [f"{report.campaign}: {report.ending}: {counts}", report.reason]
        if report.next_at_s:
            lines.append(f"the same command goes on from {self._client.seoul_time.at(report.next_at_s):%Y-%m-%d %H:%M}")
        self._console.emit(report, self._as_json, lambda: "\n".join(line for line in lines if line))
        if report.ending == "failing":
            raise StorageError(f"the campaign stopped: {report.reason}", hint="run the same command again later")
        if report.ending == "refused":
            raise RefusedError(f"the campaign stopped: {report.reason}", hint="the same command goes on when it may")

    def _show(self, plan: CallPlan, preview: Preview) -> None:
        refusals = [refusal for refused in preview.refused.values() for refusal in refused]
        document = {
            "dry_run": True, "count": preview.count, "window": preview.window, "cost_usd": preview.cost_usd,
            "intro": plan.intro, "refusals": refusals, "warnings": preview.warnings,
        }  # fmt: skip
        lines = [
            f"would call {preview.count} of 1; --yes dials",
            f"window: {preview.window}",
            f"cost:   {_cost(preview.cost_usd)}",
            f"intro:  {plan.intro}",
            *(f"refused: {one.rule}: {one.message}{f' ({one.hint})' if one.hint else ''}" for one in refusals),
            *(f"warning: {warning}" for warning in preview.warnings),
        ]
        self._console.emit(document, self._as_json, lambda: "\n".join(lines))

    def _ending(self, placed: Placed) -> None:
        from voicebot.flow.expectations import check_scenario
        from voicebot.flow.report import call_document

        call, held = self._calls.log.get(placed.call.contact_id), placed.held
        script = self._answered.scenario if self._answered else None
        is_for_this = script is not None and script.flow in (None, "connect_flows/outbound.json")
        if script and not is_for_this:
            self._console.note(f"the scenario's expectations are for {script.flow}, and were not looked at")
        checks = check_scenario(script, held) if script and held and is_for_this else ()
        if held and self._record:
            held.recording.save(self._record)
        document = {"is_new": placed.is_new, "call": call, "held": call_document(held, checks) if held else None}
        lines = [f"{call.contact_id}  {call.state} {call.outcome}".rstrip()]
        if not placed.is_new:
            lines.append("this call was placed before today; nobody was called again (--attempt 2 does)")
        if checks:
            lines.append(f"{sum(check.is_met for check in checks)} of {len(checks)} expectations met")
        if held and self._record:
            lines.append(f"recording: {self._record}")
        self._console.emit(document, self._as_json, lambda: "\n".join(lines))
        missed = next((check for check in checks if not check.is_met), None)
        if missed:
            raise GateError(
                f"turn {missed.turn}: {missed.what} should be {missed.expected}, is {missed.actual}",
                hint="see the transcript",
            )

    def _callee(self) -> SimulatedCall:
        """Return whoever answers next."""
        from voicebot.call.simulation.callers import call_plan

        self._answered = call_plan(self._scenario, (), self._console.ask)
        return self._answered


def _clock(at: str) -> Clock:
    from voicebot.call.guard.hours import parse_moment
    from voicebot.clock import VirtualClock

    try:
        return VirtualClock(parse_moment(at))
    except ValueError as exc:
        raise InputError("--at is not a date and a time", hint="such as --at '2026-11-25 10:00'") from exc


def _cost(usd: float | None) -> str:
    if usd is None:
        return "unknown; set call.usd_per_minute to your price"
    return f"at most ${usd:,.2f}" if usd else "nothing"
