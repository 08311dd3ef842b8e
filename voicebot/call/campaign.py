"""Calls to many people: in order, at the pace that is set, each of them once, whatever happens to the process.

Before a call is dialled, its token is written down; after a kill the same token is dialled again, which the dialer takes
for the same call. A call that was not answered is tried again by rule. Dials that fail in a row stop the campaign.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal

from voicebot.call.contact_file import ContactRow
from voicebot.call.guard.guard import CallRefused, Refusal
from voicebot.call.guard.hours import SeoulTime, is_quiet, next_change
from voicebot.call.journal import Entry, EntryState, Journal
from voicebot.call.numbers import Persons
from voicebot.call.plan import CallPlan
from voicebot.call.service import CallRequest, CallService
from voicebot.call.status.log import LoggedCall
from voicebot.clock import Clock
from voicebot.errors import EngineError, InputError, NotFoundError, RefusedError, StorageError
from voicebot.settings.call import CallSettings

TOKEN_LIVES_S = 6.5 * 24 * 3600
"""Connect knows a token for 7 days; after that the same token would be another call."""

POLL_S = 2.0
"""How long to wait before asking again what became of calls."""

SHORT_WAIT_S = 120.0
"""Who is due so soon is waited for; for anybody later the campaign is started again."""

FAILURE_PAUSE_S = 5.0
"""How long a dial that failed waits, times the number of failures in a row."""

TRIED_AGAIN = frozenset({"no_answer", "busy", "voicemail", "failed"})
"""Outcomes after which a person is called again, as often as is set."""

Ending = Literal["finished", "later", "refused", "failing"]


@dataclass(frozen=True)
class CampaignReport:
    """How far a campaign is.

    Attributes:
        campaign: Its name.
        ending: ``finished``; ``later``: some are to be called later, the same command goes on; ``refused``: the guard
            stops all calls; ``failing``: too many dials failed in a row.
        total: How many people.
        states: How many are in which state.
        outcomes: How the calls ended.
        refused_by: How many were refused by which rule.
        reason: Why it stopped, in words.
        next_at_s: When it may go on, seconds since the Unix epoch, where that is known.
    """

    campaign: str
    ending: Ending
    total: int
    states: dict[EntryState, int]
    outcomes: dict[str, int]
    refused_by: dict[str, int]
    reason: str = ""
    next_at_s: float | None = None


@dataclass
class _Run:
    """The entries of one run, and what stopped it."""

    rows: dict[str, ContactRow]
    entries: dict[str, Entry]
    failures: int = 0
    ending: Ending | None = None
    reason: str = ""
    placed: list[str] = field(default_factory=list)

    def due(self, now_s: float) -> Entry | None:
        """Return who is next: whoever may have been called when the process ended, then in the file's order."""
        waiting = [entry for entry in self.entries.values() if entry.state in ("pending", "dialling")]
        ready = [entry for entry in waiting if entry.next_at_s <= now_s]
        return min(ready, key=lambda entry: entry.state != "dialling", default=None)

    def next_at_s(self) -> float | None:
        """Return when somebody is due."""
        waiting = [entry.next_at_s for entry in self.entries.values() if entry.state in ("pending", "dialling")]
        return min(waiting, default=None)


