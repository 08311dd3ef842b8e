"""Many scenarios against one target: what was expected, what came of it, and whether that is enough."""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import yaml

from voicebot.disk import explained
from voicebot.errors import GateError, InputError, NotFoundError, VoicebotError
from voicebot.flow.coverage import Coverage
from voicebot.flow.expectations import WHOLE_CALL, Check
from voicebot.flow.scenario import Scenario, load_scenario

_ENDINGS = (".yaml", ".yml")


@dataclass(frozen=True)
class Played:
    """What came of one scenario.

    Args:
        checks: Each expectation.
        duration_s: How long the call took, as the caller would have it.
        left_out: Expectations that this target cannot tell.
    """

    checks: tuple[Check, ...]
    duration_s: float
    left_out: tuple[str, ...] = ()


class ScenarioTarget(Protocol):
    """Whatever a scenario is played against."""

    @property
    def name(self) -> str:
        """Its name in reports."""
        ...

    def play(self, scenario: Scenario) -> Played:
        """Return what came of a scenario."""
        ...

    def coverage(self) -> Sequence[Coverage]:
        """Return what was covered of each flow so far."""
        ...


@dataclass(frozen=True)
class Case:
    """One run of one scenario.

    Args:
        path: Its file.
        name: Its name.
        run: The repetition, from 1.
        played: What came of it; None when it could not be played.
        error: Why it could not.
        seconds: How long that really took.
    """

    path: str
    name: str
    run: int
    played: Played | None
    error: str | None
    seconds: float

    @property
    def failed(self) -> tuple[Check, ...]:
        """Return the expectations that were not met."""
        return tuple(check for check in self.played.checks if not check.is_met) if self.played else ()

    @property
    def is_passed(self) -> bool:
        """Return whether all was as it should be."""
        return self.error is None and not self.failed

    @property
    def key(self) -> str:
        """Return what names it in another report."""
        return f"{self.path}#{self.run}"


@dataclass
class SuiteReport:
    """What came of all scenarios."""

    target: str
    cases: list[Case] = field(default_factory=list)
    coverage: Sequence[Coverage] = ()

    @property
    def failed(self) -> list[Case]:
        """Return the cases that did not pass."""
        return [case for case in self.cases if not case.is_passed]

    def document(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "target": self.target,
            "passed": len(self.cases) - len(self.failed),
            "failed": len(self.failed),
            "cases": [_row(case) for case in self.cases],
            "coverage": [coverage.document() for coverage in self.coverage],
        }

    def lines(self, *, is_detailed: bool = True) -> Iterator[str]:
        """Yield the report as lines to read; in detail with each branch that was never taken."""
        for case in self.cases:
            again = f" (run {case.run})" if case.run > 1 else ""
            said = f"{len(case.played.checks)} expectations, {case.played.duration_s:.1f} s" if case.played else ""
            yield f"{'passed' if case.is_passed else 'FAILED'}  {case.name}{again}  {said or case.error}"
            yield from (f"        {explain(check)}" for check in case.failed)
        for coverage in self.coverage:
            lines = coverage_lines(coverage)
            yield from lines if is_detailed else islice(lines, 1)
        yield f"{len(self.cases) - len(self.failed)} of {len(self.cases)} passed over {self.target}"

    def changes(self, before: Mapping[str, Any]) -> list[str]:
        """Return what is other than in an earlier report: a line for each case that passes or fails now."""
        earlier = {f"{row['path']}#{row['run']}": bool(row["passed"]) for row in before.get("cases", ())}
        return [
            f"{'now passes' if case.is_passed else 'fails now'}: {case.name}"
            for case in self.cases
            if earlier.get(case.key, case.is_passed) != case.is_passed
        ]

    def gate(self, min_coverage: float | None = None) -> None:
        """Raise a GateError when a case failed, or less than a share of the branches was covered."""
        if self.failed:
            first = self.failed[0]
            why = explain(first.failed[0]) if first.failed else str(first.error)
            raise GateError(f"{len(self.failed)} of {len(self.cases)} scenarios failed; {first.name}: {why}")
        for coverage in self.coverage if min_coverage is not None else ():
            if coverage.rate() < (min_coverage or 0):
                message = f"{coverage.flow.name}: {coverage.rate():.1%} of the branches were taken"
                raise GateError(message, hint=f"{min_coverage:.1%} were asked for; --coverage lists the others")


