"""The whole of the settings: one frozen object; each part of voicebot receives its own slice of it."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from voicebot.settings.aws import AwsSettings
from voicebot.settings.base import Slice
from voicebot.settings.cache import CacheSettings
from voicebot.settings.call import CallSettings
from voicebot.settings.chat import ChatSettings
from voicebot.settings.deploy import DeploySettings
from voicebot.settings.flow import FlowSettings
from voicebot.settings.gateway import GatewaySettings
from voicebot.settings.gateway_server import GatewayServerSettings
from voicebot.settings.keys import KeysSettings
from voicebot.settings.lex import LexSettings
from voicebot.settings.speech_server import SpeechServerSettings
from voicebot.settings.transcribe import TranscribeSettings
from voicebot.settings.tts import TtsSettings
from voicebot.settings.turns import TurnsSettings
from voicebot.settings.web import WebSettings


def _default_data_dir() -> Path:
    return Path("~/.local/share/voicebot")


class Settings(Slice):
    """Everything that can be set."""

    backend: Literal["local", "aws"] = "local"
    data_dir: Path = Field(default_factory=_default_data_dir)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    company: str = "차집사"
    tts: TtsSettings = TtsSettings()
    chat: ChatSettings = ChatSettings()
    cache: CacheSettings = CacheSettings()
    turns: TurnsSettings = TurnsSettings()
    lex: LexSettings = LexSettings()
    transcribe: TranscribeSettings = TranscribeSettings()
    call: CallSettings = CallSettings()
    flow: FlowSettings = FlowSettings()
    aws: AwsSettings = AwsSettings()
    deploy: DeploySettings = DeploySettings()
    gateway: GatewaySettings = GatewaySettings()
    web: WebSettings = WebSettings()
    speech_server: SpeechServerSettings = SpeechServerSettings()
    gateway_server: GatewayServerSettings = GatewayServerSettings()
    keys: KeysSettings = KeysSettings()
