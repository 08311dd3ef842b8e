"""Turns that mean something only after the last answer: "그럼 가격은요?", "주말에도요?", "배터리는요?"."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.chat.commands import squeezed
from voicebot.chat.facts import Facts
from voicebot.chat.responses import Response
from voicebot.chat.services import ONE_SERVICE, service_of, things_in
from voicebot.korean.normalize import cache_key
from voicebot.korean.patterns import pattern


@dataclass(frozen=True)
class Aspect:
    """One thing that can be asked about any topic.

    Attributes:
        words: At least one of them is in the turn.
        questions: What the questions of written answers about it have.
        answers: What written answers about it have, facts filled in.
        whole: The question to ask when the topic has no such answer; empty when nobody could know.
    """

    words: str
    questions: str
    answers: str
    whole: str


ASPECTS = {
    "duration": Aspect(
        r"걸려|걸리|걸린|소요|(?<!영업)(?<!점심)(?<!몇)시간(?:은|이|도|요|알|얼|$)|오래|얼마나기다|며칠|몇일|몇시간|몇분",
        r"(?:얼마나|오래|며칠이나) (?:걸려|기다)",
        r"(?:분|시간|일|하루)\S* (?:정도|동안 맡|걸려|안에 도착|이면)",
        "",
    ),
    "period": Aspect(
        r"주기|얼마만에|자주|언제(?:마다|갈|교환|바꿔|해)", r"언제|수명|주기", r"마다|보통 \S+ 정도 써", ""
    ),
    "holiday": Aspect(
        r"일요일|공휴일|휴일|빨간날|설날|설에|설연휴|구정|신정|추석|명절|연휴|삼일절|어린이날|현충일|광복절|개천절|한글날",
        r"쉬는 날|일요일",
        r"일요일|공휴일",
        "쉬는 날이 언제예요",
    ),
    "weekend": Aspect(r"주말|토요일", r"주말|토요일", r"토요일|평일(?:에| 오)", "토요일에도 하나요"),
    "price": Aspect(
        r"가격|비용|값|요금|금액|얼마(?!나|만)|얼마나(?:들|드|나와|나오|하|받)|얼매(?!나)|을매|얼맙|돈(?:은|이|얼|을)",
        r"얼마(?:예요|$)|비용|요금",
        r"[\d만천] ?원",
        "대략 얼마 나올지 알고 싶어요",
    ),
    "place": Aspect(
        r"어디|위치|주소|어떻게가|찾아가", r"어떻게 가|위치|어디에 있|역에서", r"번 출구", "지점이 어디 어디 있어요"
    ),
}
_OPENER = r"^(?:그럼요?|그라믄|그라모|그러면|그런데|근데|그리고|또|아|혹시|음|네|예|거기|거긴|그거|그건|그곳|그게|거|이거|그날|그|아니)*(?:[가-힣]{0,8}?말고)?"
_OPENING_WORD = r"^(?:그럼요?|그라믄|그라모|그러면|그런데|근데|그리고|또|아|아니|혹시|음|네|예),?$"
_COMMON = (
    r"은|는|이|가|도|을|를|에|에도|에는|엔|로|으로|만|요|예요|에요|이에요|인가요|인데요|죠|지요|돼요?|되나요|될까요|되나|나요|까요|해요?|하나요|하고|하는데|하는"
    r"|받는|얼마나|대략|보통|정도|어떻게|알려주세요|알려줘요?|말해주세요|좀|있어요?|있나요|열어요?|여나요|가능해요|가능한가요|들어요?|드나요|나와요?|나오나요|가요|가나요"
    r"|얼매나|을매나|당가|디유?|는디|는가|능교|노|꼬|여|유|겨|데이|와요|오나요|오시나요|하루|한번|한대|한짝|에는|당"
    r"|가면|마다|며칠|몇시간|몇분|갈아요?|교환|바꿔요|려요|리나요|는지|궁금해요|뭐|그|거기|분|작업|하면|교체|입니까|됩니까|이나"
    r"|그거|그게|그건|하나|합니꺼|함니꺼|드는가요?|듭니까|들까|려|요|하노|하능교|한다꼬|라고했죠|라고요|라구요|라고했지|라고하셨죠|라고그랬죠|였죠|했죠|정도|쯤|그리고|예|제|죠"
    r"|고치는|고치면|바꾸는|바꾸면|갈면|가는|수리|데|서|에서|들까요?|드는|받소|받아요|받나요|니꺼|심니꺼|꺼|우리|제|저희|차는|차|경유차?|휘발유차?|디젤|가솔린|승용차|큰차|인데|한다|합니까|카는"
)
_LONGEST = 24
"""A turn of more syllables says by itself what it is about."""
_NOUN = r"^(?P<noun>[가-힣\d]{1,12}?)(?:은|는|도)(?:요|어때요|어떤가요|어떻게돼요)?$"
_EXTRA = {
    ("weekend", "emergency"): "밤에 고장 나면 어떡해요", ("holiday", "emergency"): "밤에 고장 나면 어떡해요",
    ("place", "ev_care"): "전기차도 정비되나요",
}  # fmt: skip
_PHRASES = {
    "price": "{} 얼마예요", "duration": "{} 시간 얼마나 걸려요", "place": "{} 어떻게 가요", "period": "{} 언제 갈아요",
    "weekend": "{} 토요일에도 해요", "holiday": "{} 일요일에도 해요",
}  # fmt: skip


def aspect_of(text: str) -> str:
    """Return the aspect that `text` asks for and nothing else, or an empty string."""
    key = pattern(_OPENER).sub("", squeezed(text).rstrip("?"))
    if len(key) > _LONGEST:
        return ""
    for name, aspect in ASPECTS.items():
        if pattern(aspect.words).search(key) and pattern(rf"^(?:{aspect.words}|{_COMMON})+$").match(key):
            return name
    return ""


def aspects_in(text: str) -> list[str]:
    """Return all the aspects that `text` asks for, whatever else it says."""
    key = squeezed(text)
    return [name for name, aspect in ASPECTS.items() if pattern(aspect.words).search(key)]


def without_opener(text: str) -> str:
    """Return `text` without the words that tie it to what was said before."""
    words = text.split()
    while words and pattern(_OPENING_WORD).match(words[0]):
        words.pop(0)
    return " ".join(words)


def question_about(aspect: str, noun: str) -> str:
    """Return a whole question about one aspect of something."""
    return _PHRASES[aspect].format(noun)


def other_noun(text: str) -> str:
    """Return X of "그럼 X는요?", or an empty string."""
    match = pattern(_NOUN).match(pattern(_OPENER).sub("", squeezed(text).rstrip("?")))
    return match["noun"] if match else ""


def same_question_about(noun: str, last: Response) -> str:
    """Return the question of the last answer, asked about something else."""
    for name, aspect in ASPECTS.items():
        if pattern(aspect.questions).search(last.question):
            return question_about(name, noun)
    return ""


class Followups:
    """Finds what another aspect of the last topic is answered with.

    Args:
        responses: The bank.
        facts: Fill its answers.
    """

    def __init__(self, responses: Sequence[Response], facts: Facts) -> None:
        self._responses = responses
        self._facts = facts

    def find(self, name: str, last: Response, text: str) -> Response | None:
        """Return the written answer of the same topic, and about the same thing, about the aspect `name`.

        It is the one whose question is nearest to the last question, and then to `text`, which asks now.
        """
        things = things_in(text, last.intent) or things_in(last.question, last.intent)
        fitting = [
            response
            for response in self._responses
            if response.intent == last.intent and _is_about(things, response) and self._tells(name, response)
        ]
        return max(
            fitting,
            key=lambda one: (
                bool(pattern(ASPECTS[name].questions).search(one.question)),
                _likeness(one.question, last.question) + _likeness(one.question, text) / 2,
            ),
            default=None,
        )

    def named(self, text: str, intent: str) -> Response | None:
        """Return the written answer about the very thing that `text` names, and about the aspect that it asks for.

        Args:
            text: What is asked.
            intent: Where the answer must be; anywhere when empty, then thing and aspect must both fit.
        """
        things, names = things_in(text, intent), aspects_in(text)
        if not things and not (names and intent == "business_hours"):
            return None
        fitting = [
            response
            for response in self._responses
            if (not intent or response.intent == intent)
            and _is_about_no_other(things, response)
            and (not names or any(self._tells(name, response) for name in names))
        ]
        is_clear = names or (intent and (intent == "warning_light" or len(fitting) == 1))
        return max(fitting, key=lambda one: _likeness(one.question, text), default=None) if is_clear else None

    def checked(self, text: str, response: Response | None, intent: str) -> Response | None:
        """Return `response` unless it is about another thing than `text`: then the one that is, or none."""
        if response is None:
            return self.named(text, intent)
        things, own = things_in(text, response.intent), things_in(response.question, response.intent)
        if things & own or not (things or (own and response.intent == "warning_light")):
            return response
        other = self.named(text, intent) if own or aspects_in(text) or "주차" in things else None
        return other if other or own else response

    def of_service(self, name: str, service: str) -> Response | None:
        """Return the first written answer about one aspect of a service."""
        about = [one for one in self._responses if service and service_of(one.intent, one.question) == service]
        told = [one for one in about if pattern(ASPECTS[name].questions).search(one.question)]
        return next(iter(told), None) or next((one for one in about if self._tells(name, one)), None)

    def _tells(self, name: str, response: Response) -> bool:
        """Say whether `response` is about the aspect `name`."""
        aspect = ASPECTS[name]
        is_asked = pattern(aspect.questions).search(response.question)
        return bool(is_asked or pattern(aspect.answers).search(self._facts.fill(response.answer)))

    def whole_question(self, name: str, last: Response) -> str:
        """Return the question to ask instead when the topic has no such answer, or an empty string."""
        return _EXTRA.get((name, last.intent), ASPECTS[name].whole)


def _is_about(things: frozenset[str], response: Response) -> bool:
    """Say whether `response` is about one of `things`, or names none as they do."""
    own = things_in(response.question, response.intent)
    return bool(things & own) or not (things or own) or response.intent in ONE_SERVICE


def _is_about_no_other(things: frozenset[str], response: Response) -> bool:
    """Say whether the question, or else the first sentence, of `response` names some of `things` and nothing else."""
    first_sentence = response.answer.split(". ")[0]
    own = things_in(response.question, response.intent) or things_in(first_sentence, response.intent)
    return bool(own) and own <= things if things else not own


def _likeness(one: str, other: str) -> float:
    """Return how many pairs of syllables two questions share, from 0 to 1."""
    first, second = (_pairs(cache_key(text)) for text in (one, other))
    return 2 * len(first & second) / (len(first) + len(second) or 1)


def _pairs(key: str) -> set[str]:
    return {key[i : i + 2] for i in range(len(key) - 1)}
