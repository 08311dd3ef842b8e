"""Personal data out of a text: numbers that point at a person become labels, written or spoken."""

from collections.abc import Iterator

from voicebot.korean.named import REGION, RESIDENT, mask_named
from voicebot.korean.patterns import pattern

PHONE, CARD, ACCOUNT = "[전화번호]", "[카드번호]", "[계좌번호]"
PLATE, EMAIL = "[차량번호]", "[이메일]"

_VALUES = {
    "하나": "1", "둘": "2", "셋": "3", "넷": "4", "다섯": "5", "여섯": "6", "일곱": "7", "여덟": "8", "아홉": "9", "제로": "0",
    "공": "0", "영": "0", "빵": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5", "육": "6", "륙": "6", "칠": "7", "팔": "8",
    "구": "9",
}  # fmt: skip
_DIGIT = (
    r"(?:[0-9０-９*●]|하나(?!은행|카드|뱅크|로)|둘|셋|넷|다섯|여섯|일곱|여덟|아홉|제로"
    r"|[공영빵일삼사오육륙칠팔구]|이(?!에요|예요|고|요|라|구요|야|죠|거든|니|ㅂ)(?:(?<![0-9０-９]이)|(?=[공영일이삼사오육칠팔구])))"
)
_PAUSE = r"(?:[-–—‐−－.…,·/~()_]{1,3}|다시|하이픈|대시|에|의|이?고요|이고|이요|이?에요|예요|(?<=[\s,.…])(?:음+|으음|어+|그|저|아|네|예)(?=[\s,.…]))"
_GAP = rf"(?:[ \t]*(?:{_PAUSE}[ \t]*){{0,3}})"
DIGITS = rf"{_DIGIT}(?:{_GAP}{_DIGIT})*"
"""Digits, written or spoken, with what may stand between them."""
_BANK = "은행|계좌|통장|입금|송금|예금|국민|신한|우리|하나|농협|기업|카카오뱅크|카뱅|토스|새마을|우체국|신협|수협|제일|씨티|케이뱅크|환불"
_OTHER_NUMBER = "쿠폰|송장|주문|접수|예약|부품|품번|모델|상품|사업자"
_REACH, _REACH_AFTER = 20, 12
"""So far before and after a number the word may stand that says what it is."""
_CUE_AFTER = r"[^0-9０-９\[]*"
_FEWEST = 9
"""A run of digits shorter than this, in characters, is no personal number."""
_PLATE_LETTER = "[가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주바사아자배하허호]"
_SPOKEN_PLATE_LETTER = _PLATE_LETTER.replace("오", "").replace("구", "")
_NATURAL = "일이삼사오육칠팔구"
_PLATE_SOURCE = (
    rf"(?<![0-9가-힣])(?:{REGION}\s?)?(?<![0-9])[0-9]{{2,3}}\s?{_PLATE_LETTER}\s?[0-9]{{4}}"
    r"(?![0-9,.]?[0-9])(?!\s?(?:원|년|킬로|km|개|명|만|천|번지|cc|호|회|시|분|월))"
    rf"|(?<![0-9가-힣]){REGION}\s?[0-9]?\s?{_PLATE_LETTER}\s?[0-9]{{4}}(?![0-9])(?!\s?(?:원|년|킬로|km|개|명|만|천|번지|호|회))"
    rf"|(?<![가-힣])(?:{REGION}\s?)?(?:[공영{_NATURAL}]{{2,3}}|[{_NATURAL[1:]}]?백?[{_NATURAL[1:]}]?십[{_NATURAL}]?|[0-9]{{2,3}})"
    rf"\s?{_SPOKEN_PLATE_LETTER}\s?(?:[공영{_NATURAL}]\s?){{3}}(?:[공영{_NATURAL}])"
    rf"(?!(?!이(?:에요|예요|고|요|라|구요|야|죠|거든|니|ㅂ)|구요)[공영{_NATURAL}십백천만])"
)
_TOP = "(?:com|net|org|co|kr|ac|go|컴|넷|씨오|시오|케이알|오알지)"
_LETTER_NAME = "에이치|에이|비|씨|디|에프|아이|제이|케이|엘|엠|엔|피|큐|알|에스|티|유|브이|더블유|엑스|와이|제트|지|쥐|오|이|언더바|점|[A-Za-z0-9]"
_MAIL_SOURCE = (
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]+\s?@\s?[A-Za-z0-9-]+"
    rf"(?:(?:\.[A-Za-z0-9-]+)+|(?:\s?\.\s?{_TOP}(?![A-Za-z0-9]))+)"
    rf"|(?<!\S)(?:(?:{_LETTER_NAME}){{1,3}}\s){{0,20}}[^\s@]+?(?:\s?(?:골뱅이|앳|@)\s?"
    rf"(?:네이버|지메일|구글|다음|한메일|네이트|카카오|핫메일|아웃룩|야후|[A-Za-z0-9-]+|[가-힣]{{2,8}}?)(?:\s?(?:\.|점|쩜|닷)\s?{_TOP})+)+"
)
_MOST_PASSES = 16
"""A label can complete what the first pass could not see; no text is known that needs more than a few passes."""


