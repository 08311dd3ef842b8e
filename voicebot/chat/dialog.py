"""The dialog around written answers: what a turn means after what was said before. Pure: state in, state out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from voicebot.chat.booking import SLOTS, TASKS, Booking
from voicebot.chat.commands import (
    asks_to_hold,
    asks_who_speaks,
    finds_it_dear,
    hand_over_of,
    is_evident,
    is_greeting,
    is_hesitation,
    is_no,
    is_nothing_more,
    is_question_about_service,
    is_repeat,
    is_sorry,
    is_stranded,
    is_wrong_number,
    is_yes,
    squeezed,
    takes_note,
    takes_refusal_back,
    wants_it_slow,
    wants_to_ask,
    was_overcharged,
    will_be_late,
)
from voicebot.chat.facts import Facts
from voicebot.chat.followups import (
    Followups,
    aspect_of,
    aspects_in,
    other_noun,
    question_about,
    same_question_about,
    without_opener,
)
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import HandOver, Turn, Understander, Understanding
from voicebot.chat.requests import is_choice, is_rule_question, is_wanted, requested, wants_both
from voicebot.chat.responses import Response
from voicebot.chat.services import GENERAL_CHECK, read_service, service_of, spoken_thing, things_in
from voicebot.chat.slots import is_question
from voicebot.korean.patterns import pattern
from voicebot.korean.sentences import split_sentences

NOT_UNDERSTOOD = "죄송합니다. 제가 말씀을 정확히 알아듣지 못했어요. 정비 예약이나 비용처럼 궁금하신 점을 다시 한번 말씀해 주시겠어요?"
_GIVING_UP = "계속 알아듣지 못해서 죄송합니다. 상담원에게 연결해 드릴게요. 잠시만 기다려 주세요."
_WHAT_ABOUT_IT = "네, 가격이나 걸리는 시간처럼 어떤 점이 궁금하신지 말씀해 주세요."
_WHAT_EXACTLY = "네, 어떤 점이 궁금하신지 조금만 더 자세히 말씀해 주세요."
_PRICED = ("engine_oil", "tire", "battery", "brake", "inspection", "car_wash", "ev_care")
"""Intents of work that has a price and takes time."""
_BOOKABLE = (*_PRICED, "", "warning_light", "price_quote", "service_list")
"""Intents in which a wish for work or a day asks for a booking."""
_REMEMBERED = 3
_HOLDING = "네, 기다리겠습니다."
_WHICH_OF_IT = "네, <service> 말씀이시군요. 가격이 궁금하세요, 아니면 예약을 도와드릴까요?"
_IS_IT_ABOUT = "죄송합니다, 제가 정확히 알아듣지 못했어요. 혹시 <service> 말씀이신가요? 가격이나 예약처럼 필요하신 점을 말씀해 주세요."
_TAKE_YOUR_TIME = "네, 천천히 말씀해 주세요."
_FOR_A_PERSON = "네, 그 내용은 상담원이 직접 확인해 드려야 해요. 상담원에게 연결해 드릴까요?"
_A_PERSON_TAKES_IT = "네, 상담원이 바로 이어서 도와드릴게요. 끊지 말고 잠시만 기다려 주세요."
_PARTICULARS = (
    r"(?:성함|번호|연락처|위치|계신 (?:곳|동네)|있는 곳|사고 난 곳|동네 이름|이정표|크기|날짜|도착하실 시간|증상|차종|연식|대수|어떤 일|상태|금액|주소|종류)"
    r"[^.?]*(?:말씀해|남겨|알려) 주"
)
"""Answers that ask for what only a person can do something with."""
_NOT_WRITTEN = "그 부분은 제가 정확히 알려 드리기 어려워요. 상담원에게 연결해 드릴까요?"
_NOT_HEARD = "죄송합니다, 잘 못 들었어요."
_GO_AHEAD = "네, 말씀해 주세요."
_AGAIN = "네, 다시 말씀드릴게요."
_SLOWER = 0.85
_FAREWELL = "전화 주셔서 고맙습니다. 안전하게 운전하세요."
_CONNECTING = "네, 상담원에게 연결해 드릴게요. 잠시만 기다려 주세요."
_OPTED_OUT = "네, 광고 전화와 문자가 가지 않게 수신 거부로 접수할게요."
_WORDS_OF_PARTING: dict[HandOver, str] = {"agent": _CONNECTING, "opt_out": _OPTED_OUT, "goodbye": _FAREWELL}
_HAND_OVERS: dict[str, HandOver] = {"agent": "agent", "opt_out": "opt_out", "goodbye": "goodbye"}
_SPEAK_FOR_THEMSELVES = ("greeting", "booking_new", "booking_change", "booking_cancel", "booking_check", "pickup_delivery",
    "emergency", "insurance_accident", "complaint", "out_of_scope", "service_list", "location", "business_hours", "price_quote",
    "promotion", "warning_light")  # fmt: skip
"""Intents whose first answer suits any turn of theirs; the others need to know what exactly is asked."""
_AT_A_PLACE = ("emergency", "insurance_accident")
"""Intents in which a caller's place is a report and no question about ours."""
_HOURS_OF_A_BRANCH = "지점마다 영업시간이 달라요"
_OVERCHARGED = "처음 말한 금액하고 다르잖아요"
_STRANDED = "방전돼서 시동이 안 걸려요 와 주세요"
_LATE = "차가 막혀서 늦을 것 같아요"
_ANYTHING_ELSE = "네, 더 필요하신 것이 있으세요?"
_REQUEST = r"주세요$|줘요?$|달라고|해주이소$|할게요$"
_NO_MATTER = "괜찮습니다. 차에 대해 도와드릴 일이 있으면 편하게 말씀해 주세요."
_SHORT = 6
_TOO_DEAR = "가격이 너무 비싸네요"
_WHO_SPEAKS = "사람이에요 기계예요"
_WRONG_NUMBER = "거기 치과 아니에요"
_SORRY_AGAIN = "거듭 불편을 드려 정말 죄송합니다. 상담원에게 바로 연결해 드릴게요. 잠시만 기다려 주세요."
_NEAREST = "가장 가까운 곳은 {<branch>}이에요. {<branch>_way} 거리에 있어요."
_THERE = "{<branch>}은 {<branch>_way} 거리에 있어요."
_ASKED_IF_HURT = "다치신 분은 없으세요"
_NOBODY_IS_HURT = (
    r"(?:안|아무도|하나도)\S{0,3}다[쳤치]|다[친치]\S{0,6}없|^(?:아니|네|예)?\S{0,3}(?:없어|없습|괜찮|멀쩡|무사)"
)
_SOMEBODY_IS_HURT = r"다쳤|다친|다치셨|아파|아프|피[가나]|쓰러|의식|병원|부러"
_HELP_THE_HURT = "사람이 다쳤어요 차도 부서졌고요"
_GLAD = "다행이에요. 그럼 지금 계신 곳과 차 상태를 말씀해 주시겠어요?"
_RECEIVE_AGAIN = "광고 수신에 다시 동의할게요"
_SHALL_I_CONNECT = " 상담원에게 연결해 드릴까요?"
_SURE = 0.6
"""From this confidence a caller who wants a person hears the answer to that very question, else the general one."""
_URGENT = ("emergency", "insurance_accident", "complaint")


