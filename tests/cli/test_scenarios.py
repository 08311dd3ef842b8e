"""Flows checked, drawn and covered, and scenarios played, as a person types it."""

import json
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest

from voicebot.resources import bundled

pytestmark = pytest.mark.system

INBOUND = "connect_flows/inbound.json"
SCENARIOS = "scenarios/inbound"


@pytest.mark.parametrize(("scenarios", "least"), [(SCENARIOS, "0.8"), ("scenarios/outbound", "0.7")])
def test_every_way_through_the_bundled_flows_has_a_scenario_that_passes(run: Any, scenarios: str, least: str) -> None:
    done = run("test", scenarios, "--json", "--junit", "report.xml", "--min-coverage", least)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["failed"], report["passed"]) == (0, len(list(bundled(scenarios).glob("*.yaml"))))
    assert report["coverage"][0]["missed_blocks"] == []


def test_a_failing_scenario_and_too_little_coverage_are_gates(run: Any, home: Path) -> None:
    (home / "bad.yaml").write_text(
        f"flow: {INBOUND}\nturns:\n  - say: 안녕히 계세요\n    expect: {{intent: OptOut}}\n", encoding="utf-8"
    )
    failed = run("test", "bad.yaml", "--junit", "report.xml")
    assert failed.returncode == 7
    assert "turn 1: intent should be OptOut, is Goodbye" in failed.stderr
    (case,) = ElementTree.parse(home / "report.xml").iter("testcase")
    assert case.find("failure") is not None
    thin = run("test", f"{SCENARIOS}/goodbye.yaml", "--min-coverage", "0.9")
    assert thin.returncode == 7
    assert "of the branches were taken" in thin.stderr


def test_a_report_is_compared_with_an_earlier_one(run: Any, home: Path) -> None:
    (home / "case.yaml").write_text(f"name: case\nflow: {INBOUND}\nturns: []\nexpect: {{ends: caller}}\n")
    (home / "before.json").write_text(run("test", "case.yaml", "--json").stdout, encoding="utf-8")
    (home / "case.yaml").write_text(f"name: case\nflow: {INBOUND}\nturns: []\nexpect: {{ends: queue}}\n")
    done = run("test", "case.yaml", "--baseline", "before.json")
    assert done.returncode == 7
    assert "fails now: case" in done.stderr


def test_lint_says_what_is_wrong_and_fix_puts_it_right(run: Any, home: Path) -> None:
    flow = json.loads(bundled(INBOUND).read_text(encoding="utf-8"))
    flow["Actions"][4]["Type"] = "PlayPrompt"
    path = home / "mine.json"
    path.write_text(json.dumps(flow), encoding="utf-8")
    before = path.read_bytes()
    done = run("flow", "lint", "mine.json", "--json", "--sarif", "mine.sarif")
    assert done.returncode == 7
    (finding,) = json.loads(done.stdout)["findings"]
    assert finding["rule"] == "unknown-action"
    assert finding["block"] == "greeting"
    assert finding["fix"] == "did you mean MessageParticipant?"
    assert (
        json.loads((home / "mine.sarif").read_text(encoding="utf-8"))["runs"][0]["results"][0]["ruleId"]
        == "unknown-action"
    )
    assert run("flow", "lint", "mine.json", "--fix", "--dry-run").returncode == 7
    assert path.read_bytes() == before
    fixed = run("flow", "lint", "mine.json", "--fix")
    assert fixed.returncode == 0
    assert "1 repairs" in fixed.stderr


def test_a_flow_is_drawn_with_what_scenarios_went_through(run: Any, home: Path) -> None:
    done = run("flow", "diagram", INBOUND, "-o", "drawn.svg", "--scenario", f"{SCENARIOS}/goodbye.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    text = (home / "drawn.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert "covered visited" in text
    assert run("flow", "diagram", INBOUND, "-o", "drawn.mmd").returncode == 0
    assert (home / "drawn.mmd").read_text(encoding="utf-8").startswith("flowchart LR")
    document = json.loads(run("flow", "diagram", INBOUND, "--json").stdout)
    assert document["picture"].startswith("<svg")


def test_coverage_and_test_cases_need_a_scenario(run: Any, home: Path) -> None:
    assert run("flow", "run", INBOUND, "--coverage").returncode == 2
    assert run("flow", "run", INBOUND, "--export-testcase", "t.json").returncode == 2
    done = run(
        "flow", "run", INBOUND, "-s", f"{SCENARIOS}/goodbye.yaml", "--export-testcase", "t.json", "--flow-id", "f"
    )
    assert done.returncode == 0, done.stderr
    case = json.loads((home / "t.json").read_text(encoding="utf-8"))
    assert case["EntryPoint"]["VoiceCallEntryPointParameters"]["FlowId"] == "f"
    assert json.loads(case["Content"])["Observations"]


def test_publishing_without_an_instance_says_what_to_set(run: Any) -> None:
    for arguments in (("publish", INBOUND), ("pull", "out")):
        done = run("flow", *arguments)
        assert done.returncode == 3
        assert "CONNECT_INSTANCE_ID" in done.stderr
    assert run("flow", "publish", INBOUND, "--set", "=x").returncode in (2, 3)
