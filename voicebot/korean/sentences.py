"""Sentences and chunks: where a Korean text may be cut so that each piece can be spoken by itself."""

import re
from collections.abc import Iterator

from voicebot.korean.patterns import pattern

_END = r"[.!?…。！？‥]+[\"'”’」』)\]》〉]*|\n+"
_OPENERS = "(（[［「『“‘《〈"
_CLOSERS = ")）]］」』”’》〉"
_BRACKET = f'[{re.escape(_OPENERS + _CLOSERS)}"]'
_BRACKET_REACH = 200
"""An opening bracket or quotation mark holds sentences together for this many characters at most."""
_LIST_MARK = r"(?:^|[\s(])\d{1,2}$|(?:^|\s)\d{4}$"
_ABBREVIATION = r"(?i:(?:^|[^A-Za-z])(?:No|Mr|Ms|Mrs|Dr|St|vs|etc|Vol|[A-Z])$)"
_QUOTED_ON = r"(?:이?라[고는며]|하[고며]|고\s|는\s)"
_MAY_BE_QUOTED_ON = r"이?라?|[하고는]"
"""What a stream may have brought so far of a particle after a quotation."""
_FINAL = r"[가-힣](?:요|죠|니다) "
_CLAUSE = r"[가-힣](?:고|며|서|면|(?<!그런)(?<!근)데|만|니까|거나|려고|도록) "
_GLUED = (
    r"(?:니다|니까|[어아해세까네예에]요|지만|는데|으면|려고|거나|면서|해서|하고)(?=[가-힣])",
    r"[가-힣](?:에서|으로|까지|부터|에게|한테|은|는|을|를|에|도)(?=[가-힣])",
    r"\d[\d-]{6,}(?=[가-힣])",
)
"""Where a text without spaces is cut: after an ending, a particle, a number of seven digits or more."""
_NUMBER = r"\d+(?:[-,.:/~]\d+)*(?:[-,.:/~]$)?"
_BROKEN_ENDING = r"[입습합됩]니?$"
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
            if _opens(text, brackets[seen], opened):
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


def _opens(text: str, position: int, opened: list[int]) -> bool:
    """Say whether this bracket or quotation mark opens; a straight mark does where a word begins, unless one is open."""
    if text[position] != '"':
        return text[position] in _OPENERS
    begins = not position or text[position - 1].isspace() or text[position - 1] in _OPENERS
    return begins and not any(text[place] == '"' for place in opened)


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
    """Return where to cut a window one character longer than the limit: comma, ending, clause, space, word, then anywhere."""
    least, limit = len(window) // 3, len(window) - 1
    for source in (_COMMA, _FINAL, _CLAUSE):
        ends = [match.end() for match in pattern(source).finditer(window) if least <= match.end() <= limit]
        if ends:
            return ends[-1]
    spaces = [index for index, char in enumerate(window) if index and char.isspace()]
    apart = [space for space in spaces if not pattern(_NUMBER_GAP).search(window[max(0, space - 1) : space] + " ")]
    if apart and apart[-1] >= least:
        return apart[-1]
    for source in _GLUED:
        ends = [match.end() for match in pattern(source).finditer(window) if least <= match.end() <= limit]
        if ends:
            return ends[-1]
    return (apart or spaces or [_break_in_word(window, limit)])[-1]


def _break_in_word(window: str, limit: int) -> int:
    """Return the cut of a window without spaces, particles or endings: not inside 입니다, inside a number only if it must."""
    broken = pattern(_BROKEN_ENDING).search(window, 0, limit)
    if broken and window[limit] in "니다까" and broken.start() > 1:
        return broken.start()
    for match in pattern(_NUMBER).finditer(window):
        if match.start() < limit < match.end():
            return match.start() or match[0].rfind("-", 0, limit) + 1 or limit
    return max(1, limit)


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
