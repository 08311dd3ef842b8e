"""What two questions must agree on: opposites, times, question words, kinds of act, numbers.

A facet is a set of values that exclude each other, such as 켜다 and 끄다. The verifier learns what a difference in each
facet means; the guards in `verifier.py` name some of them.
"""

import re
from collections.abc import Iterable
from functools import cache

from voicebot.nlu.lexicon import Word

_OPPOSITES = """
weekday: 월요일 월욜 | 화요일 화욜 | 수요일 수욜 | 목요일 목욜 | 금요일 금욜 | 토요일 토욜 | 일요일 일욜 주일날 | 주말 | 평일 주중 | 공휴일 빨간날 휴일 | 명절
day: 어제 전날 | 오늘 금일 당일 | 내일 명일 낼 | 모레 | 그저께 그제 | 글피
part: 새벽 | 아침 오전 | 점심 정오 낮 | 오후 | 저녁 | 밤 야간 심야
week: 이번주 금주 | 다음주 차주 | 지난주 저번주
month: 이번달 이달 | 다음달 | 지난달 저번달
season: 봄 | 여름 | 가을 | 겨울
tense: 지난 저번 이전 작년 | 이번 올해 현재 지금 | 다음 내년
order: 첫 처음 먼저 우선 1순위 | 마지막 막 나중 끝
edge: 시작 개시 시작하 열리 | 끝 종료 끝나 마치 마감 종영 닫히
before: 전 이전 | 후 뒤 이후 다음
switch: 켜 점등 가동 온 켜지 틀 작동 | 끄 꺼 소등 오프 꺼지 정지
door: 열 개방 오픈 | 닫 잠그 닫히
level: 올리 높이 키우 늘리 증가 상향 늘어나 오르 올라가 | 내리 낮추 줄이 감소 하향 줄 줄어들 내려가 떨어지
trade: 사 구매 구입 매수 | 팔 판매 매도
lend: 빌리 대여 대출 렌트 | 반납 갚 돌려주
put: 넣 추가 포함 더하 | 빼 제거 삭제 제외 지우 없애 꺼내
member: 등록 가입 신청 개설 | 해지 탈퇴 철회 폐기
booking: 예약 예매 잡 | 취소 무르 환불 | 변경 바꾸 옮기 미루 당기 수정 | 확인 조회
start: 시작 재개 계속 | 중지 중단 그만 멈추 정지
wear: 입 신 쓰 끼 | 벗
push: 밀 | 당기 끌
leave: 맡기 | 찾 찾아가 수령
send: 보내 부치 발송 전송 송금 | 받 수신 수령
travel: 출발 떠나 출국 | 도착 입국
way: 가 가는 | 오
gate: 입구 입장 입고 들어가 | 출구 퇴장 출고 나가 나오
side: 왼쪽 좌측 왼편 | 오른쪽 우측 오른편
height: 위 위쪽 상단 위층 | 아래 아래쪽 하단 밑 아래층
depth: 앞 앞쪽 전면 앞바퀴 앞좌석 | 뒤 뒤쪽 후면 뒷바퀴 뒷좌석
inside: 안쪽 실내 내부 안 | 바깥 밖 실외 외부 야외
amount: 많 많이 다수 | 적 적게 조금
size: 크 큰 대형 | 작 작은 소형 | 중형
high: 높 | 낮
long: 길 길이 오래 장기 | 짧 잠깐 단기
speed: 빠르 빨리 일찍 급행 이르 | 느리 늦 천천히 늦게 완행
cost: 싸 저렴 값싸 할인 | 비싸 고가
heat: 덥 뜨겁 온 더운 난방 히터 온수 | 춥 차갑 찬 냉방 에어컨 냉수
weight: 가볍 경량 | 무겁 중량
age: 새 신규 새로 신형 | 중고 헌 기존 구형
bright: 밝 | 어둡
compare: 더 더욱 가장 제일 최고 | 덜 최저
extreme: 최대 최고 최장 | 최소 최저 최단
all: 전부 모두 다 전체 모든 | 일부 하나만 부분
strength: 강하 세 센 강 | 약하 약 약한
plain: 좋 양호 | 나쁘 안좋
oneway: 편도 | 왕복
direct: 직접 본인 스스로 | 대신 대리 대행 대리인
paymode: 카드 신용카드 체크카드 | 현금 | 계좌이체 이체 무통장 | 상품권 포인트
installment: 일시불 | 할부
channel: 전화 | 문자 메시지 카톡 | 이메일 메일 | 방문
adult: 어른 성인 대인 | 아이 어린이 소인 아동 애 | 청소년 학생
parent: 엄마 어머니 어머님 모친 | 아빠 아버지 아버님 부친
elder: 할머니 외할머니 | 할아버지 외할아버지
sibling: 형 오빠 | 누나 언니 | 동생 남동생 여동생
spouse: 남편 신랑 | 아내 와이프 집사람
boss: 부장 | 과장 | 팀장 | 사장 대표 | 대리 | 사원
sex: 남자 남성 남 | 여자 여성 여
region: 국내 | 해외 외국 국외
manual: 자동 | 수동
fuel: 휘발유 가솔린 | 경유 디젤 | 전기 전기차 | 하이브리드
colour: 흰색 하얀색 하얗 | 검은색 검정 까맣 | 빨간색 빨강 빨갛 | 파란색 파랑 파랗 | 노란색 노랑 노랗 | 초록색 초록 녹색 | 회색 | 분홍색 핑크
single: 혼자 | 둘이 같이 함께
upload: 올리 업로드 | 다운로드 내려받
remember: 기억 외우 저장 | 잊
alive: 살 | 죽
win: 이기 | 지
allow: 허용 가능 허락 | 금지 불가
"""
_WH = """
when: 언제 며칠 몇시 언젠지 날짜 시각
where: 어디 어딨 위치 주소 장소 어딘지
who: 누구 누가 누군지
what: 뭐 무엇 무슨 뭔지 뭘 어떤
why: 왜 어째서 이유 까닭 원인 때문
how: 어떻게 방법 어찌 어떡 요령 절차
price: 얼마 가격 비용 값 요금 단가 금액 돈 견적
count: 몇 얼마나
which: 어느 어떤 중 가운데 중에
duration: 기간 동안 소요 걸리 며칠
"""
_NO_DENIAL = "녕|내|전|방|쪽|과|경|마|건|색|심|락|부|드|팎|양|산|성|동|정|테"
"""What follows 안 where it denies nothing: 안녕, 안내, 안전."""
_NOT = rf"(?<![동보불미편방제치현법])안(?!{_NO_DENIAL}|에서|으로)[가-힣]{{1,3}}"
_FORBID = "|".join((
    r"(?<!잊)(?<!빼먹)(?<!빠뜨리)(?<!빠트리)(?<!까먹)지(?:는|를|도|들)?좀?(?:말(?!해|씀|좀|하|을)|마(?!다|켓)|맙)",  # 하지 마세요
    r"(?:면|[어아여해]서|[어아여해가]선|써서|서는|[는은]건|것은|거는|이상은|에는)(?:절대로?)?안(?:되(?!나|냐|는지)|돼|된(?!지)|됩(?!니까))",  # 하면 안 됩니다
    rf"{_NOT}야(?:되|돼|된|됩|될|하|한|해|합|겠)",  # 안 줘야 돼
    rf"(?:지(?:는)?않|지못하|{_NOT})(?:게(?:해|하|부탁|좀|주의)|도록|기로|기를|기바|길|으셔야|아야|아주|아줬|는게|는걸|는것|[았었했으셨]+으면(?:해|한|합|하|좋|싶)|으면좋|았음|었음)",  # 하지 않았으면 해요
    r"금지|금물|[을를]금[하합]|삼가|자제|면곤란|(?<![쪼조자])그만(?!큼)|말길|말기를",
    r"피하|피해[주야달]|(?:건|거|것은|것을)(?:좀)?피해|(?:면|것은|건|거는).{0,4}위험|(?:건|거|것은|것을)(?:은|는)?주의",
    r"일이?(?:는|은)?없(?:도록|게|었으면|어야|으면)",  # 하는 일 없도록
))  # fmt: skip
"""How a line asks that something be not done; 잊지 마세요 and 확인해 주지 말해 줘 do not."""
_ACTS = (
    ("forbid", _FORBID),
    ("tell", r"알려|말해|말씀|궁금|가르쳐|설명|여쭤|여쭙|물어볼|문의|알고싶|알수있|아세|아시|알아|알고있|확인|체크"),
    ("whether", r"는지|은지|인지|ㄴ지|한지|된지|할지|을지|던지|건지|운지|큰지|싼지|[난온갈간올될볼탈들진]지"),
    ("request", r"(?:주세요|주십시오|주시겠|주실|줘요?|주라|줄래|달라|부탁|바랍니다|바래|바라|하세요|하십시오|하도록|[해세켜꺼와가]라|시오)"),
    ("ask", r"(?:까요?|나요|니|냐|는가요?|은가요?|[인한한된린간던]가요?|을까|ㄹ까|죠|지요|려나|래요?|대요|나)$"),
    ("choice", r"아니면|아님|중에|둘중|가운데|어느쪽|어느게|어느것|중어|중뭐|중무|랑.{1,8}중|과.{1,8}중"),
    ("may", r"(?:해도|어도|아도|여도|워도|져도|라도|가도|켜도|써도|와도)(?:되|돼|될|괜찮|상관)"),
    ("must", r"(?:해야|어야|아야|여야|려면|가야|와야|줘야|워야)"),
    ("can", r"(?:수있|수없|가능|되나|돼요?$|됩니까|될까)"),
    ("want", r"고싶|으면좋겠|려고|을게|할게|겠어|겠습|싶은"),
    ("happened", r"(?:했|었|았|였|됐|갔|왔|났|봤|겼|졌|렸)(?!으면)"),
    ("negated", rf"(?:안(?!{_NO_DENIAL}|에|으)[가-힣]|못[가-힣]|지않|지못|없|아니(?!면)|아닌|안돼|안되|말고)"),
    ("please", r"주세|주십|주시|바랍|부탁"),
    ("compare", r"보다|더|덜|가장|제일|비교"),
)  # fmt: skip
ACTS = tuple(name for name, _ in _ACTS)
_NUMERALS = {"하나": "1", "한": "1", "둘": "2", "두": "2", "셋": "3", "세": "3", "넷": "4", "네": "4", "다섯": "5", "여섯": "6", "일곱": "7", "여덟": "8",
    "아홉": "9", "열": "10", "스무": "20", "스물": "20", "서른": "30"}  # fmt: skip
