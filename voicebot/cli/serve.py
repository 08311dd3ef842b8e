"""voicebot serve."""

from typing import Annotated

import typer

from voicebot.cli.options import Json, state_of

app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Where to listen; another than 127.0.0.1 needs a token.")] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="5051; 8000 for --tts, 8080 for --gateway; 0 takes any free one."),
    ] = None,
    tts: Annotated[
        bool, typer.Option("--tts", help="Serve speech to other programs instead: /synthesize, /v1/audio/speech.")
    ] = False,
    gateway: Annotated[
        bool,
        typer.Option("--gateway", help="Serve the bridge instead: speech, chat and calls for other programs."),
    ] = False,
    json_: Json = False,
) -> None:
    """Serve the page and its API, speech, or the bridge, until Ctrl-C.

    The token that others need to reach it is set in the environment: VOICEBOT_WEB__TOKEN. The bridge has more of them
    in a file: VOICEBOT_GATEWAY_SERVER__TOKENS_FILE.
    """
    if tts and gateway:
        raise typer.BadParameter("--tts and --gateway are two servers; start each by itself")
    name = "tts" if tts else "gateway" if gateway else "page"
    from voicebot.web.servers import SERVERS, build_server

    state = state_of(ctx)
    section, _ = SERVERS[name]
    state.overrides.update({"web.host": host, f"{section}.port": port})
    server = build_server(name, state.client)
    state.console.emit({"url": server.url}, json_, lambda: f"serving {server.url}")
    server.run()
