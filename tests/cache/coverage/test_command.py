"""The commands `cache coverage` and `cache tune`, with a scripted matcher behind them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.cache.coverage.test_measure import QUERIES, coverage, write
from voicebot.cache.coverage.measure import Coverage
from voicebot.cli.cache import app
from voicebot.cli.console import Console
from voicebot.cli.state import State
from voicebot.client import Voicebot
from voicebot.settings.tree import Settings

pytestmark = pytest.mark.unit

Invoke = Callable[..., Result]


class ScriptedVoicebot(Voicebot):
    """A client whose matcher knows its answers by heart."""

    def coverage(self, cache_csv: Path | None = None, model: Path | None = None) -> Coverage:
        return coverage()


@pytest.fixture
def invoke(settings: Settings, tmp_path: Path) -> Invoke:
    """Run a command of `voicebot cache` over the scripted matcher."""

    def command(*arguments: object, config: Path | None = None) -> Result:
        state = State(config, console=Console(quiet=True))
        state.__dict__["client"] = ScriptedVoicebot(settings)
        return CliRunner().invoke(app, [str(argument) for argument in arguments], obj=state, catch_exceptions=False)

    return command


def test_the_report_is_one_json_document(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("coverage", write(tmp_path), "--json")
    assert done.exit_code == 0
    document = json.loads(done.stdout)
    assert document["hit_rate"] == pytest.approx(4 / 7)
    assert document["false_hit_rate"] == 0.2
    assert document["false_hit_rate_interval"] == pytest.approx([0.02521073, 0.55609546], abs=1e-7)
    assert [one["name"] for one in document["by_kind"]] == ["exact", "paraphrase", "must-miss"]
    assert document["worst_false_hits"][0]["guard"] == "content_word"


@pytest.mark.parametrize("arguments", [("--json",), ()])
def test_a_gate_that_is_not_met_prints_the_report_and_ends_with_7(
    invoke: Invoke, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    page = tmp_path / "report.html"
    done = invoke("coverage", write(tmp_path), "--max-false-hit-rate", "0.01", "--html", page, *arguments)
    assert done.exit_code == 7
    assert "worst_false_hits" in done.stdout or "worst false hits" in done.stdout
    assert "95 % interval 2.52% to 55.61%" in done.stderr
    assert page.exists()


def test_a_gate_that_is_met_ends_with_0(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("coverage", write(tmp_path), "--min-hit-rate", "0.5", "--max-false-hit-rate", "0.2")
    assert done.exit_code == 0


@pytest.mark.parametrize("rate", ["1.5", "-1", "nan", "viel"])
def test_a_gate_outside_0_and_1_is_a_usage_error(invoke: Invoke, tmp_path: Path, rate: str) -> None:
    assert invoke("coverage", write(tmp_path), f"--min-hit-rate={rate}").exit_code == 2


def test_a_file_that_cannot_be_used_is_one_line_and_nothing_is_written(invoke: Invoke, tmp_path: Path) -> None:
    out = tmp_path / "predictions.csv"
    done = invoke("coverage", write(tmp_path, QUERIES + "한 칸뿐\n"), "--predictions", out)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"voicebot: {tmp_path / 'queries.csv'}:12: ")
    assert len(done.stderr.splitlines()) == 1
    assert not out.exists()


def test_tune_prints_the_threshold_and_where_to_set_it(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("tune", write(tmp_path), "--budget", "0.1")
    assert done.exit_code == 0
    assert "cache.match_threshold: 0.9" in done.stdout
    assert "95 % upper bound 30.85%" in done.stdout
    document = json.loads(invoke("tune", tmp_path / "queries.csv", "--budget", "0.1", "--json").stdout)
    assert (document["threshold"], document["setting"], document["written_to"]) == (0.9, "cache.match_threshold", "")


def test_tune_writes_the_named_configuration_and_says_so(invoke: Invoke, tmp_path: Path) -> None:
    config = write(tmp_path, "cache:  # ours\n  lease_s: 9\n", "config.yaml")
    dry = invoke("tune", write(tmp_path), "--budget", "0.1", "--write", "--dry-run", config=config)
    assert (dry.exit_code, config.read_text()) == (0, "cache:  # ours\n  lease_s: 9\n")
    assert f"would be written to {config}" in dry.stdout
    done = invoke("tune", write(tmp_path), "--budget", "0.1", "--write", config=config)
    assert (done.exit_code, config.read_text()) == (0, "cache:  # ours\n  lease_s: 9\n  match_threshold: 0.9\n")
    assert f"is written to {config}" in done.stdout


def test_tune_asks_for_the_configuration_before_it_starts(invoke: Invoke, tmp_path: Path) -> None:
    done = invoke("tune", tmp_path / "none.csv", "--write")
    assert done.exit_code == 2
    assert "--config" in done.stderr


def test_a_budget_that_cannot_be_met_ends_with_7_and_writes_nothing(invoke: Invoke, tmp_path: Path) -> None:
    queries = write(tmp_path, "utterance,expected\n주차되나요,c1\n")
    config = write(tmp_path, "", "config.yaml")
    done = invoke("tune", queries, "--budget", "0.1", "--write", config=config)
    assert (done.exit_code, config.read_text()) == (7, "")
    assert "no threshold meets the budget" in done.stderr
