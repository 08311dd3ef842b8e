"""A person decides, and may change their mind."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.fakes.answers import ANSWER
from tests.fakes.voices import ScriptedVoice, answer_voice
from voicebot.audio.wav import check_connect_prompt
from voicebot.cache.approval.review import Case, Review
from voicebot.cache.protocol import Miss
from voicebot.client import Voicebot
from voicebot.errors import ConflictError, InputError

pytestmark = pytest.mark.unit

KEY = "주차되나요"


@pytest.fixture
def review(voicebot: Voicebot) -> Iterator[Review]:
    publisher = voicebot.answer_publisher(answer_voice(ScriptedVoice()))
    with Review(voicebot.inbox, publisher, voicebot.blobs, voicebot.facts, 60.0) as review:
        yield review


def opened(review: Review, key: str = KEY) -> Case:
    case = review.open(key)
    assert case is not None
    return case


def record(voicebot: Voicebot, key: str = KEY, answer: str | None = "네, 돼요.") -> None:
    voicebot.inbox.record(Miss(key, key, answer))


def state(voicebot: Voicebot, key: str = KEY) -> str:
    item = voicebot.inbox.get(key)
    assert item is not None
    assert item.owner == "" or item.state in ("claimed", "synthesised")
    return item.state


def test_what_was_held_for_a_person_comes_first(voicebot: Voicebot, review: Review) -> None:
    for key in ("가", "나", "다", "라"):
        record(voicebot, key)
    voicebot.inbox.record(Miss("가", "가"))
    voicebot.inbox.claim(2, 60, "a")
    voicebot.inbox.settle("가", "a", "synthesised", "a price")
    voicebot.inbox.settle("나", "a", "approved")
    assert review.waiting() == ["가", "다", "라"]
    assert review.waiting(2) == ["가", "다"]


def test_an_open_item_is_nobody_elses(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    opened(review)
    assert voicebot.inbox.claim(5, 60, "cron") == []
    assert not voicebot.inbox.set_state(KEY, "rejected")


def test_an_item_that_is_being_worked_on_cannot_be_opened(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    voicebot.inbox.claim(1, 60, "cron")
    assert review.open(KEY) is None


def test_an_item_that_was_decided_meanwhile_is_left_as_it_is(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    voicebot.inbox.set_state(KEY, "rejected")
    assert review.open(KEY) is None
    assert state(voicebot) == "rejected"
    assert review.open("없어요") is None


def test_an_approved_case_is_heard_by_callers(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    review.approve(opened(review))
    answer = voicebot.answers.get(KEY)
    assert answer is not None
    assert (answer.text, state(voicebot), review.report().approved) == ("네, 돼요.", "approved", 1)


def test_playing_gives_the_clip_that_is_then_approved(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    case, wav = review.speak(opened(review))
    assert check_connect_prompt(wav) == []
    review.approve(case)
    answer = voicebot.answers.get(KEY)
    assert answer is not None
    assert answer.clips == case.item.clips


def test_an_edited_answer_is_spoken_and_kept_with_its_placeholders(voicebot: Voicebot, review: Review) -> None:
    record(voicebot, answer=None)
    case = opened(review)
    assert case.problem == "there is no answer yet"
    with pytest.raises(InputError, match="cannot be approved"):
        review.approve(case)
    case = review.edit(case, "  네, {branch.gangnam_parking}까지 세울 수 있어요. ")
    assert (case.problem, "{" in case.text) == ("", False)
    review.approve(case)
    answer, item = voicebot.answers.get(KEY), voicebot.inbox.get(KEY)
    assert answer is not None
    assert item is not None
    assert answer.template == item.answer == "네, {branch.gangnam_parking}까지 세울 수 있어요."
    assert (review.report().approved, review.report().edited) == (1, 1)


@pytest.mark.parametrize("answer", ["", "   ", "...", "{nothing.known} 이에요."])
def test_an_edit_that_cannot_be_spoken_changes_nothing(voicebot: Voicebot, review: Review, answer: str) -> None:
    record(voicebot)
    case = opened(review)
    with pytest.raises(InputError):
        review.edit(case, answer)
    review.approve(case)
    stored = voicebot.answers.get(KEY)
    assert stored is not None
    assert stored.text == "네, 돼요."


def test_a_skipped_item_is_as_it_was(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    before = voicebot.inbox.get(KEY)
    case, _ = review.speak(review.edit(opened(review), "다른 답이에요."))
    review.skip(case)
    assert voicebot.inbox.get(KEY) == before


def test_a_held_item_that_is_skipped_waits_on_with_its_reason(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    voicebot.inbox.claim(1, 60, "a")
    voicebot.inbox.settle(KEY, "a", "synthesised", "a price")
    review.skip(opened(review))
    item = voicebot.inbox.get(KEY)
    assert item is not None
    assert (item.state, item.last_error, item.owner) == ("synthesised", "a price", "")


def test_undo_takes_back_an_approval(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    review.approve(opened(review))
    case = review.undo()
    assert case is not None
    assert voicebot.answers.get(KEY) is None
    review.reject(case)
    assert state(voicebot) == "rejected"
    assert (review.report().approved, review.report().rejected) == (0, 1)


def test_undo_brings_the_answer_back_that_was_replaced(voicebot: Voicebot, review: Review) -> None:
    voicebot.answers.put(replace(ANSWER, key=KEY))
    record(voicebot)
    review.approve(opened(review))
    assert review.undo() is not None
    stored = voicebot.answers.get(KEY)
    assert stored is not None
    assert (stored.text, stored.clips) == (ANSWER.text, ANSWER.clips)


def test_undo_takes_back_a_rejection_and_a_skip(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    record(voicebot, "세차되나요")
    review.reject(opened(review))
    review.skip(opened(review, "세차되나요"))
    skipped = review.undo()
    assert skipped is not None
    assert skipped.item.id == "세차되나요"
    rejected = review.undo()
    assert rejected is not None
    assert rejected.item.id == KEY
    assert state(voicebot, "세차되나요") == "pending"
    assert review.undo() is None
    review.approve(rejected)
    assert state(voicebot) == "approved"


def test_undo_leaves_an_answer_alone_that_somebody_has_changed_since(voicebot: Voicebot, review: Review) -> None:
    record(voicebot)
    review.approve(opened(review))
    answer = voicebot.answers.get(KEY)
    assert answer is not None
    voicebot.answers.put(replace(answer, text="다른 사람의 답이에요."))
    with pytest.raises(ConflictError):
        review.undo()
    kept = voicebot.answers.get(KEY)
    assert kept is not None
    assert (kept.text, state(voicebot)) == ("다른 사람의 답이에요.", "approved")


def test_what_is_open_at_the_end_is_put_back(voicebot: Voicebot) -> None:
    record(voicebot)
    publisher = voicebot.answer_publisher(answer_voice(ScriptedVoice()))
    with Review(voicebot.inbox, publisher, voicebot.blobs, voicebot.facts, 60.0) as review:
        opened(review)
    assert state(voicebot) == "pending"
    assert voicebot.inbox.owners() == []
