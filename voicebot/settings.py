"""Settings: defaults < config file < environment < options, in one frozen object.

`load` is the only function in the project that reads a configuration file or the environment. Each part of voicebot
receives its own slice and never the whole tree.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from voicebot.errors import ConfigError

PREFIX = "VOICEBOT_"


class _Slice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class LocalTtsSettings(_Slice):
    """The embedded voice (espeak-ng)."""

    voice: str = "ko"
    caller_voice: str = "ko+f3"
    words_per_minute: int = Field(165, ge=80, le=450)
    pitch: int = Field(50, ge=0, le=99)


class _ServedTtsSettings(_Slice):
    """A speech engine that answers over a network."""

    connect_s: float = Field(3.0, gt=0)
    first_byte_s: float = Field(8.0, gt=0)
    total_s: float = Field(30.0, gt=0)
    price_per_1k_chars_usd: float | None = Field(None, ge=0)


class FishTtsSettings(_ServedTtsSettings):
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


class ElevenTtsSettings(_ServedTtsSettings):
    """ElevenLabs."""

    base_url: str = "https://api.elevenlabs.io"
    model: str = "eleven_flash_v2_5"
    voice: str = "JBFqnCBsd6RMkjVDRZzb"
    style: str | None = None
    language: str | None = "ko"


class MinimaxTtsSettings(_ServedTtsSettings):
    """MiniMax T2A v2."""

    base_url: str = "https://api.minimax.io"
    model: str = "speech-2.8-turbo"
    voice: str = "Korean_SweetGirl"
    style: str | None = None
    language_boost: str = "Korean"
    group_id: str | None = None


class GptTtsSettings(_ServedTtsSettings):
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


class OpenVoiceTtsSettings(_ServedTtsSettings):
    """OpenVoice behind the /synthesize of a voicebot speech server; tts.url is its address."""

    voice: str | None = None


class GatewayTtsSettings(_ServedTtsSettings):
    """Any engine of another voicebot, over its bridge API; the section gateway has its address."""

    engine: str = "openvoice"
    voice: str | None = None


class PollyTtsSettings(_ServedTtsSettings):
    """Amazon Polly."""

    voice: str = "Seoyeon"
    voice_engine: Literal["standard", "neural", "generative", "long-form"] = "neural"
    region: str | None = None
    endpoint_url: str | None = None


class SupertonicTtsSettings(_Slice):
    """Supertonic, a neural voice on this machine; its weights are never downloaded."""

    model: str = "supertonic-3"
    model_dir: Path | None = None
    voice: str = "F1"
    steps: int = Field(8, ge=1, le=100)
    threads: int | None = Field(None, ge=1)


class TtsSettings(_Slice):
    """Text to audio."""

    engine: str = "local"
    live_engine: str = "local"
    speed: float = Field(1.0, ge=0.5, le=2.0)
    first_chunk_max_chars: int = Field(100, ge=10, le=1000)
    chunk_max_chars: int = Field(140, ge=10, le=1000)
    parallel_chunks: int = Field(2, ge=1, le=16)
    cache_max_mb: int = Field(512, ge=0)
    fallback: tuple[str, ...] = ()
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

    @field_validator("fallback", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Take the environment's "polly,local" for a list."""
        return [name.strip() for name in value.split(",") if name.strip()] if isinstance(value, str) else value


class GptChatSettings(_Slice):
    """A language model behind the OpenAI API, or a compatible server."""

    base_url: str = "https://api.openai.com"
    api: Literal["responses", "chat_completions"] = "responses"
    model: str = Field("gpt-6-luna", min_length=1)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    max_output_tokens: int = Field(300, ge=16, le=4096)
    history_turns: int = Field(6, ge=0, le=50)
    references: int = Field(4, ge=0, le=20)
    connect_timeout_s: float = Field(3.0, gt=0, le=60)
    first_token_timeout_s: float = Field(6.0, gt=0, le=120)
    total_timeout_s: float = Field(20.0, gt=0, le=600)


class ChatSettings(_Slice):
    """Text to reply."""

    engine: Literal["chajipsa", "gpt"] = "chajipsa"
    facts: Path | None = None
    response_bank: Path | None = None
    gpt: GptChatSettings = GptChatSettings()


class CacheSettings(_Slice):
    """Approved answers and the inbox."""

    answers_table: str = "UtteranceCache"
    inbox_table: str = "SttInboxNew"
    batch_approval: bool = True
    normalize: bool = True
    match_threshold: float | None = Field(None, ge=0.0, le=1.0)
    lease_s: float = Field(60.0, gt=0)
    max_attempts: int = Field(5, ge=1)


