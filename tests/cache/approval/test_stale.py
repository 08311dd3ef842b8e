"""Answers that are out of date are found and made again, and play until then."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fakes.voices import ScriptedVoice, answer_voice
from voicebot.cache.approval.answer_voice import AnswerVoice
from voicebot.cache.approval.approver import Approval
from voicebot.cache.approval.command import Approve, ApproveOptions, planned_text
from voicebot.cache.approval.report import ApprovalReport
from voicebot.cache.approval.stale import Staleness, StaleReport
from voicebot.cache.protocol import Answer, InboxItem, Miss
from voicebot.chat.facts import Facts
from voicebot.client import Voicebot

pytestmark = pytest.mark.unit

QUESTION = "토요일에도 해요"
FACTS = {"hours.saturday": "오전 9시부터"}


class Shop:
    """A cache with one approved answer, and everything about it that can change."""

    def __init__(self, voicebot: Voicebot) -> None:
        self.voicebot = voicebot
        self.voice: AnswerVoice = answer_voice(ScriptedVoice())
        self.facts = dict(FACTS)
        self.written: dict[str, str] = {}
        self.key: Callable[[str], str] = voicebot.lookup.key
        miss = Miss(self.key(QUESTION), QUESTION, "토요일에는 {hours.saturday} 열어요.", answer_id="c1", source="seed")
        voicebot.inbox.record(miss)
        assert self.approve(is_stale=False).approved == 1

    @property
    def service(self) -> Approve:
        bot = self.voicebot
        bot.__dict__["facts"] = Facts(self.facts)
        publisher = bot.answer_publisher(self.voice)
        approval = Approval(bot.inbox, publisher, self.voice, bot.orphans, bot.clock, 60.0)
        return Approve(approval, self.staleness, bot.answer_index)

    @property
    def staleness(self) -> Staleness:
        bot = self.voicebot
        facts = Facts(self.facts)
        return Staleness(bot.answers, bot.inbox, bot.blobs, self.voice, facts, self.key, self.written)

    def approve(self, *, is_stale: bool = True) -> ApprovalReport:
        return self.service.run(ApproveOptions(is_stale=is_stale, workers=2))

    def answer(self) -> Answer:
        answer = self.voicebot.answers.get(self.key(QUESTION))
        assert answer is not None
        return answer


@pytest.fixture
def shop(voicebot: Voicebot) -> Shop:
    return Shop(voicebot)


def clip_path(shop: Shop) -> Path:
    return Path(shop.voicebot.blobs.url(shop.answer().clips[0]).removeprefix("file://"))


def changed_fact(shop: Shop) -> None:
    shop.facts["hours.saturday"] = "오전 10시부터"


def changed_text(shop: Shop) -> None:
    shop.written["c1"] = "네, 토요일에도 {hours.saturday} 열어요."


def changed_voice(shop: Shop) -> None:
    shop.voice = answer_voice(ScriptedVoice(noise=lambda: 0.5), name="two")


def changed_model(shop: Shop) -> None:
    shop.voice = answer_voice(ScriptedVoice(noise=lambda: 0.5), version="2")


def changed_engine(shop: Shop) -> None:
    other = ScriptedVoice(noise=lambda: 0.5)
    other.engine = "another"
    shop.voice = answer_voice(other)


def lost_clip(shop: Shop) -> None:
    clip_path(shop).unlink()


def broken_clip(shop: Shop) -> None:
    clip_path(shop).write_bytes(clip_path(shop).read_bytes()[:50])


CHANGES = [
    (changed_fact, "facts"),
    (changed_text, "text"),
    (changed_voice, "voice"),
    (changed_model, "speech"),
    (changed_engine, "engine"),
    (lost_clip, "clip"),
    (broken_clip, "clip"),
]


def test_what_has_just_been_approved_is_not_stale(shop: Shop) -> None:
    report = shop.approve()
    assert report.is_idle
    assert (report.stale.checked, report.stale.stale) == (1, 0)


@pytest.mark.parametrize(("change", "reason"), CHANGES, ids=lambda part: getattr(part, "__name__", part))
def test_a_change_makes_an_answer_stale_and_is_made_good_once(
    shop: Shop, change: Callable[[Shop], None], reason: str
) -> None:
    change(shop)
    plan = shop.service.preview(ApproveOptions(is_stale=True))
    assert isinstance(plan, StaleReport)
    assert plan.reasons == {reason: 1}
    assert "1 of 1 answers would be made again" in planned_text(plan)
    assert shop.voicebot.inbox.counts()["pending"] == 0
    report = shop.approve()
    assert (report.approved, report.renewed, report.failed) == (1, 1, [])
    answer = shop.answer()
    assert answer.version == 2
    assert answer.text == Facts(shop.facts).fill(answer.template)
    assert clip_path(shop).stat().st_size > 1000
    assert shop.approve().is_idle


def test_the_old_clip_plays_until_the_new_one_is_there_and_a_while_longer(shop: Shop) -> None:
    before = shop.answer()
    changed_voice(shop)
    heard: list[Answer] = []
    shop.voice = answer_voice(ScriptedVoice(lambda text: heard.append(shop.answer()), noise=lambda: 0.5), name="two")
    shop.approve()
    assert heard == [before]
    after = shop.answer()
    assert after.clips != before.clips
    assert shop.voicebot.blobs.exists(before.clips[0])
    assert shop.voicebot.orphans.sweep() == []


def test_pending_questions_are_left_alone(shop: Shop) -> None:
    key = shop.key("주차되나요")
    shop.voicebot.inbox.record(Miss(key, "주차되나요", "네, 돼요."))
    changed_fact(shop)
    assert shop.approve().approved == 1
    item = shop.voicebot.inbox.get(key)
    assert item is not None
    assert item.state == "pending"


def test_a_fact_that_is_gone_fails_and_leaves_the_old_answer(shop: Shop) -> None:
    before = shop.answer()
    del shop.facts["hours.saturday"]
    report = shop.approve()
    assert (report.approved, len(report.failed)) == (0, 1)
    assert "hours.saturday" in report.failed[0]
    assert shop.answer() == before


def test_an_answer_moves_to_its_new_key_with_its_clip(shop: Shop) -> None:
    old, said = shop.answer(), ScriptedVoice()
    shop.key = lambda utterance: f"새{shop.voicebot.lookup.key(utterance)}"
    shop.voice = answer_voice(said)
    report = shop.approve()
    assert (report.approved, report.stale.moved, said.said) == (1, 1, [])
    assert shop.voicebot.answers.get(old.key) is None
    assert shop.answer().clips == old.clips
    assert shop.approve().is_idle


def test_an_older_rule_for_keys_is_renewed_without_speech(shop: Shop) -> None:
    answer, said = shop.answer(), ScriptedVoice()
    shop.voicebot.answers.put(replace(answer, normalizer_version=0))
    shop.voice = answer_voice(said)
    assert shop.approve().stale.reasons == {"normaliser": 1}
    assert said.said == []
    assert shop.approve().is_idle


def test_two_renewals_at_a_time_do_one(shop: Shop) -> None:
    changed_fact(shop)
    first, second = shop.staleness.queue(), shop.staleness.queue()
    assert (first.queued, second.queued) == (1, 0)


def test_a_report_names_no_words(shop: Shop) -> None:
    changed_fact(shop)
    (line,) = shop.staleness.queue(is_dry_run=True).answers
    assert "토요일" not in line
    assert "c1" in line


def test_a_renewal_goes_on_after_a_kill(shop: Shop) -> None:
    changed_fact(shop)
    shop.staleness.queue()
    item: InboxItem = shop.voicebot.inbox.claim(1, -1.0, "another-machine:1:x", renewals_only=True)[0]
    assert item.source == "renewal"
    assert shop.approve().approved == 1
    assert shop.answer().version == 2