def mask(text: str) -> str:
    """Return `text` with what points at a person replaced by labels; doing so twice changes nothing more.

    Resident, phone, card, account and plate numbers and e-mail addresses are found, written or spoken (공일공 일이삼사
    오육칠팔, 하나 둘 셋), with hyphens, spaces and fillers between; birth dates, licences, passports, card details and
    passwords after the word that names them. Prices, distances, dates, times, service numbers (1588-0000) and part sizes
    stay, and so do names and addresses.
    """
    for _ in range(_MOST_PASSES):
        if (masked := _masked_once(text)) == text:
            break
        text = masked
    return text


def _masked_once(text: str) -> str:
    if "@" in text or "골뱅이" in text or "앳" in text:
        text = pattern(_MAIL_SOURCE).sub(EMAIL, text)
    return pattern(_PLATE_SOURCE).sub(PLATE, _without_numbers(mask_named(text)))


def _without_numbers(text: str) -> str:
    """Return `text` with a label for each personal number."""
    pieces: list[str] = []
    context, done = "", 0
    for match in pattern(DIGITS).finditer(text):
        first, end = match.span()
        if end - first >= _FEWEST:
            run = _Run(text, first, end, context + text[max(done, first - _REACH) : first])
            for start, stop, label in run.personal():
                pieces += (text[done:start], label)
                done = stop
                context = run.before
    return "".join([*pieces, text[done:]])


