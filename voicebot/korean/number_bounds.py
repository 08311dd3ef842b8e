"""Where a spoken number begins in a text without spaces: what stands before it tells it from a syllable of a word."""

import re

from voicebot.korean.numbers import parse_digits, parse_sino
from voicebot.korean.patterns import pattern

HANGUL = "[가-힣]"
AFTER_A_PARTICLE = frozenset("에은는을를가도로서면고요지데랑까터쯤후전뒤총딱월년시점만달난근한")
"""The syllables before a number that end the word before it."""
_TAILS = {
    "일": "요내매휴생평과파네당종작타출", "사": "회검기수식행인장의본비상조방감판공", "오": "디레비메카", "십": "버", "구": "친공출입전남북동연강기",
    "천": "인부춘순홍제하추온북", "백": "동공여담고",
}  # fmt: skip
"""Of each digit that also ends words, what stands before it then: 회사, 친구, 인천."""
_BEFORE_ONLY = frozenset("은는을를가요고면랑데딱")
"""What may stand before 만 where it is 10,000 and no particle."""
_MEASURED = frozenset("격용액금값간한건식압율률량분원물임품준곡일람")
"""Final syllables of what is measured, where 이 may be the subject's particle: 가격이십만원 stays as it is."""
_AFTER_HOURS = "전|으로|마다|걸|뒤|후|만|쯤|정도|늦|일찍|빨|미뤄|미루|미룰|당겨|당길|앞당|더|이상|이내|반|씩|짜리|동안|넘|남|이르|지각|지연|에얼마|안에|먼저|있다|이따|지나|지났|가까이|단위|주차|은넘"
"""After 한 시간 where it is a length of time."""
_DOERS = frozenset(
    "약문말편정원속통의력청경택망확능천합당제매진획석부운락조별요간순비용착작록끗튼리절급강심상양렴명결밀건월행입출감"
)
"""The syllables before 한 that make it 하다's form: 예약한, 편한, 다양한."""
_WORD_TAILS = {
    "두": "연구모부만화선염몰녹자반",
    "세": "연시전월관면자기추형허증만명섬상우동",
    "열": "진배서직행통발계",
    "네": "동그하되좋많있없겠했았었이",
}
"""What makes a native number the end of a word: 모두, 전세, 진열, 동네."""
_KEPT_SO = "꺼켜놔어해아겨워려"
"""Before 두시…: 꺼 두시면, 놔두시고."""
_VERBAL = "한가|용이|사랑|자랑|추가|참가|평가|허가|특이|시도|의도|유도|인도|위로|신고|보고|참고|출고|입고|광고|필요|중요|주요|고요|안전|완전|여전"
"""Words whose last syllable looks like a particle before 한: 추가한, 필요한."""
_BEFORE_ONE = frozenset("에은는을를도로서면고요데까터쯤후전뒤총딱가이랑")
"""What may stand before 한 where it is 1."""
_AFTER_CLOCK = "예약|에|로|부터|까지|반|쯤|랑|하고|정도|이후|전"
"""After 한 시 and 네 시 where they are times of day."""
_THINGS = frozenset(("개", "짝", "장", "켤레", "명", "대", "병", "잔", "마리", "박스", "세트"))
"""Counters that are counted whatever stands before 한 and 네."""


def number_of(run: str, before: str) -> tuple[str, str]:
    """Return what of a run of number syllables ends the word before it, and the number: 요일오십 is 일 and 오십."""
    ends_a_word = before in _TAILS.get(run[0], "")
    for start in range(ends_a_word, min(len(run), 3)):
        kept, word = run[:start], run[start:]
        if parse_sino(word) is None:
            continue
        if start and not ends_a_word and (len(word) == 1 or _is_about(kept, word, before)):
            break
        return kept, word
    return "", run


def _is_about(kept: str, word: str, before: str) -> bool:
    """Say whether digits that follow each other are one guess (이삼 일); after a final consonant 이 is a particle."""
    digits = parse_digits(kept[-1] + word[0])
    return len(digits) == 2 and int(digits[1]) == int(digits[0]) + 1 and not (kept == "이" and _has_final(before))


def may_follow(word: str, unit: str, last: str) -> bool:
    """Say whether a number may begin right after the syllable `last`."""
    first = word[0]
    if first == "만":
        return last in _BEFORE_ONLY
    if last in _TAILS.get(first, ""):
        return False
    if last in AFTER_A_PARTICLE:
        return True
    if len(word) > 1:
        return pattern("[십백천만억]").search(word) is not None and not (first == "이" and last in _MEASURED)
    if first == "이" or (first in "공영" and unit not in ("퍼센트", "프로")) or (len(unit) == 1 and first in "오구천"):
        return False
    return len(unit) > 1 or unit in ("위층" if first in "일사백" else "년월층등위회분")


def _has_final(syllable: str) -> bool:
    return "가" <= syllable <= "힣" and (ord(syllable) - ord("가")) % 28 != 0


def is_count(text: str, match: re.Match[str]) -> bool:
    """Say whether a native number stands for itself: 예약을 한 시간, but 예약한 시간."""
    number, counter, start = match[1], match[3], match.start()
    follows = text[match.end() : match.end() + 4]
    if match[0] == "세대" and pattern(r"교|차|주|원|수|별|당|가|에|의|형|갈|론|용|를|이|$").match(follows):
        return False
    before = text[start - 1] if start else " "
    if not pattern(HANGUL).match(before):
        return True
    if before in _WORD_TAILS.get(number, ""):
        return False
    if number not in ("한", "네"):
        return match[1] + counter != "두시" or before not in _KEPT_SO
    if number == "네" and (before in AFTER_A_PARTICLE or before in "녁벽낮밤침일날주월요때심"):
        return True
    if number == "한" and before in _BEFORE_ONE:
        return pattern(rf"(?:{_VERBAL})$").search(text[max(0, start - 2) : start]) is None
    if number == "한" and before in _DOERS:
        return False
    if counter == "시":
        return pattern(_AFTER_CLOCK).match(follows) is not None
    if counter == "시간":
        return pattern(_AFTER_HOURS).match(follows) is not None
    return counter in _THINGS or counter == "달"
