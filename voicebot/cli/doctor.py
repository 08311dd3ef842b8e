"""voicebot doctor."""

from typing import Annotated

import typer

from voicebot.cli.group import GuardedGroup
from voicebot.cli.options import Json, state_of

app = typer.Typer(cls=GuardedGroup, pretty_exceptions_enable=False, add_completion=False)


@app.callback(invoke_without_command=True)
def doctor(
    ctx: typer.Context,
    aws: Annotated[bool, typer.Option("--aws", help="Look at the AWS account too, whatever the backend is.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Exit 7 when there are warnings.")] = False,
    json_: Json = False,
) -> None:
    """Say what is configured, reachable and allowed, and what to do about what is not.

    Exit 3 when something has to be set up, 6 when something is out of reach.
    """
    from voicebot.deploy.doctor.finding import check_findings

    state = state_of(ctx)
    found = []
    for one in state.client.examine(aws):
        found.append(one)
        if not json_:
            state.console.line(one.line)
    state.console.emit(found, json_)
    check_findings(found, strict)
