"""What a turn asks to be done about a booking: a new one, another day, none at all, or only how bookings work."""

from voicebot.chat.commands import squeezed
from voicebot.chat.slots import Reading
from voicebot.korean.patterns import pattern

_CHANGE = "변경|바꾸|바꿔|바꿀|옮기|옮겨|옮길|미루|미뤄|미룰|당기|당겨|당길|늦추|늦춰|조정"
_CANCEL = "취소|캔슬"
_CANNOT_COME = r"못(?:가|갈|올|간|오)(?!면)"
_NEW = r"예약(?!한(?!시)|했|하신|된|돼있|되어있|됐|인데|건(?!너)|날|문자|금(?!요일)|번호|안|을안|은안|은됐|은필요|필요없|없이|시간|일(?!요일|주)|변경|취소|확인|조회|하면|하고싶지|에(?!약|어컨))"
"""The word 예약 where it is no booking that was made."""
_NOW = r"지금(?:바로|당장)?(?:갈게|갈께|갈라|가도|가면|가려|갑니다|간다|가께|출발)"
_MADE = r"예약(?:은|을)?(?:했는|한(?!다)|해놨|해놓|해뒀|해둔|되어있|돼있|했거든)"
_NONE_AFTER_ALL = r"예약(?:은|을|도|까지|까지는)?(?:그냥|굳이|지금|아직|따로)?(?:안할(?!수)|안하겠|안하려|안하고싶|안한다|안해요$|필요없(?!이)|됐어|관둘|관두|하지않을|하고싶지않)"
_KEEP = r"취소(?:는|를|도)?(?:안|하지|말고|말래|아니)|안취소|그냥(?:둘|두|놔|갈|가)|그대로(?:둘|두|놔|할|해|갈)"
"""Who says so while cancelling does not cancel."""
_CHOICE = r"로(?:좀|다시|그냥)?(?:할게|할래|할라|할랍|할까|해줘|해주|해요|바꿔|바꿀|변경|하겠|부탁|갈게|잡아|옮겨|옮길)"
"""After a day, an hour or a branch: that one is wanted, whatever else the turn says."""
_NOT_NEW = f"{_CHANGE}|{_CANCEL}|확인|조회|문자"
_WISH = r"하고싶|하려|할[게께]|할래|할라|해주|해줘|부탁|잡아|잡고|잡을|하겠|이?요?$|은요?$|할수있|돼요?$|되나요?$|되죠$|되지요?$|될까요?$|가능|신청|이?라(?:니까|고|구)요?$"
_RULE = r"몇번|수수료|얼마|언제까지|위약금|벌금|예약금|필요해|없이|대신|확정|전까지|미리"
_WORK_WISH = (
    r"(?:하|받|갈|맡기|바꾸|교체하|교환하|고치|넣|때우)(?:고[싶십]|려고|려는|려구|러갈|러가|고시포)|(?:해|갈아|바꿔|고쳐|교체해|교환해|때워)(?:주세요|주실래|주이소|줘)"
    r"|(?:맡길|받을|할|갈|바꿀)(?:게|래|라고|랍니다)|(?:받아|갈아|바꿔|해)야(?:되는데|하는데|돼서|해서|겠|되겠|하겠|할것)"
)
"""The caller wants the work that was named."""
_COMING = r"가도(?:되|돼)|갈수|가면(?:되|돼)|가능|(?:되|될)(?:나|죠|지|까|는교|능교)|돼요?$|돼$|갈게|갈려고|가려고|가고싶|들를게|할수있|해주|하고싶"
"""The caller wants to come on the day that was named."""
_PAST = r"[았었했갔왔났됐봤](?:는데|어요|어|다|거든|더니|습니다|던|죠)"
_BOTH = r"(?:둘|두개|두가지|셋)(?:을|를)?다|둘모두|전부|모두"


def requested(text: str) -> str:
    """Return the booking intent that `text` plainly asks to be done, or an empty string."""
    key = squeezed(text).rstrip("?")
    if is_rule_question(text) or "예약" not in key:
        return ""
    for intent, words in (("booking_cancel", _CANCEL), ("booking_change", _CHANGE)):
        if pattern(words).search(key):
            return intent
    if pattern(_CANNOT_COME).search(key):
        return "booking_change"
    if not pattern(_NOT_NEW).search(key) and pattern(rf"예약(?:을|은|도|좀|한번|하나)*(?:{_WISH}|$)").search(key):
        return "booking_new"
    return ""


