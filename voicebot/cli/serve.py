"""voicebot serve."""

from typing import Annotated

import typer

from voicebot.cli.options import Json, state_of

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def serve(
    ctx: typer.Context,
    host: Annotated[str | None, typer.Option(help="Where to listen; another than 127.0.0.1 needs a token.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="5051, or 8000 for --tts; 0 takes any free one.")
    ] = None,
    tts: Annotated[
        bool, typer.Option("--tts", help="Serve speech to other programs instead: /synthesize, /v1/audio/speech.")
    ] = False,
    json_: Json = False,
) -> None:
    """Serve the page and its API, or speech for programs, until Ctrl-C.

    The token that others need to reach it is set in the environment: VOICEBOT_WEB__TOKEN.
    """
    from voicebot.tts.registry import load_object

    state = state_of(ctx)
    state.overrides.update({"web.host": host, "speech_server.port" if tts else "web.port": port})
    settings = state.client.settings
    web = settings.web.model_copy(update={"port": settings.speech_server.port}) if tts else settings.web
    serving = load_object("voicebot.web.server:Serving", extra="web")(web)
    application = load_object(
        "voicebot.web.speech.app:create_speech_app" if tts else "voicebot.web.app:create_app", extra="web"
    )(state.client)
    state.console.emit({"url": serving.url}, json_, lambda: f"serving {serving.url}")
    serving.run(application)
