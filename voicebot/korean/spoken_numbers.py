"""Spoken numbers to written digits, only where a counter, a unit or a long run of digits makes them certain.

The rules need no spaces: what tells a number from a syllable of a word is what stands before and after it.
"""

import re

from voicebot.korean.numbers import parse_digits, parse_native, parse_sino
from voicebot.korean.patterns import pattern

_D = "공영일이삼사오육륙칠팔구"
_N = f"{_D}십백천만억"
_HANGUL = "[가-힣]"
_NATIVE = r"(?:(?:열|스물|서른|마흔|쉰|예순|일흔|여든|아흔)(?:한|두|세|네|다섯|여섯|일곱|여덟|아홉)?|스무|한|두|세|네|다섯|여섯|일곱|여덟|아홉)"
_NATIVE_STARTS = "한두세네다여아열스서마쉰예"
_NATIVE_COUNTERS = {
    "시간": "표", "개월": "", "군데": "", "가지": "고|말|러|려", "켤레": "", "사람": "", "마리": "", "박스": "", "세트": "", "바퀴": "", "곳": "",
    "시": "작|청|동|장|험|설|도|스|세|민|티|트|내|승|판|절|행|점|각|골|월|끄|키|켜|력|급|라도|아|적|름|바삐|다|킬|킨|범|공|그|네|베|간",
    "개": "월|인(?!가|지|데|거|것|서|네|경|줄|요)|수|선|통|봉|업|정|발|설|최|념|막|별|강|학|시|편|조|화|구리|방|입|척|찰|꿀|나리|운",
    "명": "령|확|칭|함|절|세|단|품|동|성|찰|문|료|쾌|암|분|의",
    "살": "펴|짝|아|리|림|수|던|면|기|지|고|까|았|겠|균",
    "대": "리|기|수|화|구|신|표|행|비|략|형|상|회|답|금|체|장|여|학|중|부|설|물|안|응|우|처|책|문|치|피|교|폭|량|용|박|충|야|과일|어|단|해|두|접|유|요",
    "병": "원|동|행|명|가|실|역|사|자|아",
    "잔": "액|고|소|여|디|돈|류|뜩|해|인",
    "장": "소|비|착|마|치|기|거|애|식|난|점|단|터|군|례|관|롱|바|보|사|학|부|미|면|인|갑|모|판|화|안",
    "권": "한|리|장|유|고|역|위|투|태|총|력|익",
    "달": "라|려|리|러|력|성|인|콤|걀|빛|달|아|았|랐|린|면|란|고나|릴|립|필",
    "배": "터|송|달|우|기|관|선|추|고|상|열|출|정|포|차|경|려|치|낭|수|부|워|웠|급|분|당|면|제|척|합|양|신|짱|후|운|울",
    "짝": "수|꿍|사|퉁",
}  # fmt: skip
"""Counters of native numbers, each with what makes its syllables the beginning of another word."""
_SINO_UNITS = {
    "킬로미터": "", "킬로그램": "", "킬로": "", "키로": "", "미터": "", "리터": "", "센티": "", "밀리": "", "그램": "", "퍼센트": "",
    "프로": "그램|필|젝|모|페|포|세서|세스|야구|토|펠|틴", "만원": "", "원": "래|룸|격", "달러": "", "개월": "", "인분": "", "인치": "", "볼트": "",
    "암페어": "", "호선": "", "시간": "표", "번지": "", "년식": "", "년": "", "월": "요일|급|세|드컵|차|등|간", "일": "곱|요일|본|찍|상|어나|괄|률|체|시불|년|월|주일|회용",
    "주": "차|소|문|유|말|행|세요|시|십|셔|실|신|의|로|변|인|택|민|기|장|요|부|방|식|제|무|최|관|도|거|황|머|는|고|면|었|지|일",
    "분": "당|점|실|야|리|석|배|명|위|류|해|할|홍|쟁|노|양|기|유|필|께|의",
    "초": "과|기|보|록|등|급|대|창|콜|반|밥|인|음", "층": "", "호": "출|텔|수|주|환|의|기|흡|전|스|박|남|응",
    "동": "안|의|영|시|네|일|기|작|승|반|생|창|료|물|전|그|부|산|행|호|남|결|계|양|선|백|력|차|절",
    "회": "사|원|의|전|복|수|피|신|식|계|담|로|장|비|화|관|색|생|오리", "위": "치|반|해|험|로|쪽|급|임|원|약|협|생|조|메|챗|키|젯|장|아래",
    "등": "록|산|유|교|본|받|기|심|굣|푼|뼈", "도": "착|와|움|장|어|시|구|면|색|난|서|입|매|무|망|배|중|전|청|용|심|대체|저히|둑|달|표|해|출|리",
    "평": "일|가|균|소|생|점|면|화|지|택|판|론|상", "세": "차|요|트|금|일|탁|부|시|무|팅|상|제|척|개|명|워|웠|우|정|계|균|기|미|면|관|월|배|안|뱃|대|번|분|달|장|가지|살|곳|군데|사람",
    "박": "스|람|수|물|사|아|았|혀|힌|살|자|탈|해|지|차|힐|은|고", "시": "작|청|동|장|험|설|도|스|세|선|민|티|트|내|승|판|절|행|점|각|골|월|끄|키|켜|력|급|나|는|고|면|겠|죠|려|네|라|던|길|기|지|다|어|었|킬|킨|간|오|원",
    "km": "", "kg": "", "cc": "", "cm": "", "mm": "", "l": "", "ml": "", "psi": "",
}  # fmt: skip
"""Units of sino numbers, each with what makes its syllables the beginning of another word."""