class _Run:
    """Digits in a row, written or spoken, with the separators between them.

    A 이 right after them (오사삼이요) is the last digit when the number is complete only with it; it is not in `certain`.
    """

    def __init__(self, text: str, start: int, end: int, before: str) -> None:
        """Read the run at `start`; `before` is what stands before it, already masked, so that masking again sees the same."""
        self.text = text
        self.before, self.seen, self.first = before, start, 0
        self.spans = [match.span() for match in pattern(_DIGIT).finditer(text, start, end)]
        self.certain = len(self.spans)
        if text.startswith("이", end) and text[end - 1] in "".join(_VALUES):
            self.spans.append((end, end + 1))
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
        while index < self.certain:
            found = self._found_at(index) if self.heads[index] else None
            if found is None:
                index += 1
                continue
            count, label = found
            start = self.spans[index][0]
            bracket = r"|\(" if ")" in self.text[start : self.spans[index + count - 1][1]] else ""
            prefix = pattern(rf"(?:\+|플러스 ?{bracket})$").search(self.text, max(0, start - 4), start)
            first = prefix.start() if prefix else start
            self.before, self.seen = self._context(first) + label, self.spans[index + count - 1][1]
            yield first, self.seen, label
            index += count
            self.first = index

    def _context(self, start: int) -> str:
        """Return the last characters before `start`, with labels for the numbers that were found there."""
        return (self.before + self.text[self.seen : start])[-_REACH:]

    def _found_at(self, index: int) -> tuple[int, str] | None:
        """Return the digit count and label of the personal number that begins at `index`."""
        for end in range(self.certain, len(self.digits) + 1):
            for source, label in _SHAPES:
                match = pattern(source).match(self.digits, index, min(end, index + 20))
                count = match.end() - index if match else 0
                if count and self._ends_well(index, count) and self._fits(index, count, label):
                    return count, label
        count = self._account_length(index)
        return (count, ACCOUNT) if count else None

    def _ends_well(self, index: int, count: int) -> bool:
        """Say whether a group of digits ends here, or only a particle that sounds like a digit follows (이나, 구요)."""
        after = index + count
        if after >= self.certain or self.heads[after]:
            return True
        return after == self.certain - 1 and self.text.startswith(("이", "구요"), self.spans[after][0])

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
        if label == RESIDENT and groups == [13] and pattern(_BANK).search(self._context(self.spans[index][0])):
            return False
        if label == RESIDENT:
            return apart or groups in ([13], [6, 7], [6, 1, 6]) or any(self.spoken[index : index + count])
        if groups in ([4, 4, 4, 4], [4, 6, 5]) or apart or any(self.spoken[index : index + count]):
            return True
        start = self.spans[index][0]
        return _is_luhn(self.digits[index : index + count]) or "카드" in self._context(start)

    def _account_length(self, index: int) -> int:
        """Return the digits of an account number at `index`, 0 if none: near bank words, or in hyphenated groups."""
        end = index + 1
        while end < min(self.certain, index + 16) and not (self.heads[end] and not self._joined(end)):
            end += 1
        count = end - index
        if not 10 <= count <= 14 or (index > self.first and self._joined(index)) or "*" in self.digits[index:end]:
            return 0
        start = self.spans[index][0]
        after = self.spans[end - 1][1]
        follows = pattern(_CUE_AFTER).match(self.text, after, after + _REACH_AFTER)
        if pattern(_BANK).search(f"{self._context(start)} {follows[0] if follows else ''}"):
            return count
        if pattern(_OTHER_NUMBER).search(self._context(start)):
            return 0
        groups = self._groups(index, count)
        written = self.text[start : self.spans[end - 1][1]]
        hyphenated = len(groups) in (3, 4) and written.count("-") == len(groups) - 1
        return count if hyphenated and groups[:3] != [4, 2, 2] and groups != [3, 2, 5] and written[:3] != "080" else 0

    def _joined(self, index: int) -> bool:
        """Say whether this group belongs to the one before: spoken, or by hyphen or one space."""
        gap = self.text[self.spans[index - 1][1] : self.spans[index][0]]
        return gap in ("", " ", "-", " - ", "에 ", "에", "다시", " 다시 ", "의 ")


_SHAPES = (
    (r"\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])[1-8](?:\d{6}|\*{6})", RESIDENT),
    (r"(?:\d{4}){4}|\d{4}[*]{8}\d{4}|\d{4}\d{2}\*{6}\d{4}|\d{8}\*{4}\d{4}|3[47]\d{13}", CARD),
    *(
        (source, PHONE)
        for source in (
            r"(?:82|0082)0?1[016789]\d{8}", r"(?:82|0082)0?1[016789]\d{7}",
            r"(?:82|0082)(?:2|[3-6]\d)\d{8}", r"(?:82|0082)(?:2|[3-6]\d)\d{7}",
            r"010\d{8}", r"01[16789]\d{8}", r"01[16789]\d{7}", r"02\d{8}", r"02\d{7}",
            r"0(?:[3-6][1-9]|70)\d{8}", r"0(?:[3-6][1-9]|70)\d{7}", r"050\d{9}", r"050\d{8}",
        )
    ),
)  # fmt: skip
"""Each length by itself: one that ends inside a group must not hide the one that ends with it."""


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