class TurnsSettings(_Slice):
    """One caller turn: how long to wait, what to play meanwhile."""

    first_url_wait_ms: int = Field(1400, ge=0, le=6000)
    batch_size: int = Field(1, ge=1, le=10)
    use_fillers: bool = True
    max_wait_s: float = Field(25.0, gt=0)
    max_misunderstandings: int = Field(2, ge=1, le=5)


class AwsSettings(_Slice):
    """What lives in Amazon Web Services."""

    region: str = "ap-northeast-2"
    bucket: str | None = None
    connect_region: str = "ap-northeast-2"
    connect_instance_id: str | None = None
    endpoint_url: str | None = None
    kms_key_id: str | None = None
    jobs_table: str = "VoicebotJobs"
    opt_outs_table: str = "VoicebotOptOuts"
    bookings_table: str = "VoicebotBookings"
    connect_timeout_s: float = Field(1.0, gt=0, le=60)
    read_timeout_s: float = Field(3.0, gt=0, le=300)
    retry_budget_s: float = Field(3.0, ge=0, le=300)


class GatewaySettings(_Slice):
    """The bridge API of another voicebot (the earlier system's NIPA service)."""

    base_url: str | None = None
    auth: SecretStr | None = None
    eleven_url: str | None = None
    eleven_brain_url: str | None = None
    gpt_voice_url: str | None = None


class KeysSettings(_Slice):
    """Provider keys, by their providers' own environment names."""

    elevenlabs: SecretStr | None = None
    openai: SecretStr | None = None
    minimax: SecretStr | None = None
    fish: SecretStr | None = None


def _default_data_dir() -> Path:
    return Path("~/.local/share/voicebot")


class Settings(_Slice):
    """Everything that can be set."""

    backend: Literal["local", "aws"] = "local"
    data_dir: Path = Field(default_factory=_default_data_dir)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "WARNING"
    company: str = "차집사"
    tts: TtsSettings = TtsSettings()
    chat: ChatSettings = ChatSettings()
    cache: CacheSettings = CacheSettings()
    turns: TurnsSettings = TurnsSettings()
    aws: AwsSettings = AwsSettings()
    gateway: GatewaySettings = GatewaySettings()
    keys: KeysSettings = KeysSettings()


ENVIRONMENT: Mapping[str, str] = {
    "NIPA_BASE": "gateway.base_url",
    "NIPA_AUTH": "gateway.auth",
    "ELEVEN_BASE": "gateway.eleven_url",
    "ELEVEN_BRAIN_BASE": "gateway.eleven_brain_url",
    "GPT_VOICE_BASE": "gateway.gpt_voice_url",
    "COMPANY_BUCKET": "aws.bucket",
    "COMPANY_REGION": "aws.region",
    "AWS_ENDPOINT_URL": "aws.endpoint_url",
    "CONNECT_REGION": "aws.connect_region",
    "CONNECT_INSTANCE_ID": "aws.connect_instance_id",
    "CACHE_TABLE": "cache.answers_table",
    "INBOX_TABLE": "cache.inbox_table",
    "STREAM_BATCH": "turns.batch_size",
    "STREAM_MAX_CHARS": "tts.first_chunk_max_chars",
    "CHUNK_MAX_CHARS": "tts.chunk_max_chars",
    "FIRST_URL_WAIT_MS": "turns.first_url_wait_ms",
    "OV_SPEED": "tts.openvoice_speed",
    "OV_TGT_SE_PTH": "tts.openvoice_target_embedding",
    "TTS_MODE": "tts.live_engine",
    "TTS_URL": "tts.url",
    "USE_FILLERS": "turns.use_fillers",
    "BATCH_APPROVAL_MODE": "cache.batch_approval",
    "NORMALIZE_KOREAN": "cache.normalize",
    "LOG_LEVEL": "log_level",
    "ELEVENLABS_API_KEY": "keys.elevenlabs",
    "OPENAI_API_KEY": "keys.openai",
    "MINIMAX_API_KEY": "keys.minimax",
    "FISH_API_KEY": "keys.fish",
}
"""Environment names kept from the earlier system and the providers, and the setting each one sets."""

TTS_MODES: Mapping[str, str] = {"openvoice": "openvoice", "fishspeech": "fish"}
"""The two values of TTS_MODE and the engines they stand for."""


@dataclass(frozen=True)
class Source:
    """A value and where it came from: ``default``, a file, ``env NAME`` or ``option``."""

    value: object
    origin: str


@dataclass(frozen=True)
class Loaded:
    """Settings together with the origin of each dotted key that is not a default."""

    settings: Settings
    origins: Mapping[str, str]

    def rows(self) -> list[tuple[str, object, str]]:
        """Return (dotted key, value, origin) of every setting; secrets are masked."""
        return [(key, value, self.origins.get(key, "default")) for key, value in _flatten(self.settings)]