def _guarded(units: dict[str, str]) -> str:
    ordered = sorted(units.items(), key=lambda item: -len(item[0]))
    return "|".join(f"{unit}(?!{others})" if others else unit for unit, others in ordered)


_COUNTERS, _UNITS = _guarded(_NATIVE_COUNTERS), _guarded(_SINO_UNITS)

_AMBIGUOUS = frozenset({
    "이주", "이동", "이번", "사회", "사원", "이원", "이월", "구월", "이층", "일회", "이회", "오도", "이도", "사도", "일도", "이분", "오분", "구분",
    "일원", "구원", "사세", "이세", "구호", "일등", "이등", "오일", "이일", "일일", "사일", "구일", "삼일", "이년", "일년", "조회", "구회",
    "일주", "사주", "구주", "오주", "이시", "일시", "사시", "구시", "이호", "일호", "오호", "사호", "사위", "이위", "구도", "구동", "일동", "사동",
    "일박", "이박", "구박", "만도", "만일", "만세", "천도", "백일", "만월", "만년", "천년", "백년", "백년식", "오동", "삼동", "일초", "이초",
    "구층", "사층", "육회", "사등", "구등", "만주", "백주", "천주", "만호", "백호", "천호", "천일", "천등", "만회", "백회", "만분", "사분", "팔도",
    "삼도", "사인치", "공원", "공일", "공동", "공주", "공시", "공도", "공회", "공평", "영월", "영주", "영동", "영원", "영도", "구평", "만평", "일평",
    "이평", "사평", "천평", "백도", "조도", "칠월", "만시", "백세", "천세", "공인치", "일분", "십분", "십일", "십이", "일월", "일세", "조세",
    "공세", "공위", "이프로", "오프로", "공호", "백동", "천동", "만동", "백분", "천분", "십시", "백시", "십년", "십월",
})  # fmt: skip
"""Words that also read as number and unit: they stay words when glued, and one digit stays a word even apart."""
_AFTER_A_PARTICLE = frozenset("에은는을를가도로서면고요지데랑까터쯤후전뒤총딱월년시점만달난근한")
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
_CERTAIN = (
    ("(십|오|일)분", "뒤|후|전|정도|만에|쯤|안에|이내|거리|걸|늦|일찍|간|남|지나|지각"),
    ("(일|이|오)년", "간|전|된|됐|뒤|후|동안|만에|정도|넘|째|할부|보증|무상|탔|약정|지났"),
    ("(일|이|삼|사)주", "뒤|후|전|동안|정도|만에|째|안에|이내"),
    ("(이|삼|사)일", "뒤|후|동안|정도|만에|째|이내|안에"),
    ("(일|이|구|칠)월", "에|달에|말|초|중순|부터|까지"),
    ("(이|사|구)층", "에|이|인|은|으로|까지|버튼|주차|매장|접수|$"),
    ("(일|이)주일", ""),
)
"""Words that are numbers all the same where these follow."""
_ONE_HOUR = "전|으로|마다|걸|뒤|후|만|쯤|정도|늦|일찍|빨|미뤄|미루|미룰|당겨|당길|앞당|더|이상|이내|반|씩|짜리|동안|마다|넘|남|이르|지각|지연|에얼마|안에|먼저|있다|이따|지나|지났|가까이|단위|주차|은넘"
_DOERS = frozenset(
    "약문말편정원속통의력청경택망확능천합당제매진획석부운락조별요간순비용착작록끗튼리절급강심상양렴명결밀건월행입출감"
)
"""The syllables before 한 that make it 하다's form: 예약한, 편한, 다양한."""
_RUN_WORDS = frozenset({"이사일이", "이사이사", "일일이일", "구구이이"})


