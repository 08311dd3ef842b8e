"""Finding an answer, refusing one, and keeping the index in a file."""

from pathlib import Path

import pytest

from voicebot.errors import ConfigError, InputError
from voicebot.nlu.arrays import pack_arrays
from voicebot.nlu.data import Labelled
from voicebot.nlu.evaluate import ask, false_rate, hit_rate, spoiled
from voicebot.nlu.matcher import Matcher
from voicebot.nlu.model import Model, load_model
from voicebot.nlu.verifier import GUARDS

pytestmark = pytest.mark.unit

CACHED = [
    ("sat", "토요일에도 문 여나요"), ("sat", "토요일 영업하는지 알려 주세요"), ("sun", "일요일에도 문 여나요"),
    ("oil", "엔진오일 교환 얼마예요"), ("tire", "타이어 교체해 주나요"), ("two", "두 시에 예약해 주세요"),
]  # fmt: skip


@pytest.fixture(scope="module")
def model(trained: Path) -> Model:
    return load_model(trained)


@pytest.fixture(scope="module")
def matcher(model: Model) -> Matcher:
    return Matcher.build(model, CACHED)


def test_the_same_normal_form_is_a_hit_with_certainty(matcher: Matcher) -> None:
    match = matcher.find("음 일요일에도문여나요")
    assert match.is_hit
    assert match.candidate is not None
    assert (match.candidate.answer_id, match.verdict.probability) == ("sun", 1.0)


def test_candidates_are_one_an_answer_and_likeliest_first(matcher: Matcher) -> None:
    found = matcher.search("토요일에 문 여는지 알려 주세요", k=4)
    assert [c.answer_id for c in found].count("sat") == 1
    assert [c.score for c in found] == sorted((c.score for c in found), reverse=True)


def test_another_number_is_refused_by_name(matcher: Matcher) -> None:
    candidate = next(c for c in matcher.search("세 시에 예약해 주세요", k=6) if c.answer_id == "two")
    verdict = matcher.accepts("세 시에 예약해 주세요", candidate)
    assert (verdict.is_accepted, verdict.guard) == (False, "number")


@pytest.mark.parametrize(
    ("cached", "asked", "guard"),
    [
        ("토요일에도 문 여나요", "일요일에도 문 여나요", "opposite"),
        ("거실 불 켜 주세요", "거실 불 꺼 주세요", "opposite"),
        ("거실 불 켜 주세요", "거실 불 켜지 마세요", "act"),
        ("두 시에 예약해 주세요", "세 시에 예약해 주세요", "number"),
    ],
)
def test_the_opposite_is_refused_whatever_the_score(model: Model, cached: str, asked: str, guard: str) -> None:
    verdict = Matcher.build(model, [("only", cached)], threshold=0.0).find(asked).verdict
    assert (verdict.is_accepted, verdict.guard) == (False, guard)


def test_every_refusal_names_its_guard(matcher: Matcher) -> None:
    for text in ("오늘 날씨 어때", "토요일에는 문 안 여나요", "ㅋㅋ", "a", "1"):
        verdict = matcher.find(text).verdict
        assert verdict.is_accepted or verdict.guard in GUARDS


def test_an_empty_cache_and_an_empty_query_miss(model: Model, matcher: Matcher) -> None:
    assert not Matcher.build(model, []).find("문 여나요").is_hit
    assert not matcher.find("").is_hit


def test_a_saved_index_answers_the_same(model: Model, matcher: Matcher, tmp_path: Path) -> None:
    matcher.save(tmp_path / "index.arrays")
    again = Matcher.load(model, tmp_path / "index.arrays")
    assert again.find("일요일에 문 여나요") == matcher.find("일요일에 문 여나요")
    assert len(again) == len(CACHED)


def test_a_damaged_index_is_refused(model: Model, matcher: Matcher, tmp_path: Path) -> None:
    path = tmp_path / "index.arrays"
    matcher.save(path)
    data = path.read_bytes()
    for damaged in (data[:500], data[:-1] + bytes([data[-1] ^ 1]), b"", pack_arrays({}, {})):
        path.write_bytes(damaged)
        with pytest.raises(ConfigError, match=r"index\.arrays"):
            Matcher.load(model, path)


def test_one_line_cannot_have_two_answers(model: Model) -> None:
    with pytest.raises(InputError, match="same line"):
        Matcher.build(model, [("a", "문 여나요"), ("b", "문여나요")])


@pytest.mark.parametrize("kind", ["none", "random", "filler"])
def test_spacing_and_fillers_cost_nothing(matcher: Matcher, kind: str) -> None:
    spoil = spoiled(kind)
    asked = ask(matcher, [Labelled(spoil(text), label) for label, text in CACHED if label != "two"])
    assert hit_rate(asked) == 1.0
    assert false_rate(asked) == 0.0
