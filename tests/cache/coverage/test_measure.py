"""What a cache gives to queries whose answers are known, counted by hand."""

import csv
from collections.abc import Mapping
from pathlib import Path

import pytest

from voicebot.cache.coverage.measure import Coverage
from voicebot.cache.coverage.page import render_page
from voicebot.cache.coverage.queries import CachedLine, Query, count_queries, read_cached, read_queries, stored_lines
from voicebot.cache.coverage.report import CoverageReport, Gate, check_gate
from voicebot.cache.coverage.tally import WORST, Tally
from voicebot.cache.coverage.text import coverage_text
from voicebot.client import Voicebot
from voicebot.errors import GateError, InputError, NotFoundError
from voicebot.korean.normalize import cache_key
from voicebot.nlu.matcher import Candidate, Match
from voicebot.nlu.verifier import Verdict

pytestmark = pytest.mark.unit


class ScriptedFinder:
    """A `Finder` that knows by heart what to find.

    Args:
        script: Utterance to (answer id, probability, guard); a guard starting with ! refuses whatever the probability.
        threshold: Accepts from here.
    """

    def __init__(self, script: Mapping[str, tuple[str, float, str]], threshold: float = 0.8) -> None:
        self.threshold = threshold
        self._script = script
        self.asked: list[str] = []

    def find(self, text: str) -> Match:
        self.asked.append(text)
        if text not in self._script:
            return Match(None, Verdict(False, 0.0, "score", "nothing is cached"))
        answer_id, probability, guard = self._script[text]
        is_accepted = probability >= self.threshold and not guard.startswith("!")
        verdict = Verdict(is_accepted, probability, "" if is_accepted else guard.lstrip("!"))
        return Match(Candidate(answer_id, f"{answer_id}의 질문", answer_id, probability, verdict), verdict)

    def blame(self, text: str) -> str:
        return self._script[text][2].lstrip("!")


CACHED = (
    CachedLine("c1", "토요일에도 해요"),
    CachedLine("c1", "토요일 영업하나요"),
    CachedLine("c2", "주차 되나요"),
    CachedLine("c3", "카드로 결제돼요"),
)
SCRIPT = {
    "주말에도 여나요": ("c1", 0.95, ""),
    "차 세울 데 있나요": ("c2", 0.90, ""),
    "주차비 얼마예요": ("c3", 0.85, "content_word"),
    "체크카드도 받아요": ("c3", 0.40, "content_word"),
    "일요일에도 해요": ("c1", 0.82, "opposite"),
    "주차 두 대 되나요": ("c2", 0.70, "number"),
    "카드 말고 돼요": ("c1", 0.30, "opposite"),
}
QUERIES = """utterance,expected
저기 토요일에도 해요?,c1
주말에도 여나요,c1
차 세울 데 있나요,c2
주차비 얼마예요,c2
체크카드도 받아요,c3
일요일에도 해요,
주차 두 대 되나요,
비행기 표 있어요,
카드 말고 돼요,c3
주차되나요,c2
"""


def coverage(threshold: float = 0.8, script: Mapping[str, tuple[str, float, str]] = SCRIPT) -> Coverage:
    finder = ScriptedFinder(script, threshold)
    return Coverage(CACHED, finder, cache_key, blame=finder.blame)