def to_written(text: str) -> str:
    """Return `text` (lower case, with or without spaces) with its numbers in one written form: 50000킬로, 2시30분."""
    return spoken_to_written(one_written_form(text))


def one_written_form(text: str) -> str:
    """Return `text` with the numbers that are written already in one form: 5만km is 50000킬로, 2:30 is 2시30분."""
    return _one_unit_name(_written_numbers(text))


def spoken_to_written(text: str) -> str:
    """Return `text` with its spoken numbers written."""
    if pattern(f"[{_N}유{_NATIVE_STARTS}]").search(text):
        text = _native_counts(_sino_amounts(_digit_runs(text)))
    return _one_unit_name(_minutes(text))


def _written_numbers(text: str) -> str:
    """Return written numbers without separators, 만 and 억 multiplied out, clock times as N시M분."""
    if not pattern(r"\d|영하").search(text):
        return text
    text = pattern(r"(?<=\d),(?=\d{3}(?!\d))").sub("", text)
    text = pattern(r"[₩￦]\s*(\d[\d.]*)").sub(r"\1원", text)
    text = pattern(r"(?<![\d:])([01]?\d|2[0-4]):([0-5]\d)(?![\d:])").sub(_clock, text)
    text = pattern(r"(?<![\d-])(0\d{1,2}|1[5-9]\d\d)[-. ](\d{3,4})[-. ]?(\d{4})?(?![\d-])").sub(r"\1\2\3", text)
    text = pattern(r"(?<=\d)[~∼〜-](?=\d)").sub("~", text)
    text = pattern(r"(?:영하\s*|(?<![\w])-\s*)(\d+(?:\.\d+)?)\s*(?:도|℃|°c)").sub(r"영하\1도", text)
    amount = r"(?<!\d)\d{1,12}(?:\.\d{1,6})?\s?(?:[십백천]?[만억]|[백천])"
    return pattern(rf"{amount}(?:\s?{amount})*(?:\s?\d{{1,8}}(?![\d.]))?(?!큼)").sub(_multiplied, text)


def _clock(match: re.Match[str]) -> str:
    minute = int(match[2])
    return f"{int(match[1])}시" + (f"{minute}분" if minute else "")


def _multiplied(match: re.Match[str]) -> str:
    """Return 12만 5천 as 125000."""
    total = 0.0
    for number, unit in pattern(r"(\d+(?:\.\d+)?)\s?([십백천]?[만억]?)").findall(match[0]):
        scale = 1
        for char in unit:
            scale *= {"십": 10, "백": 100, "천": 1000, "만": 10**4, "억": 10**8}[char]
        total += float(number) * scale
    return f"{round(total)}"


