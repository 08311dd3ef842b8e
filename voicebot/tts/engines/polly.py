"""Amazon Polly, in the telephone's own format where that is wanted.

Source:
    botocore 1.44.5, polly 2016-06-10; docs.aws.amazon.com/polly: limits, voices.
"""

import logging
import threading
import weakref
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from xml.sax.saxutils import escape

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ReadTimeoutError,
)
from botocore.loaders import create_loader

from voicebot.audio.clip import Encoding
from voicebot.errors import ConfigError, EngineError, InputError, VoicebotError, VoiceNotFoundError
from voicebot.tts.http_formats import raw_format
from voicebot.tts.http_limits import Lifeline, Limits, bounded
from voicebot.tts.http_problems import Kind, Words, retry_after_s
from voicebot.tts.protocol import AudioChunk, EngineInfo, Health, SpeechRequest, VoiceInfo, health_of

if TYPE_CHECKING:
    from voicebot.settings.tts import PollyTtsSettings

NAME = "polly"
LANGUAGE = "ko-KR"
MAX_CHARS = 3000
PCM_HZ = (16000, 8000)
SPEEDS = (0.2, 2.0)
_CHUNK_BYTES = 800  # a tenth of a second on the telephone

_KINDS: Mapping[str, Kind] = {
    "UnrecognizedClientException": Kind.KEY,
    "InvalidSignatureException": Kind.KEY,
    "InvalidClientTokenId": Kind.KEY,
    "ExpiredTokenException": Kind.KEY,
    "ExpiredToken": Kind.KEY,
    "MissingAuthenticationTokenException": Kind.KEY,
    "IncompleteSignature": Kind.KEY,
    "AccessDeniedException": Kind.FORBIDDEN,
    "AccessDenied": Kind.FORBIDDEN,
    "OptInRequired": Kind.QUOTA,
    "TextLengthExceededException": Kind.TOO_LONG,
    "EngineNotSupportedException": Kind.MODEL,
    "LanguageNotSupportedException": Kind.REQUEST,
    "InvalidSsmlException": Kind.REQUEST,
    "InvalidSampleRateException": Kind.REQUEST,
    "ServiceFailureException": Kind.SERVER,
    "ServiceUnavailableException": Kind.BUSY,
    "ThrottlingException": Kind.RATE,
    "Throttling": Kind.RATE,
    "TooManyRequestsException": Kind.RATE,
    "RequestLimitExceeded": Kind.RATE,
}

logging.getLogger("botocore").setLevel(logging.WARNING)  # below that it writes whole requests, with the text in them