def is_booking(text: str, reading: Reading) -> bool:
    """Say whether a turn names a booking and something for it, in any order: "세차 예약 강남점 내일 두 시로"."""
    key = squeezed(text).rstrip("?")
    is_other = (
        reading.is_question
        or is_rule_question(text)
        or pattern(f"{_CHANGE}|{_CANCEL}|확인|조회|문자|{_PAST}").search(key)
    )
    return bool(pattern(_NEW).search(key)) and not is_other and not reading.is_empty


def wants_none(text: str) -> bool:
    """Say whether the caller will make no booking: "예약은 안 할래요"."""
    return bool(pattern(_NONE_AFTER_ALL).search(squeezed(text)))


def comes_now(text: str) -> bool:
    """Say whether the caller sets out without a booking: "지금 갈게요"."""
    return bool(pattern(_NOW).search(squeezed(text)))


def adds_to_booking(text: str, reading: Reading) -> bool:
    """Say whether more work is wanted in a booking that was made before this talk."""
    return reading.is_addition and bool(pattern(_MADE).search(squeezed(text)))


def cannot_come(text: str) -> bool:
    """Say whether the caller cannot come when a booking was made for."""
    return bool(pattern(_CANNOT_COME).search(squeezed(text)))


def other_request(text: str, intent: str) -> str:
    """Return the request that the caller would rather make than `intent`, or an empty string.

    Changing and cancelling are two ways out of the same booking: "취소하지 말고 금요일로 옮겨 주세요".
    """
    key = squeezed(text)
    if intent == "booking_cancel" and pattern(_CHANGE).search(key):
        return "booking_change"
    if intent == "booking_change" and pattern(_CANCEL).search(key) and not pattern(_KEEP).search(key):
        return "booking_cancel"
    return ""


def revised(text: str, reading: Reading, *, is_fresh: bool) -> str:
    """Return what the caller wants of the booking that was just made: to change or to cancel it, or an empty string.

    Args:
        text: The turn.
        reading: What it says about a booking.
        is_fresh: Nothing else was talked about since.
    """
    key = squeezed(text).rstrip("?")
    if is_rule_question(text) or reading.is_question:
        return ""
    if pattern(rf"(?:{_CANCEL})(?:할|해|하|요?$|좀)").search(key) and not pattern(_KEEP).search(key):
        return "booking_cancel"
    if reading.is_empty:
        is_change = pattern(rf"(?:예약|시간|날짜|날|지점)\S{{0,4}}(?:{_CHANGE})").search(key)
        return "booking_change" if is_change else ""
    wants_other = is_choice(text) or reading.is_addition or pattern(_CHANGE).search(key)
    return "booking_change" if "예약" not in key and (wants_other or (is_fresh and reading.is_bare)) else ""


def is_wanted(text: str, reading: Reading, *, has_service: bool) -> bool:
    """Say whether a turn without the word 예약 asks to book all the same: "내일 오후 세 시에 엔진오일이요".

    Args:
        text: The turn.
        reading: What it says about a booking.
        has_service: It names what is to be done, or the talk before did.
    """
    key = squeezed(text).rstrip("?")
    if reading.is_question or is_rule_question(text) or pattern(f"{_PAST}|{_NOT_NEW}|예약").search(key):
        return False
    has_day = bool(reading.dates or reading.span or ":" in reading.time)
    if has_day and sum(map(bool, (reading.service, reading.branch, reading.dates, ":" in reading.time))) > 1:
        return True
    if has_day and has_service and pattern(_COMING).search(key):
        return True
    if reading.branch and has_service and (is_choice(text) or pattern(_COMING).search(key)):
        return True
    return bool(reading.service) and bool(pattern(_WORK_WISH).search(key))


def wants_both(text: str) -> bool:
    """Say whether all that was talked about is meant: "둘 다 예약할게요"."""
    return bool(pattern(_BOTH).search(squeezed(text)))


def is_cancelling(text: str) -> bool:
    """Say whether something is to be cancelled."""
    return bool(pattern(_CANCEL).search(squeezed(text)))


def keeps_booking(text: str) -> bool:
    """Say whether the caller would rather leave a booking as it is."""
    return bool(pattern(_KEEP).search(squeezed(text)))


def is_choice(text: str) -> bool:
    """Say whether the caller settles on something: "금요일로 할게요"."""
    return bool(pattern(_CHOICE).search(squeezed(text)))


def is_rule_question(text: str) -> bool:
    """Say whether a turn about bookings asks how they work instead of asking for one."""
    return bool(pattern(_RULE).search(squeezed(text)))
