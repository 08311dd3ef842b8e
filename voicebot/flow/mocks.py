"""Answers that stand for the outside in one call: of functions, of the bot, of single blocks, and audio files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from voicebot.audio.clip import Clip
from voicebot.audio.wav import check_connect_prompt, read_audio
from voicebot.clock import Clock
from voicebot.errors import InputError, NotFoundError
from voicebot.flow.model import Action
from voicebot.flow.ports import (
    FunctionFailed,
    Functions,
    FunctionThrottled,
    FunctionTimeout,
    Lex,
    LexConversation,
    LexStep,
    Media,
    Mode,
    Voice,
)

T = TypeVar("T")
Failure = Literal["error", "timeout", "throttled"]


@dataclass(frozen=True)
class FunctionMock:
    """One answer of a function.

    Args:
        answer: What it returns, as JSON.
        delay_s: How long that takes.
        fails: How it fails instead.
    """

    answer: object = None
    delay_s: float = 0.0
    fails: Failure | None = None


@dataclass(frozen=True)
class BlockMock:
    """What comes of a block instead of running it.

    Args:
        result: What its conditions are compared with.
        error: The error branch that it takes.
        data: What references then find, by the name they begin with: {"Customer": {"FirstName": ...}}.
    """

    result: str | None = None
    error: str | None = None
    data: Mapping[str, object] = field(default_factory=dict)


class Blocks:
    """Mocks by the identifier of a block, or by its action.

    Args:
        mocks: One for every time, or a list that is used up in turn.
    """

    def __init__(self, mocks: Mapping[str, BlockMock | Sequence[BlockMock]] | None = None) -> None:
        self._turns = _turns(mocks or {})

    def next(self, action: Action) -> BlockMock | None:
        """Return what stands for this run of a block."""
        for name in (action.identifier, action.type):
            found = _next(self._turns, name)
            if found is not None:
                return found
        return None


class MockedFunctions:
    """`Functions` of which some are mocked; the others are those of `inner`.

    Args:
        mocks: By ARN or name: one answer for every time, or a list that is used up in turn.
        inner: The real ones.
        clock: Moves on by each delay.
    """

    def __init__(
        self, mocks: Mapping[str, FunctionMock | Sequence[FunctionMock]], inner: Functions, clock: Clock
    ) -> None:
        self._turns = _turns(mocks)
        self._inner = inner
        self._clock = clock

    def invoke(self, function_arn: str, event: dict[str, object], timeout_s: float) -> object:
        """Return the mock's answer, or the function's."""
        mock = self._mock(function_arn)
        if mock is None:
            return self._inner.invoke(function_arn, event, timeout_s)
        if mock.fails == "timeout" or mock.delay_s > timeout_s:
            self._clock.sleep(timeout_s)
            raise FunctionTimeout(function_arn, timeout_s)
        self._clock.sleep(mock.delay_s)
        if mock.fails == "throttled":
            raise FunctionThrottled(function_arn)
        if mock.fails == "error":
            raise FunctionFailed(function_arn, "the scenario says that it fails")
        return mock.answer

    def invoke_async(self, function_arn: str, event: dict[str, object]) -> None:
        """Start the function, unless it is mocked; of the mock's failures the caller only meets throttling."""
        mock = self._mock(function_arn)
        if mock is None:
            self._inner.invoke_async(function_arn, event)
        elif mock.fails == "throttled":
            raise FunctionThrottled(function_arn)

    def _mock(self, function_arn: str) -> FunctionMock | None:
        parts = function_arn.split(":")
        names = (function_arn, parts[6] if len(parts) > 6 else parts[-1])
        return next((found for name in names if (found := _next(self._turns, name)) is not None), None)


class MockedLex:
    """A bot whose next steps are given; afterwards it is the real one."""

    def __init__(self, steps: Sequence[LexStep], inner: Lex) -> None:
        self._steps = list(steps)
        self._inner = inner

    def open(self, alias_arn: str, session_id: str, session_attributes: Mapping[str, str]) -> LexConversation:
        """Return a conversation that takes the steps that are left first."""
        if not self._steps:
            return self._inner.open(alias_arn, session_id, session_attributes)
        return _MockedConversation(self._steps, session_attributes)


class _MockedConversation:
    def __init__(self, steps: list[LexStep], session_attributes: Mapping[str, str]) -> None:
        self._steps = steps
        self._attributes = dict(session_attributes)

    def hear(self, utterance: str | None, mode: Mode) -> LexStep:
        """Return the next step."""
        if not self._steps:
            raise NotFoundError("the scenario has no step for the bot any more", hint="add one to mocks: lex:")
        step = self._steps.pop(0)
        self._attributes |= step.session_attributes
        return LexStep(
            step.messages,
            step.is_done,
            step.intent_name,
            step.slots,
            dict(self._attributes),
            step.confidence,
            step.dialog_state,
        )


class MockedMedia:
    """`Media` in which some addresses are files of the scenario, or texts that the bot's voice speaks.

    Args:
        files: A WAV file or a text by address.
        inner: All other audio.
        voice: Speaks the texts.
    """

    def __init__(self, files: Mapping[str, Path | str], inner: Media, voice: Voice) -> None:
        self._files = files
        self._inner = inner
        self._voice = voice

    def fetch(self, uri: str) -> Clip:
        """Return the audio."""
        file = self._files.get(uri)
        if file is None:
            return self._inner.fetch(uri)
        if isinstance(file, str):
            return self._voice.say(file, False, "", "ko-KR")
        reasons = check_connect_prompt(file)
        if reasons:
            raise InputError(f"{file.name}: Connect would not play this file: {reasons[0]}")
        return read_audio(file)

    def words(self, uri: str) -> str:
        """Return what is said in it."""
        file = self._files.get(uri)
        if file is None:
            return self._inner.words(uri)
        return file if isinstance(file, str) else ""


def _turns(mocks: Mapping[str, T | Sequence[T]]) -> dict[str, T | list[T]]:
    return {name: list(mock) if isinstance(mock, Sequence) else mock for name, mock in mocks.items()}


def _next(turns: Mapping[str, T | list[T]], name: str) -> T | None:
    """Return a mock that is always the same, or the next of a list; None when there is none any more."""
    found = turns.get(name)
    if isinstance(found, list):
        return found.pop(0) if found else None
    return found