def load(
    path: Path | None = None, env: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
) -> Settings:
    """Return the settings of this process. See `load_with_origins`."""
    return load_with_origins(path, env, overrides).settings


def load_with_origins(
    path: Path | None = None, env: Mapping[str, str] | None = None, overrides: Mapping[str, object] | None = None
) -> Loaded:
    """Return the settings and where each value came from.

    Args:
        path: The configuration file; without it VOICEBOT_CONFIG, then ./config.yaml, then ~/.config/voicebot/config.yaml.
        env: The environment; the process's own when left out.
        overrides: Dotted keys set on the command line.

    Raises:
        ConfigError: A file that cannot be read, an unknown key or a wrong type; names the file and the dotted key.
    """
    env = os.environ if env is None else env
    values: dict[str, Source] = {}
    file = _config_file(path, env)
    if file is not None:
        values.update({key: Source(value, str(file)) for key, value in _read_yaml(file)})
    values.update(_from_environment(env))
    values.update({key: Source(value, "option") for key, value in (overrides or {}).items() if value is not None})
    try:
        settings = Settings.model_validate(_nest(values))
    except ValidationError as exc:
        raise _explain(exc, values) from exc
    settings = settings.model_copy(update={"data_dir": settings.data_dir.expanduser()})
    return Loaded(settings, {key: source.origin for key, source in values.items()})


def _config_file(path: Path | None, env: Mapping[str, str]) -> Path | None:
    named = path or (Path(env["VOICEBOT_CONFIG"]) if env.get("VOICEBOT_CONFIG") else None)
    if named is not None:
        return named.expanduser()
    home = Path(env.get("HOME", "~")).expanduser()
    for candidate in (Path("config.yaml"), home / ".config" / "voicebot" / "config.yaml"):
        if candidate.is_file():
            return candidate
    return None


def _read_yaml(file: Path) -> list[tuple[str, object]]:
    try:
        tree = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as exc:
        raise ConfigError(
            f"{file}: cannot be read: {exc.strerror}", hint="give another file with --config, or make this one readable"
        ) from exc
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{file}: is not UTF-8 text (byte {exc.start})", hint="save it as UTF-8") from exc
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        where = f" line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{file}:{where} is not valid YAML: {getattr(exc, 'problem', None) or 'cannot be parsed'}",
            hint="see config.example.yaml",
        ) from exc
    if tree is None:
        return []
    if not isinstance(tree, dict):
        raise ConfigError(
            f"{file}: must hold keys and values, not a {type(tree).__name__}", hint="see config.example.yaml"
        )
    return list(_dotted(tree))


def _dotted(tree: Mapping[Any, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            if not value:
                continue
            yield from _dotted(value, f"{name}.")
        else:
            yield name, value


def _from_environment(env: Mapping[str, str]) -> dict[str, Source]:
    found: dict[str, Source] = {}
    for name, key in ENVIRONMENT.items():
        if env.get(name):
            value = env[name]
            if name == "TTS_MODE":
                if value not in TTS_MODES:
                    raise ConfigError(f"environment TTS_MODE: must be one of {', '.join(TTS_MODES)}")
                value = TTS_MODES[value]
            found[key] = Source(value, f"env {name}")
    for name, value in env.items():
        if name.startswith(PREFIX) and name != "VOICEBOT_CONFIG" and value:
            found[name.removeprefix(PREFIX).lower().replace("__", ".")] = Source(value, f"env {name}")
    return found


def _nest(values: Mapping[str, Source]) -> dict[str, object]:
    tree: dict[str, Any] = {}
    for key, source in values.items():
        *parents, last = key.split(".")
        node = tree
        for parent in parents:
            child = node.setdefault(parent, {})
            if not isinstance(child, dict):
                node[parent] = child = {}
            node = child
        node[last] = source.value
    return tree


def _explain(exc: ValidationError, values: Mapping[str, Source]) -> ConfigError:
    """Return one error that names where each wrong value stands; the values themselves stay out of it."""
    parts = []
    for error in exc.errors(include_input=False, include_url=False):
        key = ".".join(str(part) for part in error["loc"])
        origin = next((s.origin for k, s in values.items() if k == key or k.startswith(f"{key}.")), "settings")
        problem = "unknown key" if error["type"] == "extra_forbidden" else error["msg"][0].lower() + error["msg"][1:]
        parts.append(f"{origin}: {key}: {problem}")
    return ConfigError("; ".join(parts), hint="config.example.yaml lists every key with its type and meaning")


def _flatten(model: BaseModel, prefix: str = "") -> Iterator[tuple[str, object]]:
    for name in type(model).model_fields:
        value = getattr(model, name)
        if isinstance(value, BaseModel):
            yield from _flatten(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", str(value) if isinstance(value, SecretStr | Path) else value
