"""The dialog around written answers: what a turn means after what was said before. Pure: state in, state out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from voicebot.chat.booking import SLOTS, TASKS, Booking, is_choice, is_rule_question, requested
from voicebot.chat.commands import (
    hand_over_of,
    is_evident,
    is_greeting,
    is_hesitation,
    is_no,
    is_nothing_more,
    is_question_about_service,
    is_repeat,
    is_yes,
    takes_refusal_back,
    wants_it_slow,
)
from voicebot.chat.facts import Facts
from voicebot.chat.followups import (
    Followups,
    aspect_of,
    other_noun,
    question_about,
    same_question_about,
    without_opener,
)
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import HandOver, Turn, Understander, Understanding
from voicebot.chat.responses import Response
from voicebot.chat.slots import is_question
from voicebot.korean.patterns import pattern
from voicebot.korean.sentences import split_sentences

NOT_UNDERSTOOD = "죄송합니다. 제가 말씀을 정확히 알아듣지 못했어요. 정비 예약이나 비용처럼 궁금하신 점을 다시 한번 말씀해 주시겠어요?"
_GIVING_UP = "계속 알아듣지 못해서 죄송합니다. 상담원에게 연결해 드릴게요. 잠시만 기다려 주세요."
_WHAT_ABOUT_IT = "네, 그 부분이요. 가격이나 걸리는 시간처럼 어떤 점이 궁금하신지 말씀해 주세요."
_WHAT_EXACTLY = "네, 어떤 점이 궁금하신지 조금만 더 자세히 말씀해 주세요."
_PRICED = ("engine_oil", "tire", "battery", "brake", "inspection", "car_wash", "ev_care")
"""Intents of work that has a price and takes time."""
_TAKE_YOUR_TIME = "네, 천천히 말씀해 주세요."
_FOR_A_PERSON = "네, 그 내용은 상담원이 직접 확인해 드려야 해요. 상담원에게 연결해 드릴까요?"
_A_PERSON_TAKES_IT = "네, 상담원이 바로 이어서 도와드릴게요. 끊지 말고 잠시만 기다려 주세요."
_PARTICULARS = (
    r"(?:성함|번호|연락처|위치|계신 (?:곳|동네)|있는 곳|사고 난 곳|동네 이름|이정표|크기|날짜|증상|차종|연식|대수|어떤 일|상태|금액|주소|종류)"
    r"[^.?]*(?:말씀해|남겨|알려) 주"
)
"""Answers that ask for what only a person can do something with."""
_UNKNOWN = "그 부분은 제가 정확히 알려 드리기 어려워요."
_NOT_WRITTEN = f"{_UNKNOWN} 상담원에게 연결해 드릴까요?"
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
_RECEIVE_AGAIN = "나중에 다시 받고 싶으면 어떻게 해요"
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
            return self._aside(again, state) if state.get("task") and not again.hand_over else again
        is_reply = is_yes(text) or is_no(text)
        if (understood.intent == "repeat" and not is_reply) or (is_repeat(text) and not understood.is_understood):
            return self._again(text, understood, state, last_reply)
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
            self._to_question(text, state)
            or self._begin_booking(text, understood, state, now)
            or self._follow_up(text, state)
            or self._particulars(text, understood, state)
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
        template = aside.template.replace(_NOT_WRITTEN, _UNKNOWN)
        kept = {**aside.state, "task": state["task"], "asked": state.get("asked", "")}
        return Move(f"{template} {question}", _in_context(aside.understanding), kept)

    def _to_question(self, text: str, state: State) -> Move | None:
        """The answer to a yes-or-no question of ours."""
        asked = state.get("asked")
        rest = without(state, "asked", "missed")
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
        wanted = requested(text)
        has_day = bool(reading.dates or reading.time) and not is_rule_question(text)
        intent = understood.intent if understood.intent in TASKS else wanted
        if not intent or understood.intent not in (intent, "", "booking_check") or not (wanted or has_day):
            return None
        service = reading.service or self._last_service(state, now)
        step = self._booking.start(intent, replace(reading, service=service), state, now)
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

    def _last_service(self, state: State, now: dt.datetime) -> str:
        """A booking right after an answer about a service is for that service."""
        last = self._responses.get(state.get("answer", ""))
        return self._booking.read(last.question, now).service if last else ""

    def _follow_up(self, text: str, state: State) -> Move | None:
        """Another aspect of the last topic, or the last question about something else."""
        aspect = aspect_of(text)
        if aspect and state.get("task") and state.get("service"):
            understood = self._understander.understand(Turn(question_about(aspect, state["service"])))
            response = self._responses.get(understood.response_id)
            return self._say(response, _in_context(understood), state) if response else None
        last = self._responses.get(state.get("answer", ""))
        if last is None:
            return None
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
        understood = self._understander.understand(Turn(question))
        response = self._responses.get(understood.response_id)
        return self._say(response, _in_context(understood), state) if response else None

    def _particulars(self, text: str, understood: Understanding, state: State) -> Move | None:
        """What the last answer asked for, such as a name, a number or a place: a person goes on with it."""
        last = self._responses.get(state.get("answer", ""))
        if last is None or last.intent in TASKS or not pattern(_PARTICULARS).search(last.answer):
            return None
        is_place = understood.intent == "location" and last.intent in _AT_A_PLACE and not is_question(text)
        if understood.is_understood and not is_place:
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
            return self._missed(Understanding("", understood.confidence), state)
        if not intent or (intent == "greeting" and state.get("topic") and not is_greeting(text)):
            return self._missed(Understanding("", understood.confidence), state)
        response = self._responses.get(understood.response_id)
        first = self._first.get(intent)
        if response is None and intent in _SPEAK_FOR_THEMSELVES:
            response = first
        if response:
            return self._say(response, replace(understood, response_id=response.id), state)
        kept = {**without(state, "missed", "repeats", "asked"), "topic": intent, "answer": first.id if first else ""}
        return Move(_WHAT_ABOUT_IT if intent in _PRICED else _WHAT_EXACTLY, understood, without(kept))

    def _say(self, response: Response, understanding: Understanding, state: State) -> Move:
        kept = without(state, "missed", "repeats", "asked")
        return Move(response.answer, understanding, {**kept, "topic": response.intent, "answer": response.id})

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

    def _missed(self, understood: Understanding, state: State) -> Move:
        missed = int(state.get("missed", "0")) + 1
        if missed >= self._max_misunderstandings:
            return Move(_GIVING_UP, understood, without(state, "missed", "task", "asked"), "agent")
        return Move(NOT_UNDERSTOOD, understood, {**state, "missed": str(missed)})


def _in_context(understanding: Understanding) -> Understanding:
    return replace(understanding, is_contextual=True)