def load_report(path: Path) -> dict[str, Any]:
    """Return an earlier report.

    Raises:
        NotFoundError: There is no such file.
        InputError: It is not a report.
    """
    try:
        with explained(path):
            found = json.loads(path.read_bytes())
    except NotFoundError as exc:
        raise NotFoundError(
            f"there is no report {path}", hint="make one: voicebot test ... --json > report.json"
        ) from exc
    except ValueError:
        found = None
    if not isinstance(found, dict) or not isinstance(found.get("cases"), list):
        raise InputError(f"{path} is not a report of voicebot test", hint="make one: voicebot test ... --json")
    return found


def explain(check: Check) -> str:
    """Return an expectation that was not met in words."""
    where = "the call" if check.turn == WHOLE_CALL else f"turn {check.turn}"
    return f"{where}: {check.what} should be {check.expected}, is {check.actual}"


def coverage_lines(coverage: Coverage) -> Iterator[str]:
    """Yield a coverage as lines to read: the sums, then what was never reached."""
    found = coverage.document()
    yield (
        f"{found['flow']}: {found['blocks_covered']} of {found['blocks']} blocks, "
        f"{found['branches_covered']} of {found['branches']} branches in {coverage.calls} calls"
    )
    for block in coverage.blocks():
        if not block.visits:
            yield f"        never ran: {block.identifier}"
        elif block.missed:
            yield f"        never taken: {block.identifier} -> {', '.join(block.missed)}"


def run_suite(
    paths: Iterable[Path],
    target: ScenarioTarget,
    *,
    repeat: int = 1,
    progress: Callable[[str, int | None], AbstractContextManager[Callable[[], None]]] | None = None,
) -> SuiteReport:
    """Play every scenario and return the report.

    Args:
        paths: Scenario files, folders of them, or manifests: YAML files with a list `scenarios`.
        target: What they are played against.
        repeat: How often each is played.
        progress: Shows how far it is.

    Raises:
        NotFoundError: There is no such file, or no scenario at all.
        InputError: A file is not a scenario.
    """
    scenarios = [(path, load_scenario(path)) for path in scenario_files(paths)]
    report = SuiteReport(target.name)
    total = len(scenarios) * repeat
    if progress is None:
        _play_all(report, scenarios, target, repeat, lambda: None)
    else:
        with progress("scenarios", total) as advance:
            _play_all(report, scenarios, target, repeat, advance)
    report.coverage = target.coverage()
    return report


def scenario_files(paths: Iterable[Path]) -> list[Path]:
    """Return the scenario files that paths name."""
    found: dict[Path, None] = {}
    for path in paths:
        for each in _expanded(path):
            found[each] = None
    if not found:
        raise NotFoundError("there is no scenario there", hint="name YAML files, or folders with some")
    return list(found)


def _expanded(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from sorted(each for each in path.rglob("*") if each.suffix in _ENDINGS)
        return
    if not path.exists():
        raise NotFoundError(f"there is no scenario {path}", hint="give the path of a YAML file or a folder")
    listed = _manifest(path)
    if listed is None:
        yield path
        return
    for name in listed:
        yield from _expanded(path.parent / name)


def _manifest(path: Path) -> list[str] | None:
    """Return the files that a manifest lists; None for a scenario, whose faults `load_scenario` explains."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, yaml.YAMLError):
        return None
    if not isinstance(raw, dict) or "scenarios" not in raw:
        return None
    names = raw["scenarios"]
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise InputError(f"{path}: scenarios must be a list of files", hint="scenarios: [first_call.yaml, menus/]")
    return names


def _play_all(
    report: SuiteReport,
    scenarios: Sequence[tuple[Path, Scenario]],
    target: ScenarioTarget,
    repeat: int,
    advance: Callable[[], None],
) -> None:
    for path, scenario in scenarios:
        for run in range(1, repeat + 1):
            report.cases.append(_play(path, scenario, run, target))
            advance()


def _play(path: Path, scenario: Scenario, run: int, target: ScenarioTarget) -> Case:
    begun_s = time.perf_counter()
    played, error = None, None
    try:
        played = target.play(scenario)
    except VoicebotError as exc:
        error = exc.message
    return Case(str(path), scenario.name, run, played, error, time.perf_counter() - begun_s)


def _row(case: Case) -> dict[str, Any]:
    return {
        "path": case.path,
        "name": case.name,
        "run": case.run,
        "passed": case.is_passed,
        "error": case.error,
        "duration_s": round(case.played.duration_s, 3) if case.played else None,
        "checks": [asdict(check) for check in case.played.checks] if case.played else [],
        "left_out": list(case.played.left_out) if case.played else [],
    }
