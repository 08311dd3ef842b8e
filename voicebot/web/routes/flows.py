"""Contact flows: what they look like, and a scenario run through one of them."""

from pathlib import Path
from typing import Annotated, Any

import yaml
from fastapi import APIRouter, Header
from fastapi import Path as InPath
from fastapi.responses import Response
from pydantic import BaseModel, Field

from voicebot.call.simulation.callers import call_plan
from voicebot.call.simulation.outside import FLOW_VALUES
from voicebot.client import Voicebot
from voicebot.errors import NotFoundError
from voicebot.flow.expectations import check_scenario
from voicebot.flow.load import load_flow
from voicebot.resources import bundled
from voicebot.web.calling import RunObserver, call_summary
from voicebot.web.events import RESPONSES
from voicebot.web.runs import Run, Runs
from voicebot.web.speaking import WAV

Name = Annotated[str, InPath(max_length=100, examples=["inbound"])]
RunId = Annotated[str, InPath(max_length=64)]
FileName = Annotated[str, InPath(pattern=r"^[a-z0-9]{1,20}\.wav$", examples=["recording.wav"])]


class Way(BaseModel):
    """A way out of a block."""

    to: str
    label: str
    is_error: bool = Field(description="Whether it is taken when something fails.")


class Block(BaseModel):
    """A block of a flow."""

    id: str
    type: str
    words: str = Field(description="What it says, when it says something written.")
    ways: list[Way]


class FlowDrawing(BaseModel):
    """A flow as blocks and ways between them."""

    name: str
    title: str
    start: str
    blocks: list[Block]


class Listed(BaseModel):
    """A flow or a scenario by name."""

    name: str
    title: str


class ScenarioChoice(BaseModel):
    """Which scenario is to be run."""

    scenario: str = Field(max_length=100, examples=["first_call"])


class Started(BaseModel):
    """Work that has begun; its events tell how it goes."""

    id: str
    events: str


def started(run: Run) -> Started:
    """Return where a run can be watched."""
    return Started(id=run.id, events=f"/api/v1/runs/{run.id}/events")


def routes(client: Voicebot, runs: Runs) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/v1", tags=["flows"])

    @router.get("/flows")
    def flows() -> list[Listed]:
        """List the flows that come with this installation."""
        return [Listed(name=path.stem, title=_load(client, path).name) for path in _files("connect_flows", "*.json")]

    @router.get("/flows/{name}")
    def flow(name: Name) -> FlowDrawing:
        """Return a flow's blocks and the ways between them."""
        found = _load(client, _named("connect_flows", "*.json", name))
        blocks = [
            Block(
                id=action.identifier,
                type=action.type,
                words=str(getattr(action.parameters, "text", None) or ""),
                ways=[
                    Way(to=to, label=label, is_error=action.transitions.error_branch(label) is not None)
                    for label, to in action.transitions.branches()
                ],
            )
            for action in found.actions.values()
        ]
        return FlowDrawing(name=name, title=found.name, start=found.start_action, blocks=blocks)

    @router.get("/scenarios")
    def scenarios() -> list[Listed]:
        """List the scenarios that come with this installation."""
        return [Listed(name=path.stem, title=_title(path)) for path in _files("scenarios", "*.yaml")]

    @router.post("/flows/{name}/runs", status_code=202)
    def run_scenario(name: Name, choice: ScenarioChoice) -> Started:
        """Run a scenario through a flow on this machine; misses land in the inbox as in any call."""
        flow_path = _named("connect_flows", "*.json", name)
        plan = call_plan(_named("scenarios", "*.yaml", choice.scenario), (), lambda: None)

        def work(run: Run) -> dict[str, Any]:
            result = client.run_flow(
                flow_path, plan.caller, plan.start, plan.world, RunObserver(run), script=plan.scenario
            )
            checks = check_scenario(plan.scenario, result) if plan.scenario else ()
            return {**call_summary(run, result), "checks": [check.__dict__ for check in checks]}

        return started(runs.start("scenario", work))

    @router.get("/runs/{run_id}/events", response_class=Response, responses=RESPONSES)
    def events(run_id: RunId, last_event_id: Annotated[str | None, Header(max_length=12)] = None) -> Response:
        """Watch a run: everything that has happened in it, then what happens; Last-Event-ID goes on after that one."""
        after = int(last_event_id) if last_event_id and last_event_id.isascii() and last_event_id.isdigit() else 0
        return runs.get(run_id).response(after)

    @router.get(
        "/runs/{run_id}/files/{name}",
        response_class=Response,
        responses={200: {"content": {WAV: {"schema": {"type": "string", "format": "binary"}}}}},
    )
    def file(run_id: RunId, name: FileName) -> Response:
        """Return a clip of a run, or its recording: the caller left, the bot right."""
        data = runs.get(run_id).files.get(name)
        if data is None:
            raise NotFoundError("the run has no such file", hint="wait until it is done")
        return Response(data, media_type=WAV)

    return router


def _files(folder: str, pattern: str) -> list[Path]:
    return sorted(bundled(folder).glob(pattern))


def _named(folder: str, pattern: str, name: str) -> Path:
    """Return one of the listed files; a name is never part of a path."""
    for path in _files(folder, pattern):
        if path.stem == name:
            return path
    raise NotFoundError("there is nothing of that name", hint="the list shows what there is")


def _load(client: Voicebot, path: Path) -> Any:
    return load_flow(path, {**FLOW_VALUES, "CompanyName": client.settings.company})


def _title(path: Path) -> str:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return str(document.get("name") or path.stem) if isinstance(document, dict) else path.stem