def write(tmp_path: Path, text: str = QUERIES, name: str = "queries.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def measured(tmp_path: Path, gate: Gate | None = None) -> CoverageReport:
    return coverage().measure(write(tmp_path), gate)


def test_the_hit_rate_is_over_answerable_queries_and_the_false_hit_rate_over_all(tmp_path: Path) -> None:
    report = measured(tmp_path)
    assert (report.queries, report.answerable, report.hits, report.false_hits) == (10, 7, 4, 2)
    assert report.hit_rate == pytest.approx(4 / 7)
    assert report.false_hit_rate == pytest.approx(0.2)
    assert (report.wrong_answers, report.unwanted_answers) == (1, 1)


def test_the_intervals_are_clopper_pearson(tmp_path: Path) -> None:
    report = measured(tmp_path)
    assert report.hit_rate_interval == pytest.approx((0.18405157, 0.90101179), abs=1e-7)
    assert report.false_hit_rate_interval == pytest.approx((0.02521073, 0.55609546), abs=1e-7)


def test_every_query_has_a_kind(tmp_path: Path) -> None:
    kinds = {one.name: (one.queries, one.hits, one.false_hits) for one in measured(tmp_path).by_kind}
    assert kinds == {"exact": (2, 2, 0), "paraphrase": (5, 2, 1), "must-miss": (3, 0, 1)}


def test_must_miss_queries_have_no_hit_rate(tmp_path: Path) -> None:
    must_miss = measured(tmp_path).by_kind[-1]
    assert (must_miss.hit_rate, must_miss.hit_rate_interval) == (None, None)


def test_the_intent_is_the_column_or_else_what_the_model_says(tmp_path: Path) -> None:
    path = write(tmp_path, "utterance,expected,intent\n주차되나요,c2,parking\n주말에도 여나요,c1,\n")
    named = {one.name: one.hits for one in coverage().measure(path).by_intent}
    assert named == {"parking": 1, "(none)": 1}
    predicting = Coverage(CACHED, ScriptedFinder(SCRIPT), cache_key, lambda text: text[:2])
    assert {
        one.name for one in predicting.measure(write(tmp_path, "utterance,expected\n주차되나요,c2\n")).by_intent
    } == {"주차"}


def test_refusals_are_counted_by_guard_and_say_what_they_cost(tmp_path: Path) -> None:
    refusals = {one.guard: (one.refused, one.prevented, one.lost) for one in measured(tmp_path).refusals}
    assert refusals == {"content_word": (1, 0, 1), "number": (1, 1, 0), "opposite": (1, 1, 0), "unknown": (1, 1, 0)}


def test_the_worst_false_hits_come_with_the_guard_that_should_have_refused(tmp_path: Path) -> None:
    worst = [
        (one.line, one.expected, one.predicted, one.score, one.guard) for one in measured(tmp_path).worst_false_hits
    ]
    assert worst == [(5, "c2", "c3", 0.85, "content_word"), (7, "", "c1", 0.82, "opposite")]


def test_the_worst_misses_start_with_right_answers_that_were_refused(tmp_path: Path) -> None:
    assert [(one.line, one.predicted) for one in measured(tmp_path).worst_misses] == [(6, "c3"), (10, "c1")]


def test_the_list_of_the_worst_is_short_and_has_the_most_confident() -> None:
    script = {f"질문 {n}": ("c1", 0.8 + n / 1000, "role") for n in range(100)}
    cover = coverage(script=script)
    tally = Tally(cover.measured)
    for outcome in cover.outcomes(Query(n, text, "") for n, text in enumerate(script, 2)):
        tally.add(outcome)
    scores = [one.score for one in tally.report(Gate()).worst_false_hits]
    assert scores == [round(0.8 + n / 1000, 4) for n in range(99, 99 - WORST, -1)]


def test_the_curve_falls_in_threshold_and_rises_in_both_rates(tmp_path: Path) -> None:
    curve = measured(tmp_path).curve
    assert [(p.threshold, p.hits, p.false_hits) for p in curve] == [
        (1.0, 2, 0), (0.95, 3, 0), (0.90, 4, 0), (0.85, 4, 1), (0.82, 4, 2), (0.70, 4, 3), (0.40, 5, 3), (0.30, 5, 4),
        (0.0, 5, 4),
    ]  # fmt: skip


def test_a_guard_that_refuses_a_confident_match_refuses_it_at_every_threshold(tmp_path: Path) -> None:
    path = write(tmp_path, "utterance,expected\n주차 두 대 되나요,\n주말에도 여나요,c1\n")
    script = {**SCRIPT, "주차 두 대 되나요": ("c2", 0.97, "!number")}
    report = coverage(script=script).measure(path)
    assert [one.guard for one in report.refusals] == ["number"]
    assert max(point.false_hits for point in report.curve) == 0


def test_predictions_name_the_best_candidate_whether_or_not_it_was_taken(tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    coverage().measure(write(tmp_path), predictions=out)
    with out.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["utterance", "expected", "predicted", "score", "hit", "reason"]
    assert len(rows) == 11
    assert rows[1] == ["저기 토요일에도 해요?", "c1", "c1", "1.0", "true", "exact"]
    assert rows[2][2:] == ["c1", "0.95", "true", "paraphrase"]
    assert rows[5][2:] == ["c3", "0.4", "false", "content_word"]
    assert rows[8][2:] == ["", "0.0", "false", "unknown"]


def test_predictions_of_a_failed_run_leave_the_file_as_it_was(tmp_path: Path) -> None:
    out = write(tmp_path, "earlier", "predictions.csv")
    with pytest.raises(InputError):
        coverage().measure(write(tmp_path, QUERIES + "한 칸뿐\n"), predictions=out)
    assert out.read_text() == "earlier"
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


def test_predictions_never_replace_the_queries(tmp_path: Path) -> None:
    path = write(tmp_path)
    with pytest.raises(InputError, match="file of the queries"):
        coverage().measure(path, predictions=path)
    assert path.read_text(encoding="utf-8") == QUERIES


def test_a_query_is_looked_up_as_a_call_does_it_masked_and_silent_ones_miss(tmp_path: Path) -> None:
    finder = ScriptedFinder({})
    path = write(tmp_path, "utterance,expected\n제 번호는 010-1234-5678이에요,\nㅋㅋ,c1\n")
    report = Coverage(CACHED, finder, cache_key).measure(path)
    assert len(finder.asked) == 1
    assert "1234" not in finder.asked[0]
    assert {one.guard: one.refused for one in report.refusals} == {"silent": 1, "unknown": 1}
    assert "1234" not in coverage_text(report)


def test_odd_files_are_noted(tmp_path: Path) -> None:
    cached = (*CACHED, CachedLine("c9", "주차되나요?"), CachedLine("c2", "주차, 되나요"))
    path = write(tmp_path, "utterance,expected\n주차되나요,c2\n몰라요,zz\n")
    notes = Coverage(cached, ScriptedFinder({}), cache_key).measure(path).notes
    assert len(notes) == 2
    assert "'zz'" in notes[0]
    assert notes[1].startswith("1 cached lines")


@pytest.mark.parametrize(
    ("gate", "problems"),
    [
        (Gate(), 0),
        (Gate(min_hit_rate=4 / 7, max_false_hit_rate=0.2), 0),
        (Gate(min_hit_rate=0.58), 1),
        (Gate(max_false_hit_rate=0.19), 1),
        (Gate(min_hit_rate=0.9, max_false_hit_rate=0.01), 2),
    ],
)
def test_the_point_estimate_decides_at_the_gate(tmp_path: Path, gate: Gate, problems: int) -> None:
    report = measured(tmp_path, gate)
    assert len(report.gate_problems) == problems
    if not problems:
        check_gate(report)
        return
    with pytest.raises(GateError) as caught:
        check_gate(report)
    assert caught.value.message.count("95 % interval") == problems


@pytest.mark.parametrize("rate", [float("nan"), -0.1, 95])
def test_a_gate_is_between_0_and_1(rate: float) -> None:
    with pytest.raises(InputError):
        Gate(min_hit_rate=rate)
    with pytest.raises(InputError):
        Gate(max_false_hit_rate=rate)


def test_a_hit_rate_that_does_not_exist_does_not_pass_a_gate(tmp_path: Path) -> None:
    path = write(tmp_path, "utterance,expected\n비행기 표 있어요,\n")
    report = coverage().measure(path, Gate(min_hit_rate=0.5))
    assert report.hit_rate is None
    assert "no query expects an answer" in report.gate_problems[0]


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b"", ":1: the file is empty"),
        (b"\n\n", ":1: the file is empty"),
        (b"utterance,expected\n", ":2: there are no queries"),
        (b"utterance,answer\na,b\n", ":1: the column 'expected' is missing"),
        (b"utterance,expected\na,b\nc\n", ":3: 1 cells"),
        (b"utterance,expected\na,b\nc,d,e\n", ":3: 3 cells"),
        (b'utterance,expected\na,b\n"c,d\n', ":3: is not valid CSV"),
        ("utterance,expected\n가,a\n나,b\n".encode() + "다".encode("cp949") + b",c\n", ":4: is not UTF-8"),
        ("utterance,expected\n가,a\n".encode("utf-16"), ":1: is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_error_with_its_line(tmp_path: Path, data: bytes, where: str) -> None:
    path = tmp_path / "queries.csv"
    path.write_bytes(data)
    for read in (lambda: list(read_queries(path)), lambda: count_queries(path)):
        with pytest.raises(InputError) as caught:
            read()
        assert caught.value.message.startswith(f"{path}{where}")
        assert "\n" not in caught.value.message


def test_a_mark_at_the_start_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "queries.csv"
    path.write_bytes("\ufeffutterance,expected\r\n가,a\r\n\r\n나,\r\n".encode())
    assert [(q.line, q.utterance, q.expected) for q in read_queries(path)] == [(2, "가", "a"), (4, "나", "")]
    assert count_queries(path) == 2


def test_a_folder_and_a_missing_file_are_errors_of_ours(tmp_path: Path) -> None:
    from voicebot.errors import VoicebotError

    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(VoicebotError):
            count_queries(path)


def test_a_cache_file_needs_an_id_and_an_utterance_on_every_line(tmp_path: Path) -> None:
    path = write(tmp_path, "id,utterance,answer\nc1,주차 되나요,네\n,빈 번호,네\n")
    with pytest.raises(InputError, match=r":3: the id is empty"):
        read_cached(path)
    path = write(tmp_path, "id,utterance,answer\nc1,주차 되나요,네\nc2,ㅋㅋ,네\n")
    with pytest.raises(InputError, match=r":3: the utterance has nothing to say"):
        read_cached(path)


def test_an_empty_store_says_what_to_do(voicebot: Voicebot) -> None:
    with pytest.raises(NotFoundError) as caught:
        stored_lines(voicebot.answers)
    assert "--cache" in (caught.value.hint or "")


def test_the_report_for_a_terminal_has_every_section(tmp_path: Path) -> None:
    text = coverage_text(measured(tmp_path))
    for part in (
        "hit rate",
        "57.14%",
        "4 of 7",
        "2 of 10",
        "by kind",
        "must-miss",
        "refused by",
        "worst false hits",
        "주차비 얼마예요",
    ):
        assert part in text
    assert "\x1b" not in coverage_text(coverage().measure(write(tmp_path, "utterance,expected\n\x1b[31m빨강,c1\n")))


def test_the_page_is_one_file_that_fetches_nothing(tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    coverage().measure(write(tmp_path), Gate(0.9, 0.01), html=out)
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    for part in (
        '<meta charset="utf-8">',
        "<svg",
        "threshold 0.8",
        "prefers-color-scheme: dark",
        "주차비 얼마예요",
        "Gate not met",
    ):
        assert part in page
    for part in ("<script", "http:", "https:", "url(", "@import", "<link"):
        assert part not in page


def test_the_page_escapes_whatever_stands_in_the_files(tmp_path: Path) -> None:
    nasty = "<script>alert('&')</script>"
    path = write(tmp_path, f'utterance,expected,intent\n"{nasty}","<b>x</b>","<i>"\n', "<q>.csv")
    script = {nasty: ('"><img src=x>', 0.9, "<guard>")}
    page = render_page(coverage(script=script).measure(path, Gate(0.5, 0.5)), path.name)
    for part in ("<script", "<img", "<b>x", "<i>", "<guard>", "<q>"):
        assert part not in page
    assert "&lt;script&gt;" in page


def test_a_page_without_answerable_queries_has_no_chart(tmp_path: Path) -> None:
    path = write(tmp_path, "utterance,expected\n비행기 표 있어요,\n")
    assert "<svg" not in render_page(coverage().measure(path), "q.csv")


def test_ten_thousand_queries_are_counted_in_seconds(tmp_path: Path) -> None:
    lines = [f"질문 {n},c{n % 3 + 1 if n % 5 else ''}" for n in range(10_000)]
    script = {f"질문 {n}": (f"c{n % 3 + 1}", (n % 997) / 997, "role") for n in range(10_000)}
    path = write(tmp_path, "utterance,expected\n" + "\n".join(lines).replace(",c\n", ",\n") + "\n")
    steps: list[int] = []
    report = coverage(script=script).measure(path, html=tmp_path / "r.html", on_query=lambda: steps.append(1))
    assert len(steps) == report.queries == 10_000
    assert len(report.curve) <= 202
    assert (tmp_path / "r.html").stat().st_size < 200_000