class Campaign:
    """Calls a list of people.

    Args:
        name: The campaign's; the same name goes on where it stopped.
        request: What every call has in common.
        calls: Places them.
        journal: What was done so far.
        persons: Stands for numbers.
        settings: How often, how many at a time.
        clock: The time.
        on_change: Is told of each entry that changed.
    """

    def __init__(
        self,
        name: str,
        request: CallRequest,
        calls: CallService,
        journal: Journal,
        persons: Persons,
        settings: CallSettings,
        clock: Clock,
        on_change: Callable[[ContactRow, Entry], None] = lambda row, entry: None,
    ) -> None:
        self.name = name
        self._request = request
        self._calls = calls
        self._journal = journal
        self._persons = persons
        self._settings = settings
        self._clock = clock
        self._time = SeoulTime(clock)
        self._on_change = on_change

    def plans(self, rows: Sequence[ContactRow]) -> list[tuple[ContactRow, CallPlan]]:
        """Return the calls that are still to be placed.

        Raises:
            InputError: A line cannot be made a call: a name or a text that cannot be spoken; names the line.
        """
        run = self._load(rows)
        open_ = [entry for entry in run.entries.values() if entry.state in ("pending", "dialling")]
        return [(run.rows[entry.person], self._plan(run.rows[entry.person], entry)) for entry in open_]

    def run(self, rows: Sequence[ContactRow]) -> CampaignReport:
        """Call whoever is to be called now, follow the calls to their end, and report.

        Raises:
            InputError: A line cannot be made a call; nobody was called.
            RefusedError: A line's first prompt lacks something; nobody was called.
            ConfigError: No call can be placed like this.
        """
        for row, plan in self.plans(rows):
            try:
                self._calls.check_prompt(plan)
            except CallRefused as exc:
                raise RefusedError(f"line {row.line}: {exc.message}", hint=exc.hint) from exc
        run = self._load(rows)
        while run.ending is None:
            self._settle(run)
            entry = run.due(self._clock.now())
            next_at_s = run.next_at_s()
            is_later = next_at_s is None or next_at_s - self._clock.now() > SHORT_WAIT_S
            if entry is None and not run.placed and is_later:
                break
            if entry is None or len(run.placed) >= self._settings.max_active:
                self._clock.sleep(POLL_S)
                continue
            self._dial(run, entry)
        while run.placed and run.ending != "failing":
            self._settle(run)
            if run.placed:
                self._clock.sleep(POLL_S)
        return self._report(run)

    def _load(self, rows: Sequence[ContactRow]) -> _Run:
        by_person = {self._persons.of(row.number): row for row in rows}
        entries = {person: self._journal.get(person) for person in by_person}
        placed = [person for person, entry in entries.items() if entry.state == "placed"]
        return _Run(by_person, entries, placed=placed)

    def _plan(self, row: ContactRow, entry: Entry) -> CallPlan:
        common = self._request
        request = replace(
            common,
            number=row.number,
            name=row.name or common.name,
            about=row.about or common.about,
            message=row.message or common.message,
            attempt=entry.attempts + 1,
            campaign=self.name,
        )
        try:
            return self._calls.plan(request)
        except InputError as exc:
            raise InputError(f"line {row.line}: {exc.message}", hint=exc.hint) from exc

    def _dial(self, run: _Run, entry: Entry) -> None:
        """Place one call; what is known before and after it is in the journal."""
        row, now_s = run.rows[entry.person], self._clock.now()
        plan = self._plan(row, entry)
        is_taken_up = entry.state == "dialling"
        if is_taken_up and now_s - entry.dialled_at_s > TOKEN_LIVES_S:
            self._put(run, entry, state="unknown")
            return
        if not is_taken_up:
            entry = self._put(run, entry, state="dialling", token=plan.token, dialled_at_s=now_s, rules=())
        try:
            placed = self._calls.place(plan, entry.token)
        except CallRefused as exc:
            self._refused(run, entry, exc.refusals, is_taken_up)
        except RefusedError as exc:
            self._put(run, entry, state="refused", rules=("dialer",))
            self._failed(run, exc.message)
        except (StorageError, EngineError) as exc:
            self._failed(run, exc.message)
            self._put(run, entry, next_at_s=self._clock.now() + FAILURE_PAUSE_S * run.failures)
        else:
            run.failures = 0
            changed = self._put(
                run, entry, state="placed", attempts=entry.attempts + 1, contact_id=placed.call.contact_id
            )
            run.placed.append(entry.person)
            if placed.call.state == "ended":
                self._ended(run, changed, placed.call)

    def _refused(self, run: _Run, entry: Entry, refusals: Sequence[Refusal], is_taken_up: bool) -> None:
        """Keep what the guard said; a call that may have gone out already keeps its token, and is never a new one."""
        rules = tuple(refusal.rule for refusal in refusals)
        first = next((refusal for refusal in refusals if refusal.is_for_all), refusals[0])
        is_passing = first.is_for_all or all(refusal.is_passing for refusal in refusals)
        state: EntryState = "dialling" if is_taken_up else "pending"
        if not is_passing:
            state = "unknown" if is_taken_up else "refused"
        next_at_s = 0.0 if first.is_for_all or not is_passing else self._later(rules)
        self._put(run, entry, state=state, rules=rules, next_at_s=next_at_s)
        if first.is_for_all:
            run.ending, run.reason = "refused", f"{first.rule}: {first.message}"

    def _later(self, rules: Sequence[str]) -> float:
        """Return when a call that is refused just now may be placed: at eight, tomorrow at eight for one too many."""
        now = self._time.now()
        opens = next_change(now) if is_quiet(now) else next_change(next_change(now))
        if "repeats" in rules and opens.date() == now.date():
            opens += timedelta(days=1)
        return opens.timestamp()

    def _failed(self, run: _Run, message: str) -> None:
        run.failures += 1
        if run.failures >= self._settings.breaker_failures:
            run.ending, run.reason = "failing", f"{run.failures} dials in a row failed: {message}"

    def _settle(self, run: _Run) -> None:
        """Ask what became of the calls that are going on."""
        for person in list(run.placed):
            entry = run.entries[person]
            try:
                call = self._calls.status(entry.contact_id)
                is_ours = call.state != "ended" and call.outcome != "agent"
                if is_ours and self._clock.now() - entry.dialled_at_s > self._calls.longest_s:
                    call = self._calls.stop(entry.contact_id)
            except NotFoundError:
                self._put(run, entry, state="unknown")
                run.placed.remove(person)
                continue
            except StorageError as exc:
                self._failed(run, exc.message)
                return
            if call.state == "ended":
                self._ended(run, entry, call)

    def _ended(self, run: _Run, entry: Entry, call: LoggedCall) -> None:
        run.placed.remove(entry.person)
        if call.outcome in TRIED_AGAIN and entry.attempts < self._settings.max_attempts:
            next_at_s = self._clock.now() + self._settings.retry_after_min * 60
            self._put(run, entry, state="pending", outcome=call.outcome, next_at_s=next_at_s)
        else:
            self._put(run, entry, state="done", outcome=call.outcome)

    def _put(self, run: _Run, entry: Entry, **changes: object) -> Entry:
        changed = self._journal.put(entry, **changes)
        run.entries[entry.person] = changed
        self._on_change(run.rows[entry.person], changed)
        return changed

    def _report(self, run: _Run) -> CampaignReport:
        entries = list(run.entries.values())
        next_at_s = run.next_at_s()
        return CampaignReport(
            self.name,
            run.ending or ("finished" if next_at_s is None else "later"),
            len(entries),
            dict(Counter(entry.state for entry in entries)),
            dict(Counter(entry.outcome for entry in entries if entry.outcome)),
            dict(Counter(rule for entry in entries if entry.state == "refused" for rule in entry.rules)),
            run.reason,
            next_at_s or None,
        )