_ROLES = (
    ("subject", frozenset({"이", "가", "께서", "은", "는"})),
    ("object", frozenset({"을", "를"})),
    ("goal", frozenset({"에게", "한테", "께", "으로", "로", "까지", "더러", "보고"})),
    ("source", frozenset({"에서", "부터", "에게서", "한테서", "으로부터"})),
    ("than", frozenset({"보다"})),
)


def _parse(table: str) -> dict[str, list[list[str]]]:
    rows = (line.partition(":") for line in table.strip().splitlines())
    return {name: [part.split() for part in values.split("|")] for name, _, values in rows}


OPPOSITES = tuple(_parse(_OPPOSITES))
WH = tuple(_parse(_WH))
FACETS = OPPOSITES + tuple(f"wh.{name}" for name in WH)


@cache
def _values() -> tuple[dict[str, list[tuple[int, int]]], dict[str, list[tuple[int, int]]]]:
    """Return form -> (facet, bit) for whole words, and the same for longer strings looked up in the key."""
    words: dict[str, list[tuple[int, int]]] = {}
    for facet, members in enumerate(_parse(_OPPOSITES).values()):
        for bit, forms in enumerate(members):
            for form in forms:
                words.setdefault(form, []).append((facet, 1 << bit))
    for facet, members in enumerate(_parse(_WH).values(), len(OPPOSITES)):
        for form in members[0]:
            words.setdefault(form, []).append((facet, 1))
    long = {form: values for form, values in words.items() if len(form) >= 3}
    return words, long


