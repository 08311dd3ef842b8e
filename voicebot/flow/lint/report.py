"""Findings of several flows: as a document, as SARIF for CI, and as a gate."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voicebot.disk import write_atomically
from voicebot.errors import GateError
from voicebot.flow.actions.facts import FlowType
from voicebot.flow.findings import Finding, Severity
from voicebot.flow.lint.linter import LintReport, lint_flow, repair_document
from voicebot.flow.lint.rules import RULES
from voicebot.flow.load import read_document

_SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
_SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


@dataclass(frozen=True)
class LintRun:
    """What was found in several flows."""

    reports: tuple[LintReport, ...]

    def count(self, severity: Severity) -> int:
        """Return how many findings there are of a severity."""
        return sum(report.count(severity) for report in self.reports)

    def rows(self) -> list[dict[str, object]]:
        """Return every finding with its flow."""
        return [{"flow": report.flow, **finding.row()} for report in self.reports for finding in report.findings]

    def document(self) -> dict[str, object]:
        """Return the run as a JSON object."""
        counts = {f"{severity}s": self.count(severity) for severity in _SEVERITIES}
        return {"flows": [report.flow for report in self.reports], **counts, "findings": self.rows()}

    def lines(self) -> list[str]:
        """Return the run as lines to read: a finding each, then the sum."""
        lines = [_line(report.flow, finding) for report in self.reports for finding in report.findings]
        sums = ", ".join(_many(self.count(severity), severity) for severity in _SEVERITIES)
        return [*lines, f"{_many(len(self.reports), 'flow')}: {sums}"]

    def gate(self, *, is_strict: bool = False) -> None:
        """Raise a GateError when there are errors, or (strict) warnings."""
        failing = self.count("error") + (self.count("warning") if is_strict else 0)
        if failing:
            found = f"{failing} errors and warnings" if is_strict else _many(failing, "error")
            raise GateError(f"flow lint found {found}", hint="each finding says what to do; --fix does some")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def lint_files(paths: Iterable[Path], flow_type: FlowType | None = None, audio: Path | None = None) -> LintRun:
    """Return what is wrong with each flow; see `lint_flow`."""
    return LintRun(tuple(lint_flow(path, flow_type, audio) for path in paths))


def fix_files(paths: Iterable[Path], flow_type: FlowType | None = None, *, is_dry_run: bool = False) -> dict[str, int]:
    """Put right what needs no thought; return how many repairs each flow took, or would take.

    A flow that needs none is not written, so that its form stays as it is.
    """
    done = {}
    for path in paths:
        mended, repairs = repair_document(read_document(path).parse(), flow_type)
        done[str(path)] = repairs
        if repairs and not is_dry_run:
            write_atomically(path, (json.dumps(mended, ensure_ascii=False, indent=2) + "\n").encode())
    return done


def sarif_document(run: LintRun) -> dict[str, object]:
    """Return a run in the Static Analysis Results Interchange Format, which CI systems show beside the code.

    Source:
        https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
    """
    used = sorted({finding.rule for report in run.reports for finding in report.findings})
    driver = {
        "name": "voicebot flow lint",
        "informationUri": "https://github.com/voicebot/voicebot",
        "rules": [{"id": rule, "shortDescription": {"text": RULES[rule]}} for rule in used],
    }
    results = [
        _sarif_result(report, finding, used.index(finding.rule))
        for report in run.reports
        for finding in report.findings
    ]
    return {"$schema": _SARIF_SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _sarif_result(report: LintReport, finding: Finding, rule_index: int) -> Mapping[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": Path(report.flow).as_posix()},
            "region": {"startLine": _line_of(report.text.splitlines(), finding.block)},
        }
    }
    if finding.block:
        location["logicalLocations"] = [{"name": finding.block, "kind": "element"}]
    return {
        "ruleId": finding.rule,
        "ruleIndex": rule_index,
        "level": finding.severity,
        "message": {"text": f"{finding.message} ({finding.fix})"},
        "locations": [location],
    }


def _line_of(lines: Sequence[str], block: str | None) -> int:
    """Return the line, from 1, at which a block's identifier is written."""
    if block is not None:
        written = (json.dumps(block, ensure_ascii=False), json.dumps(block))
        for number, line in enumerate(lines, 1):
            if '"Identifier"' in line and any(each in line for each in written):
                return number
    return 1


def _line(flow: str, finding: Finding) -> str:
    where = f" [{finding.block}]" if finding.block else ""
    return f"{flow}:{where} {finding.severity} {finding.rule}: {finding.message} ({finding.fix})"
