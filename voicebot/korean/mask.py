"""Personal data out of a text: numbers that point at a person become labels, written or spoken."""

from collections.abc import Iterator

from voicebot.korean.patterns import pattern

RESIDENT, PHONE, CARD, ACCOUNT = "[주민번호]", "[전화번호]", "[카드번호]", "[계좌번호]"
PLATE, EMAIL = "[차량번호]", "[이메일]"

_VALUES = {
    "하나": "1", "둘": "2", "셋": "3", "넷": "4", "다섯": "5", "여섯": "6", "일곱": "7", "여덟": "8", "아홉": "9", "제로": "0",
    "공": "0", "영": "0", "빵": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5", "육": "6", "륙": "6", "칠": "7", "팔": "8",
    "구": "9",
}  # fmt: skip
_DIGIT = (
    r"(?:[0-9０-９*●]|하나(?!은행|카드|뱅크|로)|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|제로"
    r"|[공영빵일삼사오육륙칠팔구]|이(?!에요|예요|고|요|라|구요|야|죠|거든|니|ㅂ))"
)
_GAP = r"(?:[ \t]*(?:[-–—‐−.,·/~)]|다시|하이픈|에|의)?[ \t]*)"
DIGITS = rf"{_DIGIT}(?:{_GAP}{_DIGIT})*"
"""Digits, written or spoken, with what may stand between them."""
_BANK = "은행|계좌|통장|입금|송금|예금|국민|신한|우리|하나|농협|기업|카카오뱅크|카뱅|토스|새마을|우체국|신협|수협|제일|씨티|케이뱅크|환불"
_PLATE_LETTER = "[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호]"
_SPOKEN_PLATE_LETTER = _PLATE_LETTER.replace("오", "").replace("구", "")
_REGION = "(?:서울|부산|대구|인천|광주|대전|울산|세종|경기|강원|충북|충남|전북|전남|경북|경남|제주)"
_NATURAL = "일이삼사오육칠팔구"
_PLATE_SOURCE = (
    rf"(?<![0-9가-힣])(?:{_REGION}\s?)?(?<![0-9])[0-9]{{2,3}}\s?{_PLATE_LETTER}\s?[0-9]{{4}}"
    r"(?![0-9,.]?[0-9])(?!\s?(?:원|년|킬로|km|개|명|만|천|번지|cc|호|회|시|분|월))"
    rf"|(?<![가-힣])(?:{_REGION}\s?)?(?:[공영{_NATURAL}]{{2,3}}|[{_NATURAL[1:]}]?백?[{_NATURAL[1:]}]?십[{_NATURAL}]?|[0-9]{{2,3}})"
    rf"\s?{_SPOKEN_PLATE_LETTER}\s?(?:[공영{_NATURAL}]\s?){{3}}(?:[공영{_NATURAL}])"
    rf"(?!(?!이(?:에요|예요|고|요|라|구요|야|죠|거든|니|ㅂ)|구요)[공영{_NATURAL}십백천만])"
)
_MAIL_SOURCE = (
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+\s?@\s?[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"
    r"|(?<!\S)[^\s@]+?\s?(?:골뱅이|앳)\s?"
    r"(?:네이버|지메일|구글|다음|한메일|네이트|카카오|핫메일|아웃룩|야후|[A-Za-z0-9-]+)(?:\s?(?:\.|점|쩜|닷)\s?(?:컴|넷|씨오|케이알|com|net|co|kr))+"
)


def mask(text: str) -> str:
    """Return `text` with resident, phone, card, account and plate numbers and e-mail addresses replaced by labels.

    Written and spoken forms (공일공 일이삼사 오육칠팔, 하나 둘 셋) are found, with any hyphens and spaces. Prices, distances,
    dates, times, service numbers (1588-0000) and part sizes stay.
    """
    if "@" in text or "골뱅이" in text or "앳" in text:
        text = pattern(_MAIL_SOURCE).sub(EMAIL, text)
    pieces: list[str] = []
    done = 0
    for start, end, label in _personal_numbers(text):
        pieces += (text[done:start], label)
        done = end
    return pattern(_PLATE_SOURCE).sub(PLATE, "".join([*pieces, text[done:]]))


def _personal_numbers(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield where each personal number stands and its label."""
    for run in pattern(DIGITS).finditer(text):
        if run.end() - run.start() >= 9:
            yield from _Run(text, run.start(), run.end()).personal()


class _Run:
    """Digits in a row, written or spoken, with the separators between them."""

    def __init__(self, text: str, start: int, end: int) -> None:
        self.text = text
        self.spans = [match.span() for match in pattern(_DIGIT).finditer(text, start, end)]
        self.digits = "".join(_digit(text[first:last]) for first, last in self.spans)
        self.spoken = [
            not self.digits[i].isdigit() or text[a] in "".join(_VALUES) for i, (a, _) in enumerate(self.spans)
        ]
        self.heads = [
            i == 0 or self.spans[i - 1][1] != first or self.spoken[i] != self.spoken[i - 1]
            for i, (first, _) in enumerate(self.spans)
        ]

    def personal(self) -> Iterator[tuple[int, int, str]]:
        """Yield the personal numbers of this run, left to right."""
        index = 0
        while index < len(self.digits):
            found = self._found_at(index) if self.heads[index] else None
            if found is None:
                index += 1
                continue
            count, label = found
            start = self.spans[index][0]
            bracket = r"|\(" if ")" in self.text[start : self.spans[index + count - 1][1]] else ""
            prefix = pattern(rf"(?:\+|플러스 ?{bracket})$").search(self.text, max(0, start - 4), start)
            yield (prefix.start() if prefix else start), self.spans[index + count - 1][1], label
            index += count

    def _found_at(self, index: int) -> tuple[int, str] | None:
        """Return the digit count and label of the personal number that begins at `index`."""
        digits = self.digits[index : index + 20]
        for source, label in _SHAPES:
            match = pattern(source).match(digits)
            if match and self._ends_well(index, match.end()) and self._fits(index, match.end(), label):
                return match.end(), label
        count = self._account_length(index)
        return (count, ACCOUNT) if count else None

    def _ends_well(self, index: int, count: int) -> bool:
        """Say whether a group of digits ends here, or only a spoken particle follows (이, 구요)."""
        after = index + count
        return after >= len(self.digits) or self.heads[after] or (after == len(self.digits) - 1 and self.spoken[after])

    def _groups(self, index: int, count: int) -> list[int]:
        """Return how many digits stand together, group by group."""
        groups: list[int] = []
        for i in range(index, index + count):
            if i == index or self.heads[i]:
                groups.append(0)
            groups[-1] += 1
        return groups

    def _fits(self, index: int, count: int, label: str) -> bool:
        """Say whether the grouping is one in which such a number is written or said."""
        groups = self._groups(index, count)
        apart = max(groups) == 1
        if label == PHONE:
            return len(groups) <= 5 or apart or any(self.spoken[index : index + count])
        if label == RESIDENT:
            return apart or groups in ([13], [6, 7], [6, 1, 6]) or any(self.spoken[index : index + count])
        if groups in ([4, 4, 4, 4], [4, 6, 5]) or apart or any(self.spoken[index : index + count]):
            return True
        start = self.spans[index][0]
        return _is_luhn(self.digits[index : index + count]) or "카드" in self.text[max(0, start - 20) : start]

    def _account_length(self, index: int) -> int:
        """Return the digits of an account number at `index`, 0 if none: near bank words, or in hyphenated groups."""
        end = index + 1
        while end < min(len(self.digits), index + 16) and not (self.heads[end] and not self._joined(end)):
            end += 1
        count = end - index
        if not 10 <= count <= 14 or (index and self._joined(index)) or "*" in self.digits[index:end]:
            return 0
        start = self.spans[index][0]
        near = self.text[max(0, start - 20) : start] + " " + self.text[self.spans[end - 1][1] :][:12]
        if pattern(_BANK).search(near):
            return count
        groups = self._groups(index, count)
        written = self.text[start : self.spans[end - 1][1]]
        hyphenated = len(groups) in (3, 4) and written.count("-") == len(groups) - 1
        return count if hyphenated and groups[:3] != [4, 2, 2] and groups != [3, 2, 5] else 0

    def _joined(self, index: int) -> bool:
        """Say whether this group belongs to the one before: spoken, or by hyphen or one space."""
        gap = self.text[self.spans[index - 1][1] : self.spans[index][0]]
        return gap in ("", " ", "-", " - ", "에 ", "에", "다시", " 다시 ", "의 ")


_SHAPES = (
    (r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[1-8](?:\d{6}|\*{6})", RESIDENT),
    (r"(?:\d{4}){4}|\d{4}[*]{8}\d{4}|\d{4}\d{2}\*{6}\d{4}|\d{8}\*{4}\d{4}|3[47]\d{13}", CARD),
    (r"(?:82|0082)0?1[016789]\d{7,8}|(?:82|0082)(?:2|[3-6]\d)\d{7,8}", PHONE),
    (
        r"010\d{8}|01[16789]\d{8}|01[16789]\d{7}|02\d{8}|02\d{7}|0(?:[3-6]\d|70|80)\d{8}|0(?:[3-6]\d|70)\d{7}|050\d{9}|050\d{8}",
        PHONE,
    ),
)


def _digit(word: str) -> str:
    """Return one written digit; a masking mark is a star."""
    if word in _VALUES:
        return _VALUES[word]
    return "*" if word in "*●" else str(int(word))


def _is_luhn(digits: str) -> bool:
    """Say whether the check digit is right."""
    if not digits.isdigit():
        return False
    doubled = [int(d) * 2 if i % 2 else int(d) for i, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