@cache
def _act_patterns() -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for _, pattern in _ACTS)


def facets(key: str, words: Iterable[Word]) -> list[int]:
    """Return one bit set a facet: which of its values the line has."""
    found = [0] * len(FACETS)
    known, long = _values()
    forms = {word.form for word in words if word.kind in "NVMB"}
    for form in forms:
        for facet, bit in known.get(form, ()):
            found[facet] |= bit
    for form, values in long.items():
        if form in key:
            for facet, bit in values:
                found[facet] |= bit
    return found


def acts(key: str) -> list[int]:
    """Return 1 or 0 for each of `ACTS`."""
    return [1 if pattern.search(key) else 0 for pattern in _act_patterns()]


def numbers(words: Iterable[Word]) -> frozenset[str]:
    """Return the numbers that a line names, number words as digits."""
    found = set()
    for word in words:
        if word.kind == "D":
            found.add(word.surface)
        elif word.kind in "NM" and word.form in _NUMERALS:
            found.add(_NUMERALS[word.form])
    return frozenset(found)


def roles(words: Iterable[Word]) -> dict[str, int]:
    """Return noun -> role (its place in subject, object, goal, source, than), by the particle that follows it."""
    found: dict[str, int] = {}
    before: Word | None = None
    for word in words:
        if before is not None and word.kind == "J" and before.kind == "N":
            for role, particles in enumerate(_ROLES):
                if word.form in particles[1]:
                    found[before.form] = role
        before = word
    return found
