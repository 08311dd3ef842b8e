"""Sentences and chunks: where a Korean text may be cut so that each piece can be spoken by itself."""

import re
from collections.abc import Iterator

from voicebot.korean.patterns import pattern

_END = r"[.!?…。！？‥]+[\"'”’」』)\]》〉]*|\n+"
_OPENERS = "(（[［「『“‘《〈"
_CLOSERS = ")）]］」』”’》〉"
_BRACKET = f"[{re.escape(_OPENERS + _CLOSERS)}]"
_BRACKET_REACH = 200
"""An opening bracket holds sentences together for this many characters at most."""
_LIST_MARK = r"(?:^|[\s(])\d{1,2}$|(?:^|\s)\d{4}$"
_ABBREVIATION = r"(?i:(?:^|[^A-Za-z])(?:No|Mr|Ms|Mrs|Dr|St|vs|etc|Vol|[A-Z])$)"
_QUOTED_ON = r"(?:이?라[고는며]|하[고며]|고\s|는\s)"
_MAY_BE_QUOTED_ON = r"이?라?|[하고는]"
"""What a stream may have brought so far of a particle after a quotation."""
_CLAUSE = r"[가-힣](?:고|며|서|면|데|만|니까|거나|려고|도록|는데요|지만) "
_COMMA = r"[,;:、，·](?=\s|[^\d\s])"
_NUMBER_GAP = r"[\d만억천백] $"
_STREAM_LIMIT = 400
"""A streamed sentence longer than this is cut, so that speech never waits for a full stop that does not come."""


def split_sentences(text: str) -> list[str]:
    """Return the sentences of `text`, stripped, none empty; only punctuation and new lines end one."""
    sentences: list[str] = []
    start = 0
    for end in _ends(text):
        sentences.append(text[start:end].strip())
        start = end
    sentences.append(text[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _ends(text: str) -> Iterator[int]:
    """Yield each position right after a sentence."""
    brackets = [match.start() for match in pattern(_BRACKET).finditer(text)]
    opened: list[int] = []
    seen = 0
    for match in pattern(_END).finditer(text):
        while seen < len(brackets) and brackets[seen] < match.end():
            if text[brackets[seen]] in _OPENERS:
                opened.append(brackets[seen])
            elif opened:
                opened.pop()
            seen += 1
        if match[0][0] == "\n":
            opened.clear()
            yield match.end()
            continue
        while opened and match.start() - opened[0] > _BRACKET_REACH:
            opened.pop(0)
        if not opened and _is_end(text, match):
            yield match.end()


def _is_end(text: str, match: re.Match[str]) -> bool:
    """Say whether this punctuation ends a sentence, from what stands on both sides of it."""
    before, after = text[max(0, match.start() - 8) : match.start()], text[match.end() : match.end() + 4]
    if not after:
        return True
    mark = match[0]
    spaced = after[0].isspace()
    if not spaced and mark[-1] not in ".!?…。！？‥" and pattern(_QUOTED_ON).match(after):
        return False
    if mark[0] in "!?" and not spaced and before[-1:].isascii() and after[0].isascii() and after[0].isalnum():
        return False
    if mark != ".":
        return spaced or mark[0] not in ".…‥" or "가" <= after[0] <= "힣"
    if spaced:
        return not (pattern(_LIST_MARK).search(before) or pattern(_ABBREVIATION).search(before))
    return "가" <= after[0] <= "힣" and bool(before) and "가" <= before[-1] <= "힣"


def chunk(text: str, first_max_chars: int, max_chars: int) -> list[str]:
    """Return pieces of whole sentences, as many as fit into the limit; a longer sentence is cut where it hurts least.

    Args:
        text: What will be spoken.
        first_max_chars: Limit of the first piece: short, so that its audio comes early.
        max_chars: Limit of every other piece.
    """
    chunks: list[str] = []
    current = ""
    for sentence in split_sentences(text):
        limit = max_chars if chunks else first_max_chars
        if current and len(current) + 1 + len(sentence) <= limit:
            current = f"{current} {sentence}"
            continue
        if current:
            chunks.append(current)
        *pieces, current = _cut(sentence, max_chars if chunks else first_max_chars, max_chars)
        chunks += pieces
    return [*chunks, current] if current else chunks


def _cut(sentence: str, limit: int, later_limit: int) -> list[str]:
    """Return the pieces of one sentence, each within its limit."""
    pieces: list[str] = []
    start = 0
    while len(sentence) - start > limit:
        end = start + _cut_position(sentence[start : start + max(limit, 1) + 1])
        pieces.append(sentence[start:end].rstrip())
        while end < len(sentence) and sentence[end].isspace():
            end += 1
        start, limit = end, later_limit
    return [*pieces, sentence[start:]] if start < len(sentence) else pieces


def _cut_position(window: str) -> int:
    """Return where to cut a window one character longer than the limit: comma, clause, space, then anywhere."""
    least = len(window) // 3
    for source in (_COMMA, _CLAUSE):
        ends = [match.end() for match in pattern(source).finditer(window) if least <= match.end() < len(window)]
        if ends:
            return ends[-1]
    spaces = [index for index, char in enumerate(window) if index and char.isspace()]
    for space in reversed(spaces):
        if not pattern(_NUMBER_GAP).search(window[max(0, space - 1) : space] + " "):
            return space
    if spaces:
        return spaces[-1]
    end = len(window) - 1
    while end > 1 and (window[end - 1].isdigit() or window[end - 1] in ",.") and window[end].isdigit():
        end -= 1
    return end if end > 1 else max(1, len(window) - 1)


class SentenceBuffer:
    """Collects a streamed reply and gives out each sentence as soon as it is certainly complete."""

    def __init__(self) -> None:
        """Start empty."""
        self._text = ""

    def feed(self, delta: str) -> list[str]:
        """Add the next piece of the stream; return the sentences that it completed."""
        self._text += delta
        ready: list[str] = []
        start = 0
        for end in _ends(self._text):
            rest = self._text[end : end + 3]
            if not self._text[end:].strip() or pattern(_MAY_BE_QUOTED_ON).fullmatch(rest):
                break
            ready.append(self._text[start:end].strip())
            start = end
        self._text = self._text[start:]
        if len(self._text) > _STREAM_LIMIT:
            *pieces, self._text = _cut(self._text, _STREAM_LIMIT, _STREAM_LIMIT)
            ready += pieces
        return [sentence for sentence in ready if sentence]

    def flush(self) -> list[str]:
        """Return what is left, at the end of the stream, and start empty again."""
        rest, self._text = self._text, ""
        return split_sentences(rest)
