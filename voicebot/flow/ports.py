"""What a flow needs from outside, as protocols: functions, a bot, a voice, audio files, a caller, somebody watching."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol, runtime_checkable

from voicebot.audio.clip import Clip
from voicebot.errors import EngineError, InputError
from voicebot.flow.dtmf import KEYS
from voicebot.flow.result import BlockVisit, Spoken, Who

Mode = Literal["Speech", "DTMF", "Text"]


class FunctionTimeout(EngineError):
    """A function did not answer in time."""

    def __init__(self, function_arn: str, timeout_s: float) -> None:
        super().__init__(f"no answer within {timeout_s:g} s", engine=function_arn, retryable=False)


class FunctionThrottled(EngineError):
    """A function was not started because too many are running."""

    def __init__(self, function_arn: str) -> None:
        super().__init__("too many requests", engine=function_arn, retryable=True)


class FunctionFailed(EngineError):
    """A function ended with an error.

    Args:
        function_arn: Which function.
        message: What failed.
        retryable: True for an error of the service (a status of 5xx), False for one of the function's own code.
    """

    def __init__(self, function_arn: str, message: str, *, retryable: bool = False) -> None:
        super().__init__(message, engine=function_arn, retryable=retryable)


class Functions(Protocol):
    """Lambda functions, by ARN."""

    def invoke(self, function_arn: str, event: dict[str, object], timeout_s: float) -> object:
        """Return the function's answer, as the value of its JSON.

        Raises:
            FunctionTimeout: No answer within `timeout_s`.
            FunctionThrottled: The function was not started.
            FunctionFailed: It ended with an error.
            NotFoundError: There is no such function.
        """
        ...

    def invoke_async(self, function_arn: str, event: dict[str, object]) -> None:
        """Start the function and return at once; its own time does not pass for the caller.

        Raises:
            FunctionThrottled: The function was not started.
            NotFoundError: There is no such function.
        """
        ...


@dataclass(frozen=True)
class LexStep:
    """What a bot made of one utterance.

    Args:
        messages: What it says next, plain text or SSML.
        is_done: True when the conversation is over and the flow goes on.
        intent_name: The intent it holds now.
        slots: The interpreted value of each slot; None for an empty one.
        session_attributes: All session attributes as they are now.
        confidence: How sure the intent is, 0 to 1.
        dialog_state: The state of the intent: InProgress, ReadyForFulfillment, Fulfilled, Failed.
    """

    messages: tuple[str, ...]
    is_done: bool
    intent_name: str | None
    slots: Mapping[str, str | None] = field(default_factory=dict)
    session_attributes: Mapping[str, str] = field(default_factory=dict)
    confidence: float | None = None
    dialog_state: str | None = None


class LexConversation(Protocol):
    """One visit to a bot."""

    def hear(self, utterance: str | None, mode: Mode) -> LexStep:
        """Return what the bot makes of what was said or keyed; None is silence until the time-out.

        Raises:
            EngineError: The bot failed.
        """
        ...


class Lex(Protocol):
    """Lex V2 bots, by alias ARN."""

    def open(self, alias_arn: str, session_id: str, session_attributes: Mapping[str, str]) -> LexConversation:
        """Return a conversation that begins with these session attributes.

        Raises:
            NotFoundError: There is no such alias.
            EngineError: The bot failed.
        """
        ...


class Voice(Protocol):
    """Text to audio, for both ends of the line."""

    def say(self, text: str, ssml: bool, voice_id: str, language: str) -> Clip:
        """Return the bot's speech; SSML may consist of breaks only, and is silence then.

        Raises:
            EngineError: The voice failed.
            InputError: The text cannot be spoken.
        """
        ...

    def caller(self, text: str) -> Clip:
        """Return the speech of a caller who only typed."""
        ...


class Media(Protocol):
    """Audio files, by https address or library prompt."""

    def fetch(self, uri: str) -> Clip:
        """Return the audio.

        Raises:
            NotFoundError: There is none at that address.
            InputError: It is not audio that Connect would play.
        """
        ...

    def words(self, uri: str) -> str:
        """Return what is said in it, for the transcript; empty when nobody knows."""
        ...


@dataclass(frozen=True)
class Said:
    """The caller spoke; `clip` is the voice, or None when a voice is to be made."""

    text: str
    clip: Clip | None = None


@dataclass(frozen=True)
class Pressed:
    """The caller pressed keys: 0-9, * and #."""

    digits: str

    def __post_init__(self) -> None:
        if not self.digits or not KEYS.issuperset(self.digits):
            raise InputError("only the keys 0-9, * and # can be pressed", hint="give at least one of them")


@dataclass(frozen=True)
class Silent:
    """The caller said nothing for a while. A silence shorter than the time-out delays the caller's next turn."""

    seconds: float


@dataclass(frozen=True)
class HungUp:
    """The caller is gone."""


CallerTurn = Said | Pressed | Silent | HungUp


class Caller(Protocol):
    """Whoever called."""

    def next(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        """Return what the caller does now that the flow listens."""
        ...


@runtime_checkable
class Interrupting(Protocol):
    """A caller who may begin while the bot still speaks."""

    def interrupts_s(self, prompted_for: Literal["speech", "digits"]) -> float | None:
        """Return how many seconds into the next prompt the caller begins; None for a caller who lets it finish."""
        ...


class Observer(Protocol):
    """Somebody who watches a call while it runs."""

    def spoken(self, entry: Spoken) -> None:
        """Show what was just said: by the caller, once the bot has made something of it."""
        ...

    def block(self, visit: BlockVisit) -> None:
        """Show the block that has just ended."""
        ...


@runtime_checkable
class Following(Protocol):
    """An observer that is told where the call goes as well as where it was."""

    def entered(self, flow: str, block: str) -> None:
        """Show the block that begins now."""
        ...


@runtime_checkable
class Overhearing(Protocol):
    """An observer that listens to the line as well."""

    def heard(self, who: Who, clip: Clip) -> None:
        """Take what one end of the line has just begun to say."""
        ...


class NoObserver:
    """Nobody watches."""

    def spoken(self, entry: Spoken) -> None:
        """Show nothing."""

    def block(self, visit: BlockVisit) -> None:
        """Show nothing."""


@dataclass(frozen=True)
class Ports:
    """Everything outside that a call uses."""

    functions: Functions
    lex: Lex
    voice: Voice
    media: Media
    caller: Caller
    observer: Observer = field(default_factory=NoObserver)
