"""Going on with the last topic: another aspect of it, or the last question about something else."""

from dataclasses import replace

from voicebot.chat.answers import Answers, in_context, talked_about
from voicebot.chat.branches import Branches
from voicebot.chat.followups import Followups, aspect_of, aspects_in, other_noun, question_about, same_question_about
from voicebot.chat.moves import Move, State, without
from voicebot.chat.protocol import Turn, Understander, Understanding
from voicebot.chat.requests import wants_both
from voicebot.chat.responses import Response
from voicebot.chat.services import read_service, service_of
from voicebot.korean.patterns import pattern

_HOURS_AT_FESTIVALS = "명절에도 문 여나요"
_FESTIVALS = r"설날|설에|설연휴|설 연휴|구정|추석|명절"
_HOURS_OF_A_BRANCH = "지점마다 영업시간이 달라요"
_NOT_WRITTEN = "그 부분은 제가 정확히 알려 드리기 어려워요. 상담원에게 연결해 드릴까요?"


class Topics:
    """Answers turns that mean something only after the last answer.

    Args:
        answers: What is written.
        followups: Finds answers by aspect and service.
        understander: What a whole question asks for.
        branches: A branch's name after a question about hours.
    """

    def __init__(self, answers: Answers, followups: Followups, understander: Understander, branches: Branches) -> None:
        self._answers = answers
        self._followups = followups
        self._understander = understander
        self._branches = branches

    def follow_up(self, text: str, state: State) -> Move | None:
        """Return what is said to another aspect of the last topic, or to the last question about something else."""
        aspect = aspect_of(text)
        is_about_two = wants_both(text) or (len(aspects_in(text)) > 1 and not read_service(text))
        both = self._answers.of_each(talked_about(text, state), text, state) if is_about_two else None
        if both:
            return both
        if aspect and state.get("task") and state.get("service"):
            understood = self._understander.understand(Turn(question_about(aspect, state["service"])))
            response = self._answers.get(understood.response_id)
            response = response or self._followups.of_service(aspect, state["service"].split(", ")[0])
            if response is None:
                return None
            return self._answers.tell(response, state)
        last = self._answers.last(state)
        if last is None:
            told = self._followups.of_service(aspect, state.get("about", "").split(", ")[0]) if aspect else None
            return self._answers.tell(told, state) if told else None
        if aspect == "holiday" and pattern(_FESTIVALS).search(text):
            return self._answers.answer_to(_HOURS_AT_FESTIVALS, state)
        if aspect:
            return self._other_aspect(aspect, text, last, state)
        noun = other_noun(text)
        if noun and last.intent == "business_hours" and self._branches.is_branch(noun):
            return self._answers.answer_to(_HOURS_OF_A_BRANCH, state)
        if noun and pattern(_FESTIVALS).search(noun) and last.intent == "business_hours":
            return self._answers.answer_to(_HOURS_AT_FESTIVALS, state)
        question = same_question_about(noun, last) if noun else ""
        understood = self._understander.understand(Turn(question)) if question else Understanding("", 0.0)
        response = self._answers.get(understood.response_id)
        if response is None or noun not in response.question:
            return self._answers.tell(last, state) if len(noun) > 1 and noun in last.answer else None
        return self._answers.say(response, in_context(understood), state)

    def _other_aspect(self, aspect: str, text: str, last: Response, state: State) -> Move:
        found = self._followups.find(aspect, last, text)
        if found:
            return self._answers.tell(found, state)
        told = self._followups.of_service(
            aspect, service_of(last.intent, last.question) or state.get("about", "").split(", ")[0]
        )
        if told:
            return self._answers.tell(told, state)
        question = self._followups.whole_question(aspect, last)
        understood = self._understander.understand(Turn(question)) if question else Understanding("", 0.0)
        response = self._answers.get(understood.response_id)
        if response:
            # The talk stays with its topic: "그럼 가격은요?" may come next.
            said = self._answers.say(response, in_context(understood), state)
            return replace(said, state={**said.state, "topic": last.intent, "answer": last.id})
        understanding = Understanding(last.intent, 1.0, "", True)
        return Move(_NOT_WRITTEN, understanding, {**without(state, "missed"), "asked": "agent"})
