"""A long text in pieces, of which the first is known before the rest has been looked at."""

import re
from collections.abc import Iterator
from itertools import islice

from voicebot.korean.sentences import chunk

_WINDOW_PIECES = 4
_UNSURE_PIECES = 2  # at the end of a window: what comes after it may join them or cut them elsewhere


def pieces(text: str, first_max_chars: int, max_chars: int) -> Iterator[str]:
    """Yield pieces as `voicebot.korean.sentences.chunk` cuts them, at a cost each that does not grow with the text.

    Args:
        text: What will be spoken.
        first_max_chars: Limit of the first piece.
        max_chars: Limit of every other piece.
    """
    window = _WINDOW_PIECES * max(first_max_chars, max_chars)
    while len(text) > window:
        sure = chunk(text[:window], first_max_chars, max_chars)[:-_UNSURE_PIECES]
        if not sure:
            break
        yield from sure
        text = _after(text, sum(len(re.sub(r"\s", "", piece)) for piece in sure))
        first_max_chars = max_chars
    yield from chunk(text, first_max_chars, max_chars)


def _after(text: str, letters: int) -> str:
    """Return a text without its first `letters` characters, spaces not counted: chunks have spaces of their own."""
    last = next(islice(re.finditer(r"\S", text), letters - 1, None))
    return text[last.end() :]
