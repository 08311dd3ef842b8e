"""Settings of speech: the engines, and how text becomes audio."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from voicebot.settings.base import Names, Slice


class LocalTtsSettings(Slice):
    """The embedded voice (espeak-ng)."""

    voice: str = "ko"
    caller_voice: str = "ko+f3"
    words_per_minute: int = Field(165, ge=80, le=450)
    pitch: int = Field(50, ge=0, le=99)


class ServedTtsSettings(Slice):
    """A speech engine that answers over a network."""

    connect_s: float = Field(3.0, gt=0)
    first_byte_s: float = Field(8.0, gt=0)
    total_s: float = Field(30.0, gt=0)
    price_per_1k_chars_usd: float | None = Field(None, ge=0)


class FishTtsSettings(ServedTtsSettings):
    """Fish Speech: a server of one's own, or the Fish Audio cloud."""

    mode: Literal["server", "cloud"] = "server"
    base_url: str | None = None
    model: str = "s2.1-pro"
    voice: str | None = None
    wire: Literal["auto", "json", "msgpack"] = "auto"
    streaming: bool = True
    chunk_length: int = Field(200, ge=100, le=300)
    latency: Literal["low", "normal", "balanced"] = "balanced"
    temperature: float | None = Field(None, ge=0.1, le=1.0)
    top_p: float | None = Field(None, ge=0.1, le=1.0)
    repetition_penalty: float | None = Field(None, ge=0.9, le=2.0)
    seed: int | None = None


class ElevenTtsSettings(ServedTtsSettings):
    """ElevenLabs."""

    base_url: str = "https://api.elevenlabs.io"
    model: str = "eleven_flash_v2_5"
    voice: str = "JBFqnCBsd6RMkjVDRZzb"
    style: str | None = None
    language: str | None = "ko"


class MinimaxTtsSettings(ServedTtsSettings):
    """MiniMax T2A v2."""

    base_url: str = "https://api.minimax.io"
    model: str = "speech-2.8-turbo"
    voice: str = "Korean_SweetGirl"
    style: str | None = None
    language_boost: str = "Korean"
    group_id: str | None = None


class GptTtsSettings(ServedTtsSettings):
    """GPT voice: the Realtime API, or any server with OpenAI's /v1/audio/speech."""

    mode: Literal["realtime", "speech"] = "realtime"
    base_url: str = "https://api.openai.com/v1"
    voice: str = "marin"
    realtime_model: str = "gpt-realtime-2.1-mini"
    speech_model: str = "gpt-4o-mini-tts"
    response_format: Literal["wav", "pcm"] = "wav"
    pcm_rate_hz: int = Field(24000, ge=8000, le=48000)
    instructions: str | None = None
    language: str | None = None


class OpenVoiceTtsSettings(ServedTtsSettings):
    """OpenVoice behind the /synthesize of a voicebot speech server; tts.url is its address."""

    voice: str | None = None


class GatewayTtsSettings(ServedTtsSettings):
    """Any engine of another voicebot, over its bridge API; the section gateway has its address."""

    engine: str | None = None
    voice: str | None = None


class PollyTtsSettings(ServedTtsSettings):
    """Amazon Polly."""

    voice: str = "Seoyeon"
    voice_engine: Literal["standard", "neural", "generative", "long-form"] = "neural"
    region: str | None = None
    endpoint_url: str | None = None


class SupertonicTtsSettings(Slice):
    """Supertonic, a neural voice on this machine; its weights are never downloaded."""

    model: str = "supertonic-3"
    model_dir: Path | None = None
    voice: str = "F1"
    steps: int = Field(8, ge=1, le=100)
    threads: int | None = Field(None, ge=1)


class TtsSettings(Slice):
    """Text to audio."""

    engine: str = "local"
    live_engine: str = "local"
    speed: float = Field(1.0, ge=0.5, le=2.0)
    first_chunk_max_chars: int = Field(100, ge=10, le=1000)
    chunk_max_chars: int = Field(140, ge=10, le=1000)
    parallel_chunks: int = Field(2, ge=1, le=16)
    cache_max_mb: int = Field(512, ge=0)
    fallback: Names = ()
    tries: int = Field(3, ge=1, le=10)
    first_audio_s: float = Field(8.0, gt=0)
    total_s: float = Field(30.0, gt=0)
    max_concurrent: int = Field(16, ge=1)
    requests_per_minute: int | None = Field(None, ge=1)
    queue_wait_s: float = Field(60.0, gt=0)
    breaker_failures: int = Field(3, ge=1)
    breaker_pause_s: float = Field(30.0, gt=0)
    pronunciations: Path | None = None
    url: str | None = None
    openvoice_speed: float = Field(1.5, ge=0.5, le=3.0)
    openvoice_target_embedding: Path | None = None
    local: LocalTtsSettings = LocalTtsSettings()
    fish: FishTtsSettings = FishTtsSettings()
    eleven: ElevenTtsSettings = ElevenTtsSettings()
    minimax: MinimaxTtsSettings = MinimaxTtsSettings()
    gpt: GptTtsSettings = GptTtsSettings()
    openvoice: OpenVoiceTtsSettings = OpenVoiceTtsSettings()
    gateway: GatewayTtsSettings = GatewayTtsSettings()
    polly: PollyTtsSettings = PollyTtsSettings()
    supertonic: SupertonicTtsSettings = SupertonicTtsSettings()
