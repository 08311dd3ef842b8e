"""Turns that begin something: a booking, or an answer to a caller who is on the way already."""

import datetime as dt
from dataclasses import replace

from voicebot.chat.answers import Answers, about, is_sure, talked_about
from voicebot.chat.booking import Booking
from voicebot.chat.branches import Branches
from voicebot.chat.commands import will_be_late
from voicebot.chat.followups import Followups
from voicebot.chat.moves import Move, State, without
from voicebot.chat.partings import FOR_A_PERSON, LATE, Partings
from voicebot.chat.protocol import Understanding
from voicebot.chat.remarks import PRICED
from voicebot.chat.requests import (
    adds_to_booking,
    cannot_come,
    comes_now,
    is_booking,
    is_rule_question,
    is_wanted,
    requested,
)
from voicebot.chat.services import things_in
from voicebot.chat.slots import Reading
from voicebot.chat.tasks import CANNOT_COME, TASKS
from voicebot.korean.patterns import pattern

_BOOKABLE = (*PRICED, "", "warning_light", "price_quote", "service_list")
"""Intents in which a wish for work or a day asks for a booking."""
_THERE = r"거기|그\s*지점|그쪽|그리로"
_AND_THAT = r"[은는도엔]\s?요?\s?\??$"
"""A question about something else: "수원점은요?"."""
_WITHOUT_BOOKING = "예약 없이 그냥 가도 돼요"
_ON_THE_WAY = ("", "goodbye", "booking_new", *PRICED)


def is_past(reading: Reading, now: dt.datetime) -> bool:
    """Say whether all days in `reading` are over: what was, and no wish."""
    return bool(reading.dates) and all(date.day < now.date() for date in reading.dates)


class Openings:
    """Begins what a turn outside a task asks for.

    Args:
        booking: Takes appointments.
        branches: Reads days, hours, branches and services.
        answers: The bank.
        followups: What else is known about the thing that was talked about.
        partings: Hands over.
    """

    def __init__(
        self, booking: Booking, branches: Branches, answers: Answers, followups: Followups, partings: Partings
    ) -> None:
        self._booking = booking
        self._branches = branches
        self._answers = answers
        self._followups = followups
        self._partings = partings

    def booking(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """A request to book, change or cancel, or a bare day or branch after an answer about bookings."""
        reading = self._branches.read(text, now)
        topic = state.get("topic", "")
        if topic in TASKS and reading.is_bare and self._booking.concerns(topic, reading):
            return self._booking.start(topic, reading, state, now)
        if topic == "pickup_delivery" and not requested(text):
            return None
        if will_be_late(text) and understood.intent in ("", *TASKS):
            return self._answers.answer_to(LATE, state)
        service = reading.service or talked_about(text, state)
        wanted = requested(text) or ("booking_new" if is_booking(text, reading) else "")
        if not wanted and (understood.intent in (*_BOOKABLE, *TASKS) or reading.is_bare):
            is_answered = is_sure(understood) and understood.intent not in TASKS and not (reading.dates or reading.time)
            is_over = is_past(reading, now)
            wanted = (
                "booking_new"
                if not (is_answered or is_over) and is_wanted(text, reading, has_service=bool(service))
                else ""
            )
        has_day = bool(reading.dates or reading.span or reading.time) and not is_rule_question(text)
        intent = wanted or (understood.intent if understood.intent in TASKS else "")
        is_way_out = intent == "booking_change" and cannot_come(text)
        fits = (
            intent,
            "booking_check",
            *(("booking_cancel",) if is_way_out else ()),
            *(_BOOKABLE if intent == "booking_new" else ("",)),
        )
        if not intent or not (wanted or has_day) or not (understood.intent in fits or reading.is_bare):
            return None
        service = service if intent == "booking_new" else reading.service
        is_there = pattern(_THERE).search(text) and not reading.branch and intent == "booking_new"
        named = reading.service
        reading = replace(reading, service=service, branch=state.get("place", "") if is_there else reading.branch)
        step = self._booking.start(intent, reading, state, now, text, CANNOT_COME if is_way_out else "")
        response = self._answers.get(understood.response_id)
        is_request = response is not None and requested(response.question) == intent
        if (
            response
            and is_request
            and not service
            and reading.is_empty
            and self._branches.read(response.question, now).is_empty
        ):
            # What the bank says to a request without particulars is asked in its words, and may be an approved clip.
            return replace(step, template=response.answer, understanding=understood)
        is_contextual = bool(reading.dates) or service != named
        return replace(step, understanding=replace(step.understanding, is_contextual=is_contextual))

    def bare_choice(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """A bare branch, day or hour after an answer about work: "강남" after "타이어" begins a booking."""
        reading = self._branches.read(text, now)
        has_choice = bool(reading.branch or reading.dates or reading.time)
        is_asked = reading.is_question or pattern(_AND_THAT).search(text)
        if not (has_choice and reading.is_bare and state.get("about")) or is_asked or is_past(reading, now):
            return None
        is_about_us = state.get("topic") in ("location", "business_hours")
        if understood.intent not in ("", *(() if is_about_us else ("location",))):
            return None
        return self._booking.start(
            "booking_new", replace(reading, service=reading.service or talked_about(text, state)), state, now
        )

    def in_passing(self, text: str, understood: Understanding, state: State, now: dt.datetime) -> Move | None:
        """A caller who is on the way already, adds to a booking that we do not know, or names a warning light."""
        reading = self._branches.read(text, now)
        if comes_now(text) and not state.get("booked") and understood.intent in _ON_THE_WAY:
            services = {"about": about(reading.service, state)} if reading.service else {}
            return self._answers.answer_to(_WITHOUT_BOOKING, {**state, **services})
        is_told = not reading.is_empty and (is_past(reading, now) or not understood.intent)
        if state.get("asked") == "agent" and is_told and not reading.is_question:
            return self._partings.taken_over(state)
        if adds_to_booking(text, reading) and understood.intent in ("", *TASKS, *PRICED):
            kept = {**without(state, "missed", "repeats"), "asked": "agent"}
            return Move(FOR_A_PERSON, Understanding("booking_change", 1.0, "", True), kept)
        last = self._answers.last(state)
        if last is None or last.intent != "warning_light" or understood.intent or not things_in(text, last.intent):
            return None
        light = self._followups.named(text, last.intent)
        return self._answers.tell(light, state) if light else None
