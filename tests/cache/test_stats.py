"""The cache in figures, and answers taken out of it."""

import pytest

from voicebot.cache.protocol import Miss
from voicebot.cache.purge import Choice
from voicebot.cache.stats import stats_text
from voicebot.client import Voicebot
from voicebot.errors import InputError
from voicebot.turns.protocol import TurnRequest

pytestmark = pytest.mark.unit


def approve(voicebot: Voicebot, utterance: str, answer: str, intent: str, answer_id: str = "") -> None:
    miss = Miss(voicebot.lookup.key(utterance), utterance, answer, intent, answer_id, "person", 1.0)
    voicebot.inbox.record(miss)
    voicebot.approval().run()


def test_turns_are_counted_by_how_they_were_answered(voicebot: Voicebot) -> None:
    approve(voicebot, "토요일에도 해요", "네, 토요일에도 열어요.", "business_hours")
    for turn, utterance in enumerate(("토요일에도 해요", "저기 토요일에도 해요?", "우주여행도 시켜 주나요"), 1):
        voicebot.turns.open(TurnRequest("call", turn, utterance))
    voicebot.turns.open(TurnRequest("call", 1, "토요일에도 해요"))
    stats = voicebot.stats.collect(7, 10, 0.5)
    assert (stats.total.exact, stats.total.misses, stats.total.rate) == (2, 1, pytest.approx(2 / 3, abs=1e-4))
    assert len(stats.by_day) == 1
    assert stats.spared_chars == 2 * len("네, 토요일에도 열어요.")
    assert stats.saved_usd == pytest.approx(stats.spared_chars / 1000 * 0.5)
    assert [(miss.utterance, miss.count) for miss in stats.top_misses] == [("우주여행도 시켜 주나요", 1)]
    assert stats.inbox["pending"] == 1
    text = stats_text(stats)
    assert "66.7% hits (2 exact, 0 paraphrases, 1 misses)" in text
    assert "우주여행도" in text


def test_before_the_first_call_there_is_no_rate(voicebot: Voicebot) -> None:
    stats = voicebot.stats.collect(1, 10, None)
    assert (stats.total.rate, stats.saved_usd, stats.by_day) == (None, None, [])
    assert "none" in stats_text(stats)


def test_answers_are_purged_by_what_is_given(voicebot: Voicebot) -> None:
    approve(voicebot, "토요일에도 해요", "네, 토요일에도 열어요.", "business_hours", "c1")
    approve(voicebot, "주차 되나요", "네, 됩니다.", "location", "c2")
    approve(voicebot, "얼마예요", "오만 원이에요.", "price_quote", "c3")
    assert voicebot.purge.run(Choice(answer_ids=("c1", "c2"), intents=("location",)), is_dry_run=True).answers == 1
    assert voicebot.answers.count() == 3
    report = voicebot.purge.run(Choice(answer_ids=("c1", "c2")))
    assert (report.answers, report.clips) == (2, 2)
    assert [answer.answer_id for answer in voicebot.answers.scan()] == ["c3"]
    assert voicebot.purge.run(Choice(before_s=0.0)).answers == 0
    assert voicebot.purge.run(Choice(is_everything=True)).answers == 1


def test_a_purge_of_nothing_in_particular_is_refused(voicebot: Voicebot) -> None:
    with pytest.raises(InputError):
        voicebot.purge.run(Choice())