class Dialog:
    """Decides the next move.

    Args:
        responses: What it can say.
        facts: Branches, hours and rules.
        understander: What a turn by itself asks for.
        max_misunderstandings: After so many in a row a person takes over.
    """

    def __init__(
        self, responses: Sequence[Response], facts: Facts, understander: Understander, max_misunderstandings: int
    ) -> None:
        self._responses = {response.id: response for response in responses}
        self._questions = {response.question: response for response in responses}
        self._first = {response.intent: response for response in reversed(responses)}
        self._understander = understander
        self._max_misunderstandings = max_misunderstandings
        self._booking = Booking(facts)
        self._followups = Followups(responses, facts)

    def move(self, text: str, state: State, now: dt.datetime, last_reply: str = "") -> Move:
        """Return what to say to `text` after what `state` remembers.

        Args:
            text: The turn.
            state: As the last move left it.
            now: Where the caller is.
            last_reply: What was said last, to say it again.
        """
        state = self._booking.checked(state)
        understood = self._understood(text)
        wish = hand_over_of(text)
        if wish:
            return self._hand_over(wish, understood, state)
        if takes_refusal_back(text):
            again = self._answer_to(_RECEIVE_AGAIN, state) or self._missed(Understanding("", 0.0), state)
            if state.get("task") and not again.hand_over:
                return self._aside(again, state)
            return again if again.hand_over else replace(again, state={**again.state, "asked": "agent"})
        if wants_to_ask(text) and understood.intent in ("", "repeat"):
            return Move(_GO_AHEAD, Understanding("greeting", 1.0, "", True), without(state, "missed"))
        is_reply = is_yes(text) or is_no(text)
        if (understood.intent == "repeat" and not is_reply) or (is_repeat(text) and not understood.is_understood):
            return self._again(text, understood, state, last_reply)
        if takes_note(text) and not state.get("task"):
            return Move(
                _ANYTHING_ELSE, Understanding("greeting", 1.0, "", True), {**without(state, "missed"), "asked": "more"}
            )
        if asks_to_hold(text):
            return Move(_HOLDING, Understanding("", 0.0, "", True), dict(state))
        if is_hesitation(text) and not (is_reply or understood.response_id):
            question = self._booking.question(state) if state.get("task") else ""
            return Move(f"{_TAKE_YOUR_TIME} {question}".strip(), Understanding("", 0.0), dict(state))
        if state.get("task"):
            return self._in_task(text, understood, state, now)
        return self._outside_task(text, understood, state, now)

    def after_answer(self, intent: str, state: State) -> dict[str, str]:
        """Return the state after an approved answer was played instead of a move's reply."""
        return {**without(state, "missed", "repeats", "asked", "answer"), "topic": intent}

    def _understood(self, text: str) -> Understanding:
        """Return what `text` asks for, at the second try without "그럼" and the like before it."""
        understood = self._understander.understand(Turn(text))
        bare = without_opener(text)
        if understood.is_understood or bare == text or not bare:
            return understood
        return self._understander.understand(Turn(bare))

    def _outside_task(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move:
        return (
            self._booking.revise(text, state, now)
            or self._to_question(text, state)
            or self._begin_booking(text, understood, state, now)
            or self._follow_up(text, state)
            or self._place(text, understood, state, now)
            or self._particulars(text, understood, state)
            or self._opening(text, understood, state, now)
            or self._by_itself(text, understood, state)
        )

    def _in_task(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move:
        """A booking is under way: its answer, or a question in between, after which the booking goes on."""
        step = self._booking.answer(text, state, now)
        if step is None and is_choice(text):
            step = self._booking.take(text, state, now)
        if step:
            return step
        aside = self._follow_up(text, state)
        if aside is None and understood.intent in ("", *TASKS) and not is_rule_question(text):
            step = self._booking.take(text, state, now)
            if step:
                return step
        if aside is None and requested(text) == state["task"] == understood.intent:
            return Move(f"네, {self._booking.question(state)}", _in_context(understood), without(state, "missed"))
        aside = aside or self._by_itself(text, understood, state)
        intent = aside.understanding.intent
        if aside.hand_over or intent in _URGENT:
            return replace(aside, state=without(aside.state, "task", "asked"))
        return self._aside(aside, state)

    def _aside(self, aside: Move, state: State) -> Move:
        """An answer in between, after which the booking goes on."""
        question = self._booking.question(state)
        if not aside.understanding.intent:
            return Move(f"{_NOT_HEARD} {question}", aside.understanding, aside.state)
        template = aside.template.removesuffix(_SHALL_I_CONNECT)
        kept = {**aside.state, "task": state["task"], "asked": state.get("asked", "")}
        return Move(f"{template} {question}", _in_context(aside.understanding), kept)

    def _to_question(self, text: str, state: State) -> Move | None:
        """The answer to a yes-or-no question of ours."""
        asked = state.get("asked")
        rest = without(state, "asked", "missed")
        last = self._responses.get(state.get("answer", ""))
        if last and _ASKED_IF_HURT in last.answer:
            key = squeezed(text)
            if pattern(_NOBODY_IS_HURT).search(key):
                return Move(_GLAD, Understanding(last.intent, 1.0, "", True), rest)
            if pattern(_SOMEBODY_IS_HURT).search(key):
                return self._answer_to(_HELP_THE_HURT, state)
        if asked == "more" and is_nothing_more(text) and not is_yes(text):
            return Move(_FAREWELL, Understanding("goodbye", 1.0, "", True), rest, "goodbye")
        if asked in (None, "more") and is_yes(text):
            return Move(_GO_AHEAD, Understanding("greeting", 1.0, "", True), rest)
        if asked == "agent" and is_yes(text):
            return Move(_CONNECTING, Understanding("agent", 1.0, "", True), rest, "agent")
        if asked == "agent" and is_no(text):
            return Move("네, 그럼 다른 궁금하신 점을 말씀해 주세요.", Understanding("greeting", 1.0, "", True), rest)
        return None

    def _begin_booking(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """A request to book, change or cancel, or a bare day or branch after an answer about bookings."""
        reading = self._booking.read(text, now)
        topic = state.get("topic", "")
        if topic in TASKS and reading.is_bare and self._booking.concerns(topic, reading):
            return self._booking.start(topic, reading, state, now)
        if topic == "pickup_delivery" and not requested(text):
            return None
        if will_be_late(text) and understood.intent in ("", *TASKS):
            return self._answer_to(_LATE, state)
        service = reading.service or _talked_about(text, state)
        wanted = requested(text)
        if not wanted and (understood.intent in (*_BOOKABLE, *TASKS) or reading.is_bare):
            is_sure = bool(understood.response_id) and understood.confidence >= _SURE and understood.intent not in TASKS
            is_sure = is_sure and not (reading.dates or reading.time)
            wanted = "booking_new" if not is_sure and is_wanted(text, reading, has_service=bool(service)) else ""
        has_day = bool(reading.dates or reading.time) and not is_rule_question(text)
        intent = wanted or (understood.intent if understood.intent in TASKS else "")
        fits = (intent, "booking_check", *(_BOOKABLE if intent == "booking_new" else ("",)))
        if not intent or not (wanted or has_day) or not (understood.intent in fits or reading.is_bare):
            return None
        service = service if intent == "booking_new" else reading.service
        step = self._booking.start(intent, replace(reading, service=service), state, now, text)
        response = self._responses.get(understood.response_id)
        is_request = response is not None and requested(response.question) == intent
        if (
            response
            and is_request
            and not service
            and reading.is_empty
            and self._booking.read(response.question, now).is_empty
        ):
            # What the bank says to a request without particulars is asked in its words, and may be an approved clip.
            return replace(step, template=response.answer, understanding=understood)
        is_contextual = bool(reading.dates) or service != reading.service
        return replace(step, understanding=replace(step.understanding, is_contextual=is_contextual))

    def _follow_up(self, text: str, state: State) -> Move | None:
        """Another aspect of the last topic, or the last question about something else."""
        aspect = aspect_of(text)
        both = self._of_each(_talked_about(text, state), text, state) if wants_both(text) else None
        if both:
            return both
        if aspect and state.get("task") and state.get("service"):
            understood = self._understander.understand(Turn(question_about(aspect, state["service"])))
            response = self._responses.get(understood.response_id)
            response = response or self._followups.of_service(aspect, state["service"].split(", ")[0])
            if response is None:
                return None
            return self._say(response, Understanding(response.intent, 1.0, response.id, True), state)
        last = self._responses.get(state.get("answer", ""))
        if last is None:
            told = self._followups.of_service(aspect, state.get("about", "").split(", ")[0]) if aspect else None
            return self._say(told, Understanding(told.intent, 1.0, told.id, True), state) if told else None
        if aspect:
            return self._other_aspect(aspect, text, last, state)
        noun = other_noun(text)
        if noun and last.intent == "business_hours" and self._booking.is_branch(noun):
            return self._answer_to(_HOURS_OF_A_BRANCH, state)
        question = same_question_about(noun, last) if noun else ""
        understood = self._understander.understand(Turn(question)) if question else Understanding("", 0.0)
        response = self._responses.get(understood.response_id)
        if response is None or noun not in response.question:
            return None
        return self._say(response, _in_context(understood), state)

    def _answer_to(self, question: str, state: State) -> Move | None:
        """The answer that is written for this very question."""
        response = self._questions.get(question)
        return self._say(response, Understanding(response.intent, 1.0, response.id, True), state) if response else None

    def _particulars(self, text: str, understood: Understanding, state: State) -> Move | None:
        """What the last answer asked for, such as a name, a number or a place: a person goes on with it."""
        last = self._responses.get(state.get("answer", ""))
        is_arranged = last is not None and last.intent in TASKS and last.question != _LATE
        if last is None or is_arranged or not pattern(_PARTICULARS).search(last.answer):
            return None
        told = ("location",) if last.intent in _AT_A_PLACE else ("location", "business_hours", *TASKS)
        is_expected = last.intent in (*_AT_A_PLACE, "pickup_delivery") or last.question == _LATE
        if understood.is_understood and (not is_expected or understood.intent not in told or is_question(text)):
            return None
        if last.intent in _AT_A_PLACE or state.get("asked") == "agent":
            hand_over = Understanding("agent", 1.0, "", True)
            return Move(_A_PERSON_TAKES_IT, hand_over, without(state, "missed", "repeats", "asked"), "agent")
        understanding = Understanding(last.intent, 1.0, "", True)
        return Move(_FOR_A_PERSON, understanding, {**without(state, "missed", "repeats"), "asked": "agent"})

    def _other_aspect(self, aspect: str, text: str, last: Response, state: State) -> Move:
        found = self._followups.find(aspect, last, text)
        if found:
            return self._say(found, Understanding(found.intent, 1.0, found.id, True), state)
        told = self._followups.of_service(
            aspect, service_of(last.intent, last.question) or state.get("about", "").split(", ")[0]
        )
        if told:
            return self._say(told, Understanding(told.intent, 1.0, told.id, True), state)
        question = self._followups.whole_question(aspect, last)
        understood = self._understander.understand(Turn(question)) if question else Understanding("", 0.0)
        response = self._responses.get(understood.response_id)
        if response:
            # The talk stays with its topic: "그럼 가격은요?" may come next.
            said = self._say(response, _in_context(understood), state)
            return replace(said, state={**said.state, "topic": last.intent, "answer": last.id})
        understanding = Understanding(last.intent, 1.0, "", True)
        return Move(_NOT_WRITTEN, understanding, {**without(state, "missed"), "asked": "agent"})

    def _by_itself(self, text: str, understood: Understanding, state: State) -> Move:
        """A turn that says all that it means."""
        intent = understood.intent
        if intent in _HAND_OVERS and not is_question_about_service(text):
            where = _HAND_OVERS[intent]
            if is_evident(where, text):
                return self._hand_over(where, understood, state)
            return self._missed(Understanding("", understood.confidence), state, text)
        is_unsure = not understood.response_id or understood.confidence < _SURE
        written = self._written(text, intent, state) if is_unsure or intent == "complaint" else None
        if written:
            return written
        if not intent or (intent == "greeting" and state.get("topic") and not is_greeting(text)):
            return self._missed(Understanding("", understood.confidence), state, text)
        both = self._of_each(read_service(text), text, state)
        if both:
            return both
        response = self._followups.checked(text, self._responses.get(understood.response_id), intent)
        first = self._first.get(intent)
        if response is None and intent in _SPEAK_FOR_THEMSELVES:
            response = first
        if response:
            return self._say(response, replace(understood, response_id=response.id), state, text)
        service = read_service(text)
        kept = {**without(state, "missed", "repeats", "asked"), "topic": intent, "answer": first.id if first else ""}
        if service and intent in _PRICED:
            kept["about"] = _about(service, state)
            return Move(_WHICH_OF_IT.replace("<service>", spoken_thing(service)), understood, without(kept))
        told = [self._followups.of_service(name, service_of(intent, "")) for name in aspects_in(text)]
        if len(told) == 1 and told[0]:
            return self._say(told[0], replace(understood, response_id=told[0].id), state, text)
        if intent not in _PRICED and pattern(_REQUEST).search(squeezed(text)):
            return Move(_FOR_A_PERSON, understood, {**without(kept), "asked": "agent"})
        return Move(_WHAT_ABOUT_IT if intent in _PRICED else _WHAT_EXACTLY, understood, without(kept))

    def _of_each(self, services: str, text: str, state: State) -> Move | None:
        """The same about two services at once, or two things about one: "배터리랑 타이어 얼마예요", "가격이랑 시간이요"."""
        names = [name for name in aspects_in(text) if name in ("price", "duration")][::-1]
        pairs = [(name, service) for service in services.split(", ")[:2] for name in names if service]
        if len(pairs) < 2:
            return None
        found = [self._followups.of_service(name, service) for name, service in pairs]
        answers = list(dict.fromkeys(response.answer for response in found if response))
        last = found[-1]
        if None in found or last is None or len(answers) > 2:
            return None
        said = self._say(last, Understanding(last.intent, 1.0, "", True), state, text)
        return replace(said, template=" ".join(answers), state={**said.state, "about": _about(services, state)})

    def _say(self, response: Response, understanding: Understanding, state: State, text: str = "") -> Move:
        kept = without(state, "missed", "repeats", "asked")
        service = read_service(text) or service_of(response.intent, response.question)
        about = _about(service, state) if service else state.get("about", "")
        kept |= {"topic": response.intent, "answer": response.id, "about": about}
        if response.intent == "complaint":
            kept["complained"] = "1"
        return Move(response.answer, understanding, without(kept))

    def _written(self, text: str, intent: str, state: State) -> Move | None:
        """What is said to words that have an answer of their own whatever they are taken for."""
        if intent == "complaint" and state.get("complained"):
            return Move(_SORRY_AGAIN, Understanding(intent, 1.0, "", True), without(state, "missed", "asked"), "agent")
        if was_overcharged(text):
            return self._answer_to(_OVERCHARGED, state)
        if is_stranded(text) and intent in ("", "battery", "emergency"):
            return self._answer_to(_STRANDED, state)
        if finds_it_dear(text) and intent in ("", "complaint", "price_quote", "promotion", *_PRICED):
            return self._answer_to(_TOO_DEAR, state)
        if asks_who_speaks(text):
            return self._answer_to(_WHO_SPEAKS, state)
        if is_wrong_number(text):
            return self._answer_to(_WRONG_NUMBER, state)
        if is_sorry(text):
            return Move(_NO_MATTER, Understanding("greeting", 1.0, "", True), without(state, "missed", "repeats"))
        if not intent and is_greeting(text) and len(squeezed(text)) <= _SHORT:
            return (
                self._say(self._first["greeting"], Understanding("greeting", _SURE), state)
                if "greeting" in self._first
                else None
            )
        found = self._followups.named(text, "") if not intent else None
        return self._say(found, Understanding(found.intent, _SURE, found.id), state, text) if found else None

    def _place(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """The branch next to where the caller is, when our places are what the talk is about."""
        last = self._responses.get(state.get("answer", ""))
        is_asked = last is not None and last.intent == "location" and understood.intent in ("", "location")
        if last is not None and last.intent in _AT_A_PLACE:
            return None
        near = self._booking.near(text) or (self._booking.read(text, now).branch if is_asked else "")
        if not near or not (is_asked or understood.intent == "location"):
            return None
        kept = {**without(state, "missed", "repeats", "asked"), "topic": "location"}
        words = (_THERE if "점" in text else _NEAREST).replace("<branch>", near)
        return Move(words, Understanding("location", 1.0, "", True), kept)

    def _opening(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """Whether we are open on the day that is asked about."""
        last = self._responses.get(state.get("answer", ""))
        is_next = last is not None and last.intent == "business_hours" and understood.intent in ("", "business_hours")
        words = self._booking.opening(text, now) if understood.intent == "business_hours" or is_next else ""
        if not words:
            return None
        kept = {**without(state, "missed", "repeats", "asked"), "topic": "business_hours"}
        return Move(words, Understanding("business_hours", 1.0, "", True), kept)

    def _hand_over(self, to: HandOver, understood: Understanding, state: State) -> Move:
        if to == "agent" and understood.confidence < _SURE:
            understood = Understanding("", 0.0)
        response = self._responses.get(understood.response_id) if understood.intent == to else None
        response = response or self._first.get(to)
        template = response.answer if response else _WORDS_OF_PARTING[to]
        understanding = (
            understood if understood.intent == to else Understanding(to, 1.0, response.id if response else "")
        )
        return Move(template, understanding, without(state, "missed", "repeats", "asked", "task", *SLOTS), to)

    def _again(self, text: str, understood: Understanding, state: State, last_reply: str) -> Move:
        """The last reply once more, slower; when that was not enough, only its first sentence."""
        repeats = int(state.get("repeats", "0")) + 1
        if not last_reply:
            response = self._responses.get(understood.response_id) or self._first.get("repeat")
            understanding = Understanding("repeat", 1.0, response.id if response else "")
            return Move(response.answer if response else _GO_AHEAD, understanding, without(state, "missed"))
        last_reply = last_reply.removeprefix(_AGAIN).strip().removeprefix("네, ")
        sentences = split_sentences(last_reply.replace("{", ""))
        said = sentences[0] if repeats > 1 and sentences else " ".join(sentences)
        speed = _SLOWER if repeats > 1 or wants_it_slow(text) else 1.0
        kept = {**without(state, "missed"), "repeats": str(repeats)}
        return Move(f"{_AGAIN} {said}", Understanding("repeat", 1.0, "", True), kept, speed=speed)

    def _missed(self, understood: Understanding, state: State, text: str = "") -> Move:
        missed = int(state.get("missed", "0")) + 1
        if missed >= self._max_misunderstandings:
            return Move(_GIVING_UP, understood, without(state, "missed", "task", "asked"), "agent")
        service = read_service(text) if things_in(text) else ""
        if not service or "," in service:
            return Move(NOT_UNDERSTOOD, understood, {**state, "missed": str(missed)})
        kept = {**state, "missed": str(missed), "about": _about(service, state)}
        return Move(_IS_IT_ABOUT.replace("<service>", spoken_thing(service)), understood, kept)


def _about(services: str, state: State) -> str:
    """Return what was talked about, the latest first."""
    before = state.get("about", "").split(", ")
    names = list(filter(None, dict.fromkeys([*reversed(services.split(", ")), *before])))
    special = [name for name in names if name != GENERAL_CHECK]
    return ", ".join((special or names)[:_REMEMBERED])


def _talked_about(text: str, state: State) -> str:
    """Return the service that was talked about last; the last two where both are meant."""
    names = state.get("about", "").split(", ")
    return ", ".join(reversed(names[:2]) if wants_both(text) else names[:1])


def _in_context(understanding: Understanding) -> Understanding:
    return replace(understanding, is_contextual=True)
