"""The review screen of `cache approve --interactive`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voicebot.cli.console import Console
from voicebot.errors import ConfigError, ConflictError, InputError, VoicebotError

if TYPE_CHECKING:
    from voicebot.cache.approval.review import Case, Review, ReviewReport

KEYS = {"p": "play", "e": "edit", "a": "approve", "r": "reject", "s": "skip", "u": "undo", "q": "quit"}
_KOREAN = dict(zip("ㅔㄷㅁㄱㄴㅕㅂ", "pearsuq", strict=True))
"""The same keys while the keyboard is Korean."""

_HELP = "  ".join(f"[bold]{key}[/bold] {name}" for key, name in KEYS.items())


class ReviewScreen:
    """Shows one item after the other and does what the pressed key says.

    Args:
        console: Draws on stderr and reads keys.
        review: The items.

    Raises:
        InputError: Nobody can see the screen and press keys.
    """

    def __init__(self, console: Console, review: Review) -> None:
        if not console.has_person:
            raise InputError("--interactive needs a terminal", hint="leave it out in cron, and give --rule FILE")
        self._console = console
        self._review = review
        self._note = ""

    def run(self, limit: int | None = None) -> ReviewReport:
        """Go through what waits until there is no more or the person ends it."""
        with self._review as review:
            ids = review.waiting(limit)
            position = 0
            case: Case | None = None
            while True:
                if case is None:
                    if position >= len(ids):
                        break
                    case = review.open(ids[position])
                    if case is None:
                        position += 1
                        continue
                self._show(case, position + 1, len(ids))
                action = self._key()
                if action == "quit":
                    break
                case, step = self._do(action, case)
                position = max(0, position + step)
            return review.report()

    def _do(self, action: str, case: Case) -> tuple[Case | None, int]:
        """Do what a key says; return the case that is open now, and how far to move on."""
        review = self._review
        try:
            if action in ("approve", "reject", "skip"):
                getattr(review, action)(case)
                return None, 1
            if action == "undo":
                undone = review.undo()
                self._note = "" if undone else "there is nothing to undo"
                return (undone, -1) if undone else (case, 0)
            if action == "edit":
                edited = self._console.edit("answer", case.item.answer or "")
                return (review.edit(case, edited) if edited.strip() else case), 0
            case, wav = review.speak(case)
            self._play(wav, review.url(case))
        except ConflictError as exc:  # somebody else has it, so that it is no longer ours to decide
            self._note = exc.message
            return None, 0 if action == "undo" else 1
        except VoicebotError as exc:
            self._note = f"{exc.message}{f' ({exc.hint})' if exc.hint else ''}"
        return case, 0

    def _play(self, wav: bytes, url: str) -> None:
        from voicebot.audio.wav import read_audio
        from voicebot.tts.play import find_player, play

        try:
            play(read_audio(wav), find_player())
        except ConfigError as exc:
            self._note = f"{exc.message}; the clip is at {url}"

    def _key(self) -> str:
        while True:
            key = self._console.key().lower()
            name = KEYS.get(_KOREAN.get(key, key))
            if name:
                return name

    def _show(self, case: Case, number: int, total: int) -> None:
        item, current = case.item, case.current
        rows = [("asked", f"{item.utterance}"), ("answer", item.answer or "-")]
        if case.text and case.text != item.answer:
            rows.append(("spoken", case.text))
        if current and current.template != item.answer:
            rows.append(("now", current.text))
        rows.append(("why", case.problem or item.last_error or "it is new"))
        details = [f"{item.count}x", item.source]
        if item.intent:
            details.append(f"{item.intent} {item.confidence:.2f}")
        title = f"{number} of {total}, item {item.id_hash}, {', '.join(details)}"
        self._console.card(title, rows, self._note or None, _HELP)
        self._note = ""