def _digit_runs(text: str) -> str:
    """Return syllables read digit by digit as digits: one word of four or more, or seven over several words."""
    run = rf"(?<!\d)[{_D}\d]+(?:(?:(?:에|다시|의)?[\s-]+|(?<=[{_D}]{{3}})(?:에|다시|의)(?=[{_D}]{{3}}))[{_D}\d]+)*"

    def written(match: re.Match[str]) -> str:
        before = text[match.start() - 1 : match.start()] if match.start() else ""
        words = pattern(r"(?:에|다시|의)?[\s-]+|에|다시|의").split(match[0])
        if all(word.isdigit() for word in words) or any(pattern(r"\d[^\d]|[^\d]\d").search(word) for word in words):
            return match[0]  # in 20일이요 the syllable after the digits is the day's unit
        count = sum(map(len, words))
        if pattern(_HANGUL).match(before) and not (
            before in _AFTER_A_PARTICLE - frozenset("월년시점달난근한만")
            or (count >= 7 and words[0][0] == "공")
            or pattern("(?:자리|번호)$").search(text[max(0, match.start() - 2) : match.start()])
        ):
            return match[0]
        certain = count >= 7 and (max(map(len, words)) >= 3 or max(map(len, words)) == 1)
        if (not certain and not (len(words) == 1 and count >= 4)) or match[0] in _RUN_WORDS:
            return match[0]
        tail = _trailing_particle(text, match.end(), words[-1])
        digits = "".join(word if word.isdigit() else parse_digits(word) for word in words)
        if len(words) == 1 and digits.startswith("010"):
            tail = match[0][11:] or tail
        return digits[: len(digits) - len(tail)] + tail

    return pattern(run).sub(written, text)


def _trailing_particle(text: str, end: int, last_word: str) -> str:
    """Return the 이 of 이에요, 이고, 입니다 … that only looks like a last digit."""
    follows = pattern(r"에요|예요|고|라|구요|요|야|죠|거든|$").match(text, end)
    return "이" if follows and last_word.endswith("이") and follows[0] else ""


def _sino_amounts(text: str) -> str:
    """Return sino readings in front of a unit as digits: 오만 킬로 is 50000킬로."""
    text = pattern(r"영하\s?([일이삼사오육칠팔구십]{1,3})\s?도").sub(lambda match: f"영하{_value(match[1])}도", text)
    month_day = rf"((?<!\d)\d{{1,2}}|[일이삼사오육칠팔구십]{{1,2}}|(?<!{_HANGUL})[유시])월\s?([일이삼사오육칠팔구십]{{1,4}})\s?일(?!곱|요일)"
    text = pattern(month_day).sub(_month_day, text)
    for words, follows in _CERTAIN:
        ahead = f"(?={follows})" if follows else ""
        glued = rf"(?:(?<!{_HANGUL})|(?<=[{''.join(sorted(_AFTER_A_PARTICLE))}])){words}{ahead}"
        text = pattern(glued).sub(lambda match: f"{_value(match[1])}{match[0][1:]}", text)
    sino = rf"(?<![\d.])([{_N}]{{1,16}}(?:\s[{_N}]{{1,8}}){{0,3}})(\s?)({_UNITS})"
    return pattern(sino).sub(_sino_amount, text)


def _value(word: str) -> str:
    value = parse_sino(word)
    return word if value is None else str(value)


def _month_day(match: re.Match[str]) -> str:
    month = {"유": 6, "시": 10}.get(match[1]) or (int(match[1]) if match[1].isdigit() else parse_sino(match[1]))
    day = parse_sino(match[2])
    if not month or month > 12 or not day or day > 31:
        return match[0]
    return f"{month}월{day}일"


def _sino_amount(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1] if match.start() else " "
    kept, word = _number_of(match[1].replace(" ", ""), before)
    gap, unit = match[2], match[3]
    value = parse_sino(word)
    if value is None or (word + unit in _AMBIGUOUS and (not gap or len(word) == 1)):
        return match[0]
    if not kept and pattern(_HANGUL).match(before) and not _may_follow(word, unit, before):
        return match[0]
    return kept + (f"{value * 10000}원" if unit == "만원" else f"{value}{unit}")


def _number_of(run: str, before: str) -> tuple[str, str]:
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


