"""What a turn is about: services that can be booked, other things that have a price or take time, and warning lights."""

from voicebot.korean.patterns import pattern

SERVICES = {
    "엔진오일 교환": r"엔진\s*(?:오\s*일|기름)|(?<![가-힣])(?<!브레이크 )(?<!미션 )(?<!감속기 )오일(?!\s*경고)|(?<!떨어진 )기름\s*(?:을|좀)?\s*(?:갈|교환)|engine\s*oil|oil\s*change",
    "미션오일 교환": r"미션\s*오일",
    "타이어 위치 교환": r"위치\s*교환",
    "휠 얼라인먼트": r"얼라인먼트|얼라이먼트",
    "펑크 수리": r"펑크|빵꾸|때[우워]|못\s*(?:이|에|을)?\s*박",
    "타이어 교체": r"타이[어야아여]|[네두24]\s*짝|\btires?\b",
    "배터리 교체": r"배터리|밧데리|빠[떼때]리|\bbattery\b",
    "브레이크액 교환": r"브레이크\s*(?:액|오일)",
    "브레이크 정비": r"브레이크(?!\s*(?:액|오일))|브레[끼키]|패드|\bbrakes?\b",
    "자동차 검사": r"(?:자동차|정기|종합)\s*검사|(?<![가-힣])검사",
    "실내 클리닝": r"실내\s*(?:클리닝|크리닝|청소|세차)|실내(?=\s*(?:도|랑|하고|까지|만|요|$))",
    "광택": r"광택",
    "유리막 코팅": r"유리막|(?<!발수 )코팅",
    "세차": r"(?<!실내 )(?<!실내)세차|\bcar\s*wash\b",
    "에어컨 점검": r"에어[컨콘]",
    "와이퍼 교체": r"와이퍼",
    "냉각수 교환": r"냉각수|부동액",
    "사고 수리": r"판금|도색|사고\s*수리",
    "경고등 진단": r"경고등",
    "전기차 점검": r"전기차",
    "종합 점검": r"점검|정비",
}
"""Bookable services by their spoken names."""
GENERAL_CHECK = "종합 점검"
_GENERAL = ("전기차 점검", GENERAL_CHECK)
"""They count only where nothing else is named: "전기차 타이어", "배터리 점검"."""
_EV_BATTERY = r"전기차\S*\s*(?:배터리|밧데리)"
"""It is checked and not replaced."""
_KINDS_OF_TIRE_WORK = ("타이어 위치 교환", "휠 얼라인먼트", "펑크 수리")
_TIRES_AS_WELL = r"타이어\s*(?:랑|하고|와|도|교체|교환|갈)"
_OTHER_THINGS = {
    "픽업": r"픽업|탁송|가지러\s*[와오]",
    "대차": r"대차|탈\s*차|차\s*(?:를|좀)?\s*빌|렌트",
    "충전": r"(?<!가스 )(?<!가스)충전",
    "견인": r"견인|[레렉]카",
    "할부": r"할부|무이자",
    "카드 번호": r"카드\s*번호",
    "쿠폰": r"쿠폰",
    "포인트": r"포인트|적립",
    "주차": r"주차(?!\s*브레이크|된|해)",
    "대행": r"대행",
    "공임": r"공임",
}
_LIGHTS = {
    "엔진": r"엔진",
    "오일": r"주전자|오일|기름",
    "배터리": r"배터리|밧데리",
    "공기압": r"공기압|말굽|타이어",
    "브레이크": r"브레이크",
    "온도": r"온도|수온|냉각수",
    "에어백": r"에어백",
    "미끄럼": r"미끄",
    "정비": r"스패너|렌치",
    "빨강": r"빨[간강갛]",
    "노랑": r"노[란랑랗]|주황",
}
_OF_ELECTRIC_CARS = {
    "충전": r"충전", "하이브리드": r"하이브리드", "오일": r"오일|감속기", "타이어": r"타이어", "배터리": r"배터리|밧데리", "필터": r"필터",
}  # fmt: skip
_OF_OIL = {"고급": r"고급|합성유|좋은", "필터": r"필터", "보충": r"보충", "누유": r"누유|새[는요]|떨어"}
_SIGNS = {"warning_light": _LIGHTS, "ev_care": _OF_ELECTRIC_CARS, "engine_oil": _OF_OIL}
"""What tells the questions of an intent apart, where it is not the service."""
_COLOURS = frozenset({"빨강", "노랑"})
_NOT_OF_CARS = (
    r"(?:휴대폰|핸드폰|스마트폰|노트북|자전거|킥보드|오토바이|보청기|시계|리모컨|건강|신체|병원|혈액)\S*\s*\S*"
)
_OF_INTENT = {
    "engine_oil": "엔진오일 교환", "tire": "타이어 교체", "battery": "배터리 교체", "brake": "브레이크 정비",
    "inspection": "자동차 검사", "car_wash": "세차", "warning_light": "경고등 진단", "ev_care": "전기차 점검",
}  # fmt: skip
ONE_SERVICE = ("emergency",)
"""Intents whose answers are all about one service, whatever thing they name."""


def read_service(text: str) -> str:
    """Return the services that `text` names in the order they are said, joined by commas."""
    places = {name: match.start() for name, source in SERVICES.items() if (match := pattern(source).search(text))}
    found = sorted(places, key=places.__getitem__)
    if "경고등 진단" in found:
        return "경고등 진단"
    if set(found) & set(_KINDS_OF_TIRE_WORK) and not pattern(_TIRES_AS_WELL).search(text):
        found = [name for name in found if name != "타이어 교체"]
    if pattern(_EV_BATTERY).search(text):
        found = ["전기차 점검" if name == "배터리 교체" else name for name in found if name not in _GENERAL]
        return ", ".join(found)
    special = [name for name in found if name not in _GENERAL]
    return ", ".join(special or found[:1])


def service_of(intent: str, question: str) -> str:
    """Return the one service that an answer is about: the question's, else the intent's; empty when there is none."""
    named = read_service(question)
    return named if named and "," not in named and named != GENERAL_CHECK else _OF_INTENT.get(intent, "")


def things_in(text: str, intent: str = "") -> frozenset[str]:
    """Return what `text` is about, in the words that tell the questions of `intent` apart."""
    if intent in _SIGNS:
        signs = frozenset(name for name, source in _SIGNS[intent].items() if pattern(source).search(text))
        return (signs - _COLOURS) or signs
    text = pattern(_NOT_OF_CARS).sub(" ", text)
    found = {name for name in read_service(text).split(", ") if name and name != GENERAL_CHECK}
    found |= {name for name, source in _OTHER_THINGS.items() if pattern(source).search(text)}
    return frozenset(found - {"전기차 점검"} if "충전" in found else found)


def spoken_thing(service: str) -> str:
    """Return what a service is done to, where its name says it in one word: 엔진오일 of 엔진오일 교환."""
    thing, _, work = service.rpartition(" ")
    return thing if thing and " " not in thing and work in ("교환", "교체", "정비", "진단") else service