class PollyTts:
    """Speaks through Amazon Polly.

    Args:
        settings: Voice, engine, region, limits.
        region: The region when the settings have none.
        client: A Polly client; without it one is made at the first request.
    """

    def __init__(self, settings: "PollyTtsSettings", region: str | None = None, client: Any = None) -> None:
        self._settings = settings
        self._region = settings.region or region
        self._limits = Limits.of(NAME, settings)
        self._words = Words(
            NAME, "AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY,", _KINDS, "voice_engine"
        )
        self._lock = threading.Lock()
        self._made = client
        self._voices: list[VoiceInfo] | None = None

    @property
    def info(self) -> EngineInfo:
        """Return what Polly can do."""
        return EngineInfo(
            name=NAME,
            streaming=True,
            sample_rates_hz=PCM_HZ,
            encodings=("pcm_s16le", "mulaw"),
            languages=("ko",),
            takes_reference=False,
            max_chars=MAX_CHARS,
            price_per_1k_chars_usd=self._settings.price_per_1k_chars_usd,
            version=self._settings.voice_engine,
        )

    def voices(self) -> list[VoiceInfo]:
        """Return the Korean voices of the configured engine; they are asked for once.

        Raises:
            VoicebotError: The credentials are missing or wrong, or Amazon cannot be reached.
        """
        if self._voices is None:
            with self._told(None):
                self._client()
            with closing(bounded(lambda _: self._describe(), self._limits)) as found:
                self._voices = next(found)
        return list(self._voices)

    def health(self) -> Health:
        """Return whether the credentials are good and the voice has the configured engine."""
        return health_of(self._checked_voice)

    def stream(self, request: SpeechRequest) -> Iterator[AudioChunk]:
        """Return the audio of a request.

        Raises:
            InputError: The text is longer than Polly takes.
            ConfigError: The credentials or the region are missing or wrong.
            NotFoundError: There is no such voice.
            EngineError: Amazon failed or refused.
        """
        if len(request.text) > MAX_CHARS:
            raise InputError(
                f"{NAME}: the text is longer than {MAX_CHARS:,} characters", hint="lower tts.chunk_max_chars"
            )
        encoding, rate_hz = raw_format(request, PCM_HZ)
        with self._told(None):
            self._client()  # made here, because the time that it takes is not Amazon's
        with closing(
            bounded(lambda lifeline: self._pieces(request, encoding, rate_hz, lifeline), self._limits)
        ) as pieces:
            for data in pieces:
                yield AudioChunk(data, encoding, rate_hz)

    def _checked_voice(self) -> str:
        voice = self._settings.voice
        if voice not in {known.id for known in self.voices()}:
            raise self._words.told(Kind.VOICE, voice=voice)
        return f"{voice} {self._settings.voice_engine}"

    def _pieces(
        self, request: SpeechRequest, encoding: Encoding, rate_hz: int, lifeline: Lifeline
    ) -> Generator[bytes, None, None]:
        """Yield the audio; runs in a thread of its own."""
        voice = request.voice or self._settings.voice
        with self._told(voice):
            reply = self._client().synthesize_speech(
                **_said(request),
                VoiceId=voice,
                Engine=self._settings.voice_engine,
                LanguageCode=LANGUAGE,
                OutputFormat="mulaw" if encoding == "mulaw" else "pcm",
                SampleRate=str(rate_hz),
            )
            with closing(reply["AudioStream"]) as body:
                if not reply.get("ContentType", "").startswith("audio/"):
                    raise self._words.not_audio(reply.get("ContentType", ""))
                lifeline.on_cut(lambda: _shutdown(body))
                heard = False
                for data in body.iter_chunks(_CHUNK_BYTES):
                    heard = True
                    yield data
        if not heard and not lifeline.is_cut:
            raise self._words.no_audio()

    def _describe(self) -> Generator[list[VoiceInfo], None, None]:
        voices: list[VoiceInfo] = []
        asked: dict[str, str] = {"LanguageCode": LANGUAGE, "Engine": self._settings.voice_engine}
        with self._told(None):
            while True:
                reply = self._client().describe_voices(**asked)
                for entry in reply.get("Voices", []):
                    gender = str(entry.get("Gender", "")).lower() or None
                    voices.append(VoiceInfo(entry["Id"], entry.get("Name", entry["Id"]), LANGUAGE, gender))
                if not reply.get("NextToken"):
                    break
                asked["NextToken"] = reply["NextToken"]
        yield voices

    def _client(self) -> Any:
        with self._lock:
            if self._made is None:
                session = botocore.session.get_session()
                session.register_component("data_loader", _loader())
                self._made = boto3.Session(botocore_session=session).client(
                    "polly",
                    region_name=self._region,
                    endpoint_url=self._settings.endpoint_url,
                    config=Config(
                        connect_timeout=self._limits.connect_s,
                        read_timeout=self._limits.socket_s,
                        retries={"total_max_attempts": 1},
                        max_pool_connections=32,
                    ),
                )
                weakref.finalize(self, self._made.close)
            return self._made

    @contextmanager
    def _told(self, voice: str | None) -> Generator[None, None, None]:
        """Turn botocore's errors into ours; it raises urllib3's own while a body is read."""
        try:
            yield
        except ClientError as exc:
            raise self._refusal(exc, voice) from exc
        except (NoCredentialsError, PartialCredentialsError) as exc:
            raise self._words.no_key() from exc
        except NoRegionError as exc:
            raise ConfigError(f"{NAME}: there is no region", hint=f"set tts.{NAME}.region or aws.region") from exc
        except ParamValidationError as exc:
            raise self._words.told(Kind.REQUEST) from exc
        except EndpointConnectionError as exc:
            raise EngineError(
                "cannot connect to Amazon",
                engine=NAME,
                retryable=True,
                hint=f"look at the network, and check the region or tts.{NAME}.endpoint_url",
            ) from exc
        except ConnectTimeoutError as exc:
            raise self._limits.connect_error() from exc
        except ReadTimeoutError as exc:
            raise self._limits.gap_error() from exc
        except BotoCoreError as exc:
            raise self._words.broken() from exc

    def _refusal(self, exc: ClientError, voice: str | None) -> VoicebotError:
        response = cast("Mapping[str, Any]", exc.response)
        error, metadata = response.get("Error", {}), response.get("ResponseMetadata", {})
        code, status = str(error.get("Code", "")), int(metadata.get("HTTPStatusCode", 0))
        headers = {str(name).lower(): str(value) for name, value in metadata.get("HTTPHeaders", {}).items()}
        if voice and "'voiceid'" in str(error.get("Message", "")).lower():
            return VoiceNotFoundError(NAME, voice)
        kind = _KINDS.get(code) or self._words.kind_of(status)
        known = code if code.isalnum() and not code.isdigit() else ""
        details = ", ".join(filter(None, (f"HTTP {status}" if status else "", known)))
        return self._words.told(kind, details, retry_after_s(headers), voice)


@cache
def _loader() -> Any:
    """Return what reads botocore's service models, and keeps them; they take half a second."""
    return create_loader()


def _shutdown(body: Any) -> None:
    """Wake a thread that reads a body."""
    shutdown = getattr(getattr(body, "_raw_stream", None), "shutdown", None)  # urllib3 has it since 2.3
    if shutdown is not None:
        with suppress(OSError, ValueError, RuntimeError):  # it was read to its end
            shutdown()


def _said(request: SpeechRequest) -> dict[str, str]:
    """Return the text as it is, or in SSML where its speed is not the voice's own."""
    if request.speed == 1.0:
        return {"Text": request.text, "TextType": "text"}
    percent = round(min(max(request.speed, SPEEDS[0]), SPEEDS[1]) * 100)
    text = escape(request.text)
    return {"Text": f'<speak><prosody rate="{percent}%">{text}</prosody></speak>', "TextType": "ssml"}
