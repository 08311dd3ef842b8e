"""The dialog around written answers: what a turn means after what was said before. Pure: state in, state out."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from voicebot.chat.answers import Answers, about, in_context, is_sure
from voicebot.chat.booking import Booking
from voicebot.chat.branches import Branches
from voicebot.chat.commands import (
    allows_calls,
    asks_to_hold,
    feels_misheard,
    hand_over_of,
    insists,
    is_evident,
    is_greeting,
    is_hesitation,
    is_no,
    is_nothing_more,
    is_question_about_service,
    is_repeat,
    is_voicemail,
    is_yes,
    squeezed,
    starts_hard,
    takes_note,
    takes_refusal_back,
    wants_texts_only,
    wants_to_ask,
)
from voicebot.chat.facts import Facts
from voicebot.chat.followups import Followups, aspects_in, without_opener
from voicebot.chat.moves import Move, State, without
from voicebot.chat.openings import Openings
from voicebot.chat.partings import CONNECTING, FAREWELL, FOR_A_PERSON, Partings
from voicebot.chat.places import Places
from voicebot.chat.protocol import HandOver, Turn, Understander, Understanding
from voicebot.chat.remarks import PRICED, Remarks
from voicebot.chat.repairs import GO_AHEAD, Repairs
from voicebot.chat.requests import (
    is_choice,
    is_rule_question,
    requested,
    wants_none,
)
from voicebot.chat.responses import Response
from voicebot.chat.services import read_service, service_of, spoken_thing, things_in
from voicebot.chat.tasks import TASKS
from voicebot.chat.topics import Topics
from voicebot.korean.patterns import pattern

_WHAT_ABOUT_IT = "네, 가격이나 걸리는 시간처럼 어떤 점이 궁금하신지 말씀해 주세요."
_WHAT_EXACTLY = "네, 어떤 점이 궁금하신지 조금만 더 자세히 말씀해 주세요."
_HOLDING = "네, 기다리겠습니다."
_WHICH_OF_IT = "네, <service> 말씀이시군요. 가격이 궁금하세요, 아니면 예약을 도와드릴까요?"
_TAKE_YOUR_TIME = "네, 천천히 말씀해 주세요."
_NOT_HEARD = "죄송합니다, 잘 못 들었어요."
_HAND_OVERS: dict[str, HandOver] = {"agent": "agent", "opt_out": "opt_out", "goodbye": "goodbye"}
_SPEAK_FOR_THEMSELVES = ("greeting", "booking_new", "booking_change", "booking_cancel", "booking_check", "pickup_delivery",
    "emergency", "insurance_accident", "complaint", "out_of_scope", "service_list", "location", "business_hours", "price_quote",
    "promotion", "warning_light")  # fmt: skip
"""Intents whose first answer suits any turn of theirs; the others need to know what exactly is asked."""
_ANYTHING_ELSE = "네, 더 필요하신 것이 있으세요?"
_REQUEST = r"주세요$|줘요?$|달라고|해주이소$|할게요$"
_ASKED_IF_HURT = "다치신 분은 없으세요"
_NOBODY_IS_HURT = (
    r"(?:안|아무도|하나도)\S{0,3}다[쳤치]|다[친치]\S{0,6}없|^(?:아니|네|예)?\S{0,3}(?:없어|없습|괜찮|멀쩡|무사)"
)
_SOMEBODY_IS_HURT = r"다쳤|다친|다치셨|아파|아프|피[가나]|쓰러|의식|병원|부러"
_HELP_THE_HURT = "사람이 다쳤어요 차도 부서졌고요"
_GLAD = "다행이에요. 그럼 지금 계신 곳과 차 상태를 말씀해 주시겠어요?"
_TEXTS_ONLY = "전화는 싫고 문자만 받고 싶어요"
_OF_REPAIR = r"수리비|견적|고치|총"
_RECEIVE_AGAIN = "광고 수신에 다시 동의할게요"
_LAST_QUESTION = r"([.!])\s[^.!?]*\?$"
"""A caller is asked one thing at a time."""
_ASIDE_OF_A_PLACE = ("", "location", "business_hours")
"""What a turn is taken for that has a branch or a day among other words."""
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
        self._understander = understander
        self._branches = Branches(facts)
        self._booking = Booking(facts, self._branches)
        self._followups = Followups(responses, facts)
        self._answers = Answers(responses, self._followups)
        self._topics = Topics(self._answers, self._followups, understander, self._branches)
        self._remarks = Remarks(self._answers, self._followups)
        self._partings = Partings(self._answers)
        self._places = Places(self._answers, self._branches)
        self._openings = Openings(self._booking, self._branches, self._answers, self._followups, self._partings)
        self._repairs = Repairs(self._answers, max_misunderstandings)

    def move(self, text: str, state: State, now: dt.datetime, last_reply: str = "") -> Move:
        """Return what to say to `text` after what `state` remembers.

        Args:
            text: The turn.
            state: As the last move left it.
            now: Where the caller is.
            last_reply: What was said last, to say it again.
        """
        state = self._booking.checked(state)
        if is_voicemail(text):
            return Move(FAREWELL, Understanding("", 0.0), without(state, "task", "asked"), "goodbye")
        understood = self._understood(text)
        wish = hand_over_of(text)
        if "opt_out" in (wish, understood.intent) and wants_texts_only(text):
            texts = self._answers.answer_to(_TEXTS_ONLY, state)
            understood = texts.understanding if texts else understood
        if wish:
            return self._partings.to(wish, understood, state)
        if takes_refusal_back(text) or (allows_calls(text) and state.get("topic") == "opt_out"):
            again = self._answers.answer_to(_RECEIVE_AGAIN, state) or self._repairs.missed(
                Understanding("", 0.0), state
            )
            if state.get("task") and not again.hand_over:
                return self._aside(again, state)
            return again if again.hand_over else replace(again, state={**again.state, "asked": "agent"})
        if wants_to_ask(text) and understood.intent in ("", "repeat", *_HAND_OVERS):
            return Move(GO_AHEAD, Understanding("greeting", 1.0, "", True), without(state, "missed"))
        if feels_misheard(text) and understood.intent not in ("warranty", "emergency"):
            return self._repairs.misheard(state, self._booking.question(state) if state.get("task") else "")
        is_reply = is_yes(text) or is_no(text)
        told = self._topics.follow_up(text, state) if understood.intent == "repeat" and aspects_in(text) else None
        if told:
            return told
        is_said_again = is_repeat(text) and (understood.intent in ("", "repeat") or text.strip().endswith("?"))
        if is_said_again or (understood.intent == "repeat" and not is_reply):
            return self._repairs.again(text, understood, state, last_reply)
        if takes_note(text) and not state.get("task"):
            return Move(
                _ANYTHING_ELSE, Understanding("greeting", 1.0, "", True), {**without(state, "missed"), "asked": "more"}
            )
        if asks_to_hold(text) and self._branches.read(text, now).is_empty:
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
        if wants_none(text) and not state.get("booked"):
            return self._booking.decline(state)
        return (
            self._booking.resume(text, state, now)
            or self._booking.revise(text, state, now)
            or self._to_question(text, state)
            or self._openings.booking(text, understood, state, now)
            or self._topics.follow_up(text, state)
            or self._openings.bare_choice(text, understood, state, now)
            or self._places.near(text, understood, state, now)
            or self._partings.particulars(text, understood, state)
            or self._places.opening(text, understood, state, now)
            or self._places.elsewhere(text, understood, state, now)
            or self._places.number(text, understood, state)
            or self._openings.in_passing(text, understood, state, now)
            or self._by_itself(text, understood, state)
        )

    def _in_task(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move:
        """A booking is under way: its answer, or a question in between, after which the booking goes on."""
        step = self._booking.answer(text, state, now)
        if step is None and is_choice(text):
            step = self._booking.take(text, state, now)
        if step is None and (understood.intent in _ASIDE_OF_A_PLACE or insists(text)):
            step = self._booking.fills_asked(text, state, now)
        if step:
            return step
        aside = self._topics.follow_up(text, state)
        expected = ("", *TASKS, *(("booking_check",) if state.get("asked") == "was" else ()))
        if aside is None and understood.intent in expected and not is_rule_question(text):
            step = self._booking.take(text, state, now)
            if step:
                return step
        asked_for = self._answers.get(understood.response_id)
        is_same = understood.intent == state["task"] and (asked_for is None or requested(asked_for.question) != "")
        if aside is None and is_same and not is_rule_question(text):
            return Move(f"네, {self._booking.question(state)}", in_context(understood), without(state, "missed"))
        aside = (
            aside
            or self._places.elsewhere(text, understood, state, now)
            or self._places.number(text, understood, state)
            or self._by_itself(text, understood, state)
        )
        intent = aside.understanding.intent
        if aside.hand_over or intent in _URGENT:
            paused = {"paused": state["task"]} if intent == "complaint" else {}
            return replace(aside, state={**without(aside.state, "task", "asked"), **paused})
        return self._aside(aside, state)

    def _aside(self, aside: Move, state: State) -> Move:
        """An answer in between, after which the booking goes on."""
        question = self._booking.question(state)
        if not aside.understanding.intent:
            return Move(f"{_NOT_HEARD} {question}", aside.understanding, aside.state)
        template = pattern(_LAST_QUESTION).sub(r"\1", aside.template)
        kept = {**aside.state, "task": state["task"], "asked": state.get("asked", "")}
        return Move(f"{template} {question}", in_context(aside.understanding), kept)

    def _to_question(self, text: str, state: State) -> Move | None:
        """The answer to a yes-or-no question of ours."""
        asked = state.get("asked")
        rest = without(state, "asked", "missed")
        last = self._answers.last(state)
        if last and _ASKED_IF_HURT in last.answer:
            key = squeezed(text)
            if pattern(_NOBODY_IS_HURT).search(key):
                return Move(_GLAD, Understanding(last.intent, 1.0, "", True), rest)
            if pattern(_SOMEBODY_IS_HURT).search(key):
                return self._answers.answer_to(_HELP_THE_HURT, state)
        if asked == "more" and is_nothing_more(text) and not is_yes(text):
            return Move(FAREWELL, Understanding("goodbye", 1.0, "", True), rest, "goodbye")
        if asked in (None, "more") and is_yes(text):
            return Move(GO_AHEAD, Understanding("greeting", 1.0, "", True), rest)
        if asked == "agent" and is_yes(text):
            return Move(CONNECTING, Understanding("agent", 1.0, "", True), rest, "agent")
        if asked == "agent" and is_no(text) and not requested(text):
            return Move("네, 그럼 다른 궁금하신 점을 말씀해 주세요.", Understanding("greeting", 1.0, "", True), rest)
        return None

    def _by_itself(self, text: str, understood: Understanding, state: State) -> Move:
        """A turn that says all that it means."""
        intent = understood.intent
        number = self._remarks.number(text, state) if intent in ("", *_HAND_OVERS) else None
        if number:
            return number
        if intent in _HAND_OVERS and (intent == "goodbye" or not is_question_about_service(text)):
            where = _HAND_OVERS[intent]
            if is_evident(where, text):
                return self._partings.to(where, understood, state)
            return self._repairs.missed(Understanding("", understood.confidence), state, text)
        subject = (state.get("service") or state.get("about", "")).split(", ")[0]
        is_of_it = "price" in aspects_in(text) and not (things_in(text) or pattern(_OF_REPAIR).search(text))
        if intent == "price_quote" and subject and is_of_it:
            priced = self._followups.of_service("price", subject)
            if priced:
                return self._answers.tell(priced, state)
        is_remark = intent == "complaint" or not is_sure(understood) or starts_hard(text)
        written = self._remarks.find(text, intent, state) if is_remark else None
        if written:
            return written
        if not intent or (intent == "greeting" and state.get("topic") and not is_greeting(text)):
            return self._repairs.missed(Understanding("", understood.confidence), state, text)
        both = self._answers.of_each(read_service(text), text, state)
        if both:
            return both
        response = self._followups.checked(text, self._answers.get(understood.response_id), intent)
        first = self._answers.first(intent)
        if response is None and intent in _SPEAK_FOR_THEMSELVES:
            response = first
        if response:
            return self._answers.say(response, replace(understood, response_id=response.id), state, text)
        service = read_service(text)
        kept = {**without(state, "missed", "repeats", "asked"), "topic": intent, "answer": first.id if first else ""}
        if service and intent in PRICED:
            kept["about"] = about(service, state)
            return Move(_WHICH_OF_IT.replace("<service>", spoken_thing(service)), understood, without(kept))
        told = [self._followups.of_service(name, service_of(intent, "")) for name in aspects_in(text)]
        if len(told) == 1 and told[0]:
            return self._answers.say(told[0], replace(understood, response_id=told[0].id), state, text)
        if intent not in PRICED and pattern(_REQUEST).search(squeezed(text)):
            return Move(FOR_A_PERSON, understood, {**without(kept), "asked": "agent"})
        return Move(_WHAT_ABOUT_IT if intent in PRICED else _WHAT_EXACTLY, understood, without(kept))
