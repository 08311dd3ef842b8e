"""Personal data out of a transcript, also where a number is spoken over a pause, or is only half said."""

import re

from voicebot.korean.mask import DIGITS, mask
from voicebot.korean.patterns import pattern

UNFINISHED = "[…]"
"""Stands for digits that may be the beginning of a number, as long as nobody knows."""

_BETWEEN = re.compile(r"(?:[\s.,?!\-]|에|의|다시|하이픈)+$")
"""What may stand between the digits of one number, at the end of a text."""
_LABEL = re.compile(r"\s*(\[[^\]]+\])(.*)", re.DOTALL)
_FEWEST = 3


class Masker:
    """Masks the segments of one side in their order.

    A segment that ends in digits is kept with them hidden, and so are those after it that are nothing but digits. When
    the next one shows that they are one personal number, the first keeps its label; otherwise they are shown again.
    """

    def __init__(self) -> None:
        self._held: list[tuple[str, str]] = []

    @property
    def held(self) -> tuple[str, ...]:
        """The segments that are kept hidden."""
        return tuple(segment_id for segment_id, _ in self._held)

    def partial(self, text: str) -> str:
        """Return a partial text masked, its last digits hidden."""
        across = _across(self._held, text) if self._held else None
        return _hidden(across[1] if across else mask(text))

    def final(self, segment_id: str, text: str) -> dict[str, str]:
        """Return what to keep for each segment, by id: this one, and those before it that have changed."""
        across = _across(self._held, text) if self._held else None
        if across:
            label, own = across[2], across[1]
            shown = {each: label for each, _ in self._held} | {self._held[0][0]: across[0]}
            self._held = []
            return shown | {segment_id: own}
        if self._held and _start_of_digits(text) == 0:
            self._held.append((segment_id, text))
            return {segment_id: UNFINISHED}
        shown = self.finish()
        own = mask(text)
        if _hidden(own) != own:
            self._held = [(segment_id, text)]
        return shown | {segment_id: _hidden(own)}

    def finish(self) -> dict[str, str]:
        """Return what to keep for the segments that were kept hidden."""
        held, self._held = self._held, []
        return {segment_id: mask(text) for segment_id, text in held}


def _across(held: list[tuple[str, str]], after: str) -> tuple[str, str, str] | None:
    """Return the text before, the one after and the label between them; None when no number goes from one to the other."""
    before = " ".join(text for _, text in held)
    together = mask(f"{before} {after}")
    head = mask(before[: _start_of_digits(before)]).rstrip()
    if together == f"{mask(before)} {mask(after)}" or not together.startswith(head):
        return None
    found = _LABEL.match(together[len(head) :])
    return (f"{head} {found[1]}".strip(), found[2].strip() or found[1], found[1]) if found else None


def _hidden(text: str) -> str:
    start = _start_of_digits(text)
    return f"{text[:start]}{UNFINISHED}" if start < len(text) else text


def _start_of_digits(text: str) -> int:
    """Return where the digits begin, written or spoken, that a text ends in; its length when there are too few."""
    words = _BETWEEN.sub("", text)
    runs = list(pattern(rf"(?:{DIGITS})").finditer(words))
    if not runs or runs[-1].end() != len(words):
        return len(text)
    return runs[-1].start() if len(re.findall(r"\S", runs[-1].group())) >= _FEWEST else len(text)