def _may_follow(word: str, unit: str, last: str) -> bool:
    """Say whether a number may begin right after the syllable `last`."""
    first = word[0]
    if first == "만":
        return last in _BEFORE_ONLY
    if last in _TAILS.get(first, ""):
        return False
    if last in _AFTER_A_PARTICLE:
        return True
    if len(word) > 1:
        return pattern("[십백천만억]").search(word) is not None and not (first == "이" and last in _MEASURED)
    if first == "이" or (first in "공영" and unit not in ("퍼센트", "프로")) or (len(unit) == 1 and first in "오구천"):
        return False
    return len(unit) > 1 or unit in ("위층" if first in "일사백" else "년월층등위회분")


def _has_final(syllable: str) -> bool:
    return "가" <= syllable <= "힣" and (ord(syllable) - ord("가")) % 28 != 0


def _native_counts(text: str) -> str:
    """Return native counts as digits: 두 시 is 2시, 세 개 is 3개."""
    count = rf"(?<!\d)({_NATIVE})(\s?)({_COUNTERS})"

    def written(match: re.Match[str]) -> str:
        value, counter = parse_native(match[1]), match[3]
        if value is None or (counter == "시" and value > 24) or not _is_count(text, match):
            return match[0]
        return f"{value}{counter}"

    return pattern(count).sub(written, text)


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
_BEFORE_ONE = frozenset("에은는을를도로서면고요데까터쯤후전뒤총딱가이랑")
_AFTER_HOUR = "예약|에|로|부터|까지|반|쯤|랑|하고|정도|이후|전"
_THINGS = frozenset(("개", "짝", "장", "켤레", "명", "대", "병", "잔", "마리", "박스", "세트"))


def _is_count(text: str, match: re.Match[str]) -> bool:
    """Say whether a native number stands for itself: 예약을 한 시간, but 예약한 시간."""
    number, counter, start = match[1], match[3], match.start()
    follows = text[match.end() : match.end() + 4]
    if match[0] == "세대" and pattern(r"교|차|주|원|수|별|당|가|에|의|형|갈|론|용|를|이|$").match(follows):
        return False
    before = text[start - 1] if start else " "
    if not pattern(_HANGUL).match(before):
        return True
    if before in _WORD_TAILS.get(number, ""):
        return False
    if number not in ("한", "네"):
        return match[1] + counter != "두시" or before not in _KEPT_SO
    if number == "네" and (before in _AFTER_A_PARTICLE or before in "녁벽낮밤침일날주월요때심후전"):
        return True
    if number == "한" and before in _BEFORE_ONE:
        return pattern(rf"(?:{_VERBAL})$").search(text[max(0, start - 2) : start]) is None
    if number == "한" and before in _DOERS:
        return False
    if counter == "시":
        return pattern(_AFTER_HOUR).match(follows) is not None
    if counter == "시간":
        return pattern(_ONE_HOUR).match(follows) is not None
    return counter in _THINGS or counter == "달"


def _minutes(text: str) -> str:
    """Return what follows an hour in digits: 2시 삼십 분 and 2시 반 are 2시30분."""
    spoken = r"(?<!\d)(\d{1,2}시\s?)([일이삼사오육칠팔구십]{1,4})(\s?분)"
    text = pattern(spoken).sub(lambda match: f"{match[1]}{_value(match[2])}{match[3]}", text)
    return pattern(r"(?<=\d시)\s?반(?!찬|납|도체|영|드시|응|환|려|짝|품|복|말|갑|값|대)").sub("30분", text)


_UNIT_NAMES = (
    (r"(?<=\d)\s?(?:km|킬로미터|키로미터|키로)(?![a-z])", "킬로"),
    (r"(?<=\d)\s?(?:%|프로(?!그램|필|젝|모|페|포|세서|세스|야구|토|펠|틴)|퍼센트)", "퍼센트"),
    (r"(?<=\d)\s?(?:kg|킬로그램)(?![a-z])", "킬로그램"),
    (r"(?<=\d)\s?(?:l|ℓ|리터)(?![a-z])", "리터"),
    (r"(?<=\d)\s?(?:℃|°c)", "도"),
)


def _one_unit_name(text: str) -> str:
    """Return units after a number under one name: km and 키로 are 킬로."""
    if not pattern(r"\d").search(text):
        return text
    for source, name in _UNIT_NAMES:
        text = pattern(source).sub(name, text)
    return text
