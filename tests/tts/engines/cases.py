"""The engines that are servers' clients, each with the server it talks to."""

import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import SecretStr

from tests.fakes.speech_servers.eleven import ElevenWire
from tests.fakes.speech_servers.fish import FishCloudWire, FishServerWire
from tests.fakes.speech_servers.minimax import MinimaxWire
from tests.fakes.speech_servers.openai import RealtimeServer, SpeechEndpointWire
from tests.fakes.speech_servers.polly import PollyWire
from tests.fakes.speech_servers.server import KEY, Fault, SpeechServer, Wire
from tests.fakes.speech_servers.voicebot import SynthesizeWire
from voicebot.settings.gateway import GatewaySettings
from voicebot.settings.tts import (
    ElevenTtsSettings,
    FishTtsSettings,
    GatewayTtsSettings,
    GptTtsSettings,
    MinimaxTtsSettings,
    OpenVoiceTtsSettings,
    PollyTtsSettings,
)
from voicebot.tts.protocol import SpeechEngine
from voicebot.tts.registry import build_engine

SECRET = SecretStr(KEY)
AUTH = f"Bearer {KEY}"


class AnyServer(Protocol):
    """A server that was asked to say something."""

    url: str

    def __enter__(self) -> "AnyServer": ...

    def __exit__(self, *_: object) -> None: ...

    def said(self) -> list[str]:
        """Return the texts it was given."""
        ...


@dataclass(frozen=True)
class Case:
    """One engine in one of its ways.

    Args:
        engine: Its name in the registry.
        way: What is special about it.
        serve: Makes its server.
        build: Makes the engine for the server's address, with settings of its own (time limits).
    """

    engine: str
    way: str
    serve: Callable[[Fault], AnyServer]
    build: Callable[..., SpeechEngine]

    @property
    def name(self) -> str:
        """Return the name in tables."""
        return f"{self.engine} ({self.way})" if self.way else self.engine


def http(wire: Callable[[], Wire]) -> Callable[[Fault], AnyServer]:
    return lambda fault: SpeechServer(wire(), fault)


def fish(url: str, **own: Any) -> SpeechEngine:
    return build_engine("fish", FishTtsSettings(base_url=url, **own), key=SECRET, url=None)


def gpt(url: str, **own: Any) -> SpeechEngine:
    return build_engine("gpt", GptTtsSettings(base_url=url, **own), key=SECRET)


def openvoice(url: str, **own: Any) -> SpeechEngine:
    return build_engine("openvoice", OpenVoiceTtsSettings(**own), url=url, speed=1.5, target_embedding=None)


def gateway(url: str, **own: Any) -> SpeechEngine:
    gateway = GatewaySettings(base_url=url, auth=SecretStr(AUTH))
    return build_engine("gateway", GatewayTtsSettings(**{"engine": "fish", **own}), gateway=gateway)


CASES = (
    Case("fish", "server", http(FishServerWire), fish),
    Case("fish", "cloud", http(FishCloudWire), lambda url, **own: fish(url, mode="cloud", **own)),
    Case(
        "eleven", "", http(ElevenWire),
        lambda url, **own: build_engine("eleven", ElevenTtsSettings(base_url=url, **own), key=SECRET),
    ),
    Case(
        "minimax", "", http(MinimaxWire),
        lambda url, **own: build_engine("minimax", MinimaxTtsSettings(base_url=url, **own), key=SECRET),
    ),
    Case("gpt", "realtime", RealtimeServer, gpt),
    Case("gpt", "speech", http(SpeechEndpointWire), lambda url, **own: gpt(url, mode="speech", **own)),
    Case("openvoice", "", http(SynthesizeWire), openvoice),
    Case("openvoice", "job", http(lambda: SynthesizeWire("job")), openvoice),
    Case("gateway", "", http(lambda: SynthesizeWire(key=AUTH)), gateway),
    Case(
        "polly", "", http(PollyWire),
        lambda url, **own: build_engine("polly", PollyTtsSettings(endpoint_url=url, **own), region="ap-northeast-2"),
    ),
)  # fmt: skip


def dead_url() -> str:
    """Return an address where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"
