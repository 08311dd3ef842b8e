"""A call under way: what blocks do to the line, the caller and the contact."""

import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

from voicebot.audio.clip import Clip
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError, FlowError, InputError, NotFoundError, StorageError
from voicebot.flow.contact import Contact
from voicebot.flow.dtmf import key_tones
from voicebot.flow.kinds import BILLED_LIMIT, TEXT_LIMIT
from voicebot.flow.line import RATE_HZ, Line, Placement
from voicebot.flow.mocks import Blocks
from voicebot.flow.ports import CallerTurn, HungUp, LexStep, Overhearing, Ports, Pressed, Said
from voicebot.flow.references import as_text, fill, is_reference, look_up
from voicebot.flow.result import Kind, Spoken, Who
from voicebot.flow.world import World

REACTION_S = 0.3
"""How long a caller takes to begin after a prompt."""

LONGEST_CALL_S = 2 * 60 * 60.0

_TAG = re.compile(r"<[^>]*>")


class CallerHungUp(Exception):
    """The caller is gone; ends the flow wherever it is."""


class AgentTookCall(Exception):
    """An agent takes the caller out of a queue or off hold; ends the flow wherever it is."""


class BlockFailed(Exception):
    """A block takes an error branch.

    Args:
        detail: What went wrong, for the trace.
        error_type: The name of the branch.
        is_mild: True when the block goes on as if nothing had happened unless it has a branch of just this name.
    """

    def __init__(self, detail: str, error_type: str = "NoMatchingError", *, is_mild: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.error_type = error_type
        self.is_mild = is_mild


class Call:
    """One call, as its blocks see it.

    Args:
        contact: The contact.
        clock: The call's time.
        ports: The outside.
        world: Queues and hours.
        prompts: The address of each library prompt, by id.
        chance: Where percentages come from.
        blocks: What stands for single blocks.
    """

    def __init__(
        self,
        contact: Contact,
        clock: VirtualClock,
        ports: Ports,
        world: World,
        prompts: Mapping[str, str],
        chance: random.Random,
        blocks: Blocks | None = None,
    ) -> None:
        self.contact = contact
        self.clock = clock
        self.line = Line(clock)
        self.ports = ports
        self.world = world
        self.prompts = prompts
        self.chance = chance
        self.blocks = blocks or Blocks()
        self.entries: list[Spoken] = []
        self.loops: dict[tuple[str, str], int] = {}
        self.turn = 0
        self.flow = ""
        self.block = ""
        self.work_s = 0.0
        self.is_interrupted = False
        self._heard_at: int | None = None
        self._is_shown = True
        self._deadlines: list[tuple[float, Exception]] = []

    def fill(self, text: str) -> str:
        """Return a text with the contact's values in place of references."""
        return fill(text, self.contact.document())

    def value(self, text: str) -> str:
        """Return the value of a parameter that is one reference or plain."""
        return as_text(look_up(text, self.contact.document())) if is_reference(text) else text

    def whole(self, value: int | str) -> int:
        """Return a number that may be a reference.

        Raises:
            BlockFailed: The contact has no number there.
        """
        if isinstance(value, int):
            return value
        found = self.value(value)
        if not found.isdecimal():
            raise BlockFailed(f"{value} is {found!r}, which is no number")
        return int(found)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let the time that functions and bots really take pass for the caller, and count it for the block."""
        begun_s = self.clock.now()
        try:
            with self.clock.working():
                yield
        finally:
            self.work_s += self.clock.now() - begun_s

    def say(self, text: str, *, ssml: bool) -> None:
        """Speak; SSML without words is a pause, and text without words is nothing."""
        words = _TAG.sub(" ", text) if ssml else text
        if len(text) > TEXT_LIMIT or len(words) > BILLED_LIMIT:
            raise BlockFailed(f"{len(text)} characters are more than can be spoken at once")
        spoken = " ".join(words.split())
        if not spoken and not ssml:
            return
        with outside():
            clip = self.ports.voice.say(text, ssml, self.contact.voice_id, self.contact.language)
        with self._sounding(clip) as heard:
            self._overhear("bot", heard)
            at = self.line.play(heard)
            if spoken:
                self._record("speech", spoken, at)

    def play(self, uri: str) -> None:
        """Play an audio file."""
        with outside():
            clip, words = self.ports.media.fetch(uri), self.ports.media.words(uri)
        with self._sounding(clip) as heard:
            self._overhear("bot", heard)
            self._record("audio", words, self.line.play(heard))

    def wait(self, seconds: float) -> None:
        """Let both ends be silent, until a deadline at most."""
        left_s, stop = self._next_deadline()
        self.line.wait(min(seconds, left_s))
        if stop and seconds >= left_s:
            raise stop

    @contextmanager
    def until(self, at_s: float | None, stop: Exception) -> Iterator[None]:
        """Raise `stop` inside the block once so many seconds of the call have passed, whatever is being played."""
        if at_s is None:
            yield
            return
        deadline = (at_s, stop)
        self._deadlines.append(deadline)
        try:
            yield
        finally:
            self._deadlines.remove(deadline)

    @contextmanager
    def _sounding(self, clip: Clip) -> Iterator[Clip]:
        """Lend as much of a clip as can be heard before the next deadline, which then is raised."""
        left_s, stop = self._next_deadline()
        if stop is None or clip.duration_s < left_s:
            yield clip
            return
        yield Clip(clip.samples[: round(left_s * clip.sample_rate_hz)], clip.sample_rate_hz)
        raise stop

    def _next_deadline(self) -> tuple[float, Exception | None]:
        """Return how many seconds are left until the next deadline, and what it raises."""
        if not self._deadlines:
            return float("inf"), None
        at_s, stop = min(self._deadlines, key=lambda deadline: deadline[0])
        return max(0.0, at_s - self.line.elapsed_s), stop

    def next_turn(self, prompted_for: Literal["speech", "digits"]) -> CallerTurn:
        """Return what the caller does next.

        Raises:
            CallerHungUp: The caller is gone.
            FlowError: The call has gone on for so long that it cannot be meant to.
        """
        self.check_length()
        self.show()
        self.turn += 1
        self._heard_at = None
        turn = self.ports.caller.next(prompted_for)
        if isinstance(turn, HungUp):
            raise CallerHungUp
        return turn

    def check_length(self) -> None:
        """Raise a FlowError when the call has gone on for so long that it cannot be meant to."""
        if self.line.elapsed_s > LONGEST_CALL_S:
            message = f"the call passed {LONGEST_CALL_S / 60:.0f} minutes"
            raise FlowError(message, block=self.block, hint="look for a loop that has no way out")

    def hear_speech(self, said: Said) -> None:
        """Put the caller's words on the line."""
        clip = said.clip or self.ports.voice.caller(said.text)
        self._overhear("caller", clip)
        self._hear("speech", said.text, self.line.hear(clip))

    def hear_keys(self, pressed: Pressed) -> None:
        """Put the caller's keys on the line."""
        self._hear("digits", pressed.digits, self.line.hear(key_tones(pressed.digits, RATE_HZ)))

    def hear_silence(self) -> None:
        """Note that the caller said nothing."""
        now_s = self.line.elapsed_s
        self._hear("silence", "", Placement(now_s, now_s))

    def understand(self, step: LexStep) -> None:
        """Keep what the bot made of the caller's last utterance."""
        self.contact.lex = step
        notes = {key: value for key, value in step.session_attributes.items() if key.startswith("voicebot_")}
        self._note(notes, intent=step.intent_name, confidence=step.confidence)
        self.show()

    def keep_answer(self, answer: object) -> None:
        """Keep what a function answered; its `Stage*` values belong to the caller's last utterance."""
        self.contact.external = answer
        if isinstance(answer, dict):
            self._note({key: as_text(value) for key, value in answer.items() if key.startswith("Stage")})

    def show(self) -> None:
        """Tell the observer what the caller said; waits until the bot has understood it, or the block has ended."""
        if not self._is_shown and self._heard_at is not None:
            self.ports.observer.spoken(self.entries[self._heard_at])
        self._is_shown = True

    def _overhear(self, who: Who, clip: Clip) -> None:
        if isinstance(self.ports.observer, Overhearing):
            self.ports.observer.heard(who, clip)

    def _hear(self, kind: Kind, text: str, at: Placement) -> None:
        self.show()
        self._heard_at, self._is_shown = len(self.entries), False
        self.entries.append(self._entry("caller", kind, text, at))

    def _record(self, kind: Kind, text: str, at: Placement) -> None:
        entry = self._entry("bot", kind, text, at)
        self.entries.append(entry)
        self.ports.observer.spoken(entry)

    def _entry(self, who: Who, kind: Kind, text: str, at: Placement) -> Spoken:
        return Spoken(who, kind, text, at.start_s, at.end_s, self.turn, self.block)

    def _note(self, notes: Mapping[str, str], intent: str | None = None, confidence: float | None = None) -> None:
        if self._heard_at is None:
            return
        entry = self.entries[self._heard_at]
        self.entries[self._heard_at] = replace(
            entry,
            annotations={**entry.annotations, **notes},
            intent=intent if intent is not None else entry.intent,
            confidence=confidence if confidence is not None else entry.confidence,
        )


@contextmanager
def outside() -> Iterator[None]:
    """Make what fails outside take the block's NoMatchingError branch."""
    try:
        yield
    except (EngineError, InputError, NotFoundError, StorageError) as exc:
        raise BlockFailed(exc.message) from exc
