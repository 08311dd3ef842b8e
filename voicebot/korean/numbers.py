"""Korean number words: sino (일 이 삼), native (하나 둘 셋) and digit by digit (공일공)."""

SINO_DIGITS = "영일이삼사오육칠팔구"
PHONE_DIGITS = "공일이삼사오육칠팔구"
MAX_SINO = 10**16
"""Numbers from here on (10,000 조) are read digit by digit."""

_SMALL = ("", "십", "백", "천")
_MYRIADS = ("", "만", "억", "조")
_NATIVE_ONES = ("", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉")
_NATIVE_TENS = ("", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔")

_DIGIT_VALUES = {
    "공": 0, "영": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6, "칠": 7, "팔": 8, "구": 9,
}  # fmt: skip
_POWER_VALUES = {"십": 10, "백": 100, "천": 1000}
_MYRIAD_VALUES = {"만": 10**4, "억": 10**8, "조": 10**12}
_NATIVE_VALUES = {word: value for value, word in enumerate(_NATIVE_ONES) if word}
_NATIVE_TEN_VALUES = {word: value * 10 for value, word in enumerate(_NATIVE_TENS) if word}


def sino(number: int) -> str:
    """Return the sino-Korean reading, a space after each 만, 억 and 조: 125000 is 십이만 오천."""
    if number == 0:
        return "영"
    if number >= MAX_SINO:
        return digit_by_digit(str(number))
    groups: list[str] = []
    for myriad in _MYRIADS:
        number, group = divmod(number, 10000)
        if not group:
            continue
        word = _sino_group(group) + myriad
        groups.append("만" if word == "일만" and not number else word)
    return " ".join(reversed(groups))


def _sino_group(group: int) -> str:
    """Return the reading of 1-9999, where a leading one of 십, 백 and 천 is silent."""
    word = ""
    for power in (3, 2, 1, 0):
        digit = group // 10**power % 10
        if digit:
            word += ("" if digit == 1 and power else SINO_DIGITS[digit]) + _SMALL[power]
    return word


def native(number: int) -> str:
    """Return the native form used before a counter for 1-99 (한, 두, 스무, 스물한); sino elsewhere."""
    if not 1 <= number <= 99:
        return sino(number)
    if number == 20:
        return "스무"
    tens, ones = divmod(number, 10)
    return _NATIVE_TENS[tens] + _NATIVE_ONES[ones]


def decimal(text: str) -> str:
    """Return the reading of a plain number with an optional fraction: 3.14 is 삼 점 일사."""
    whole, _, fraction = text.replace(",", "").partition(".")
    read = sino(int(whole)) if len(whole) <= 16 else digit_by_digit(whole)
    if not fraction:
        return read
    return f"{read} 점 {''.join(SINO_DIGITS[int(digit)] for digit in fraction)}"


def digit_by_digit(text: str) -> str:
    """Return each digit's telephone reading (0 is 공); other characters become one space."""
    words: list[str] = []
    for char in text:
        if "0" <= char <= "9":
            words.append(PHONE_DIGITS[int(char)])
        elif words and words[-1] != " ":
            words.append(" ")
    return "".join(words).strip()


def parse_sino(word: str) -> int | None:
    """Return the value of a sino reading such as 십이만오천; None when it is not a well-formed one."""
    total = group = 0
    digit: int | None = None
    last_power, last_myriad = 10**4, 10**16
    for char in word:
        if char in _DIGIT_VALUES:
            if digit is not None:
                return None
            digit = _DIGIT_VALUES[char]
        elif char in _POWER_VALUES:
            power = _POWER_VALUES[char]
            if power >= last_power or digit == 0:
                return None
            group, digit, last_power = group + (digit or 1) * power, None, power
        elif char in _MYRIAD_VALUES:
            myriad = _MYRIAD_VALUES[char]
            if myriad >= last_myriad:
                return None
            total += (group + (digit or 0) or 1) * myriad
            group, digit, last_power, last_myriad = 0, None, 10**4, myriad
        else:
            return None
    return total + group + (digit or 0) if word else None


def parse_native(word: str) -> int | None:
    """Return the value of a native counting form (한, 열두, 스무, 스물한); None for anything else."""
    if word == "스무":
        return 20
    for tens, value in _NATIVE_TEN_VALUES.items():
        if word.startswith(tens):
            rest = word[len(tens) :]
            return value + _NATIVE_VALUES[rest] if rest in _NATIVE_VALUES else value if not rest else None
    return _NATIVE_VALUES.get(word)


def parse_digits(word: str) -> str:
    """Return the written digits of syllables read one by one: 공일공 is 010."""
    return "".join(str(_DIGIT_VALUES[char]) for char in word if char in _DIGIT_VALUES)
