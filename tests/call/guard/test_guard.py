"""The guard: what it refuses, when, and that it fails closed."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.calls import NUMBER, CountingDialer, client_at
from voicebot.call.assembly import build_calls
from voicebot.call.guard.audit import AuditLine
from voicebot.call.guard.consents import Consent
from voicebot.call.guard.days import Days
from voicebot.call.guard.guard import CallRefused, Guard
from voicebot.call.guard.hours import SeoulTime
from voicebot.call.guard.optouts import SqliteOptOuts
from voicebot.call.guard.rules import PurposeRule
from voicebot.call.plan import CallPlan, Purpose
from voicebot.call.service import CallRequest, CallService
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.database import Database
from voicebot.errors import StorageError, VoicebotError

pytestmark = pytest.mark.unit

NOON = "2026-11-25 12:00:00"


class Desk:
    """A client, its calls, and a dialer that counts."""

    def __init__(self, folder: Path, moment: str = NOON, **overrides: object) -> None:
        self.client: Voicebot = client_at(folder, moment, **overrides)
        assert isinstance(self.client.clock, VirtualClock)
        self.dialer = CountingDialer(self.client.clock)
        self.calls: CallService = build_calls(self.client, dialer=self.dialer)

    def plan(self, purpose: Purpose = "service", **more: Any) -> CallPlan:
        return self.calls.plan(CallRequest(NUMBER, purpose, **more))

    def refused(self, plan: CallPlan) -> list[str]:
        """Return the rules that refuse a call; nothing was dialled then, and the audit log has one line more."""
        before, placed = len(self.audit()), len(self.dialer.placed)
        with pytest.raises(CallRefused) as caught:
            self.calls.place(plan)
        lines = self.audit()
        assert len(self.dialer.placed) == placed
        assert len(lines) == before + 1
        assert lines[-1].event == "refused"
        assert lines[-1].rules == tuple(refusal.rule for refusal in caught.value.refusals)
        assert plan.number not in f"{lines[-1]} {caught.value.message} {caught.value.hint}"
        return list(lines[-1].rules)

    def audit(self) -> list[AuditLine]:
        return list(self.client.call_audit.scan())

    def consent(self, day: str = "2026-06-01", is_night: bool = False) -> None:
        self.client.consents.put(Consent(NUMBER, day, "homepage", "web", is_night))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def clean_list(tmp_path: Path) -> Path:
    path = tmp_path / "clean.txt"
    path.write_text(f"# checked 2026-11-20\n{NUMBER}\n", encoding="utf-8")
    return path


def test_a_service_call_in_the_day_goes_out_once_and_is_one_line_of_the_audit_log(desk: Desk) -> None:
    plan = desk.plan()
    placed = desk.calls.place(plan)
    assert placed.is_new
    assert [line.event for line in desk.audit()] == ["dial"]
    assert desk.audit()[0].person == plan.person
    assert desk.audit()[0].token == plan.token
    again = desk.calls.place(desk.plan())
    assert (again.is_new, again.call.contact_id) == (False, placed.call.contact_id)
    assert len(desk.dialer.placed) == 1
    assert len(desk.audit()) == 1


def test_the_intro_is_synthesised_before_anybody_is_called(desk: Desk) -> None:
    desk.calls.place(desk.plan(name="김민지"))
    _, plan, _ = desk.dialer.placed[0]
    assert desk.client.blobs.exists(desk.client.blobs.key_of(plan.intro_url) or "")
    attributes = plan.attributes(0.0, 30.0)
    assert all(name.isascii() for name in attributes)
    assert (attributes["name"], attributes["intro_kind"], attributes["deadline"]) == ("김민지", "clip", "330")


@pytest.mark.parametrize(
    ("moment", "is_allowed"),
    [
        ("2026-11-25 20:59:59", True),
        ("2026-11-25 20:59:59.999", True),
        ("2026-11-25 21:00:00", False),
        ("2026-11-25 23:59:59", False),
        ("2026-11-26 00:00:00", False),
        ("2026-11-26 07:59:59.999", False),
        ("2026-11-26 08:00:00", True),
    ],
)
def test_quiet_hours_begin_at_nine_and_end_at_eight_in_korea(tmp_path: Path, moment: str, is_allowed: bool) -> None:
    desk = Desk(tmp_path, moment)
    if is_allowed:
        assert desk.calls.place(desk.plan()).is_new
    else:
        assert desk.refused(desk.plan()) == ["quiet-hours"]


def test_the_moment_of_dialling_counts_not_that_of_the_plan(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "2026-11-25 20:59:59")
    plan, second = desk.plan(), desk.plan(attempt=2)
    desk.calls.place(plan)
    assert desk.refused(second) == ["quiet-hours"]  # the pace of one call a second has brought nine o'clock
    desk.client.clock.sleep(1)
    assert desk.refused(second) == ["quiet-hours"]


def test_a_service_call_at_night_needs_a_reason_that_is_logged(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "2026-11-25 23:00:00")
    assert desk.refused(desk.plan(night_reason="   ")) == ["quiet-hours"]
    desk.calls.place(desk.plan(night_reason="견인차가 곧 도착합니다"))
    assert desk.audit()[-1].detail == "견인차가 곧 도착합니다"


def test_advertising_at_night_needs_a_consent_of_its_own_and_no_reason_helps(tmp_path: Path, clean_list: Path) -> None:
    desk = Desk(tmp_path, "2026-11-25 22:00:00", call__clean_list=str(clean_list))
    desk.consent()
    assert desk.refused(desk.plan("ad", night_reason="급합니다")) == ["quiet-hours"]
    desk.consent(is_night=True)
    assert desk.calls.place(desk.plan("ad")).is_new


def test_advertising_needs_a_consent_and_a_fresh_do_not_call_file(tmp_path: Path, clean_list: Path) -> None:
    desk = Desk(tmp_path)
    assert desk.refused(desk.plan("ad")) == ["consent", "do-not-call"]
    desk.consent()
    assert desk.refused(desk.plan("ad")) == ["do-not-call"]
    desk = Desk(tmp_path / "other", call__clean_list=str(clean_list))
    assert desk.refused(desk.plan("ad")) == ["consent"]
    desk.consent()
    assert desk.calls.place(desk.plan("ad")).is_new


@pytest.mark.parametrize(
    ("day", "is_allowed"),
    [("2024-11-26", True), ("2024-11-25", False), ("2023-01-01", False), ("2026-11-25", True), ("2026-11-26", False)],
)
def test_a_consent_counts_for_two_years(tmp_path: Path, clean_list: Path, day: str, is_allowed: bool) -> None:
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent(day)
    if is_allowed:
        assert desk.calls.place(desk.plan("ad")).is_new
    else:
        assert desk.refused(desk.plan("ad")) == ["consent"]


@pytest.mark.parametrize(
    "text",
    [
        f"# checked 2026-10-25\n{NUMBER}\n",  # 31 days old
        f"# checked 2026-11-26\n{NUMBER}\n",  # dated tomorrow
        f"{NUMBER}\n",  # not dated
        "# checked 2026-11-20\n+821055554445\n",  # another number
        "# checked 2026-11-20\nnobody\n",
        f"# checked 2026-13-40\n{NUMBER}\n",
        "",
    ],
)
def test_a_do_not_call_file_that_does_not_clear_the_number_refuses(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clean.txt"
    path.write_text(text, encoding="utf-8")
    desk = Desk(tmp_path, call__clean_list=str(path))
    desk.consent()
    assert desk.refused(desk.plan("ad")) == ["do-not-call"]
    assert desk.calls.place(desk.plan("service")).is_new


def test_a_do_not_call_file_of_thirty_days_is_fresh_enough_and_a_new_one_is_seen(
    tmp_path: Path, clean_list: Path
) -> None:
    day = date(2026, 11, 25) - timedelta(days=30)
    clean_list.write_text(f"# checked {day}\n{NUMBER}\n", encoding="utf-8")
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent()
    assert desk.calls.place(desk.plan("ad")).is_new
    clean_list.write_text("# checked 2026-11-25\n", encoding="utf-8")
    assert desk.refused(desk.plan("ad", attempt=2)) == ["do-not-call"]


@pytest.mark.parametrize("source", ["call", "person", "import"])
@pytest.mark.parametrize("purpose", ["service", "ad"])
def test_whoever_refused_is_never_called(tmp_path: Path, clean_list: Path, source: str, purpose: Purpose) -> None:
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent(is_night=True)
    plan = desk.plan(purpose)
    desk.client.opt_outs.add(NUMBER, source)
    assert desk.refused(plan) == ["opt-out"]


def test_a_person_is_called_so_often_a_day(desk: Desk) -> None:
    desk.calls.place(desk.plan())
    desk.calls.place(desk.plan(attempt=2))
    assert desk.refused(desk.plan(attempt=3)) == ["repeats"]
    desk.client.clock.sleep(24 * 3600)
    assert desk.calls.place(desk.plan()).is_new


def test_two_processes_do_not_share_the_last_call_of_a_day(tmp_path: Path) -> None:
    desk, other = Desk(tmp_path, call__max_per_day=1), Desk(tmp_path, call__max_per_day=1)
    plan = other.plan(attempt=2)
    assert other.calls.preview([plan]).count == 1
    desk.calls.place(desk.plan())
    assert other.refused(plan) == ["repeats"]


def test_only_numbers_of_the_instance_are_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path, call__caller_id="02-123-4567")
    assert desk.refused(desk.plan()) == ["caller-id"]
    assert desk.refused(replace(desk.plan(), caller_id="")) == ["caller-id"]


def test_a_caller_id_from_abroad_is_warned_about(tmp_path: Path) -> None:
    desk = Desk(tmp_path, call__caller_id="+14155550100", call__own_numbers=("+14155550100",))
    preview = desk.calls.preview([desk.plan()])
    assert preview.count == 1
    assert "abroad" in preview.warnings[0]


def test_a_first_prompt_that_lacks_something_is_refused(desk: Desk) -> None:
    assert desk.refused(desk.plan(intro="안녕하세요, 차집사입니다. 예약 안내로 전화드렸습니다.")) == ["first-prompt"]
    assert desk.refused(desk.plan(message="이번 주 특가 상품을 알려 드릴게요")) == ["first-prompt"]


@pytest.mark.parametrize("max_length_s", [0, 29, 1801])
def test_a_call_has_a_maximum_length(desk: Desk, max_length_s: int) -> None:
    assert desk.refused(replace(desk.plan(), max_length_s=max_length_s)) == ["length"]


@pytest.mark.parametrize("number", ["112", "+82119", "010-5555-4444", "+8215880000", "+14155550100"])
def test_a_plan_that_was_tampered_with_is_refused(desk: Desk, number: str) -> None:
    assert desk.refused(replace(desk.plan(), number=number))[0] == "number"


def test_an_unknown_purpose_is_refused(desk: Desk) -> None:
    assert "purpose" in desk.refused(replace(desk.plan(), purpose="survey"))  # type: ignore[arg-type]


def test_counting_through_numbers_call_by_call_ends_at_the_third(desk: Desk) -> None:
    for last in (1, 2):
        desk.calls.place(desk.calls.plan(CallRequest(f"+82105555000{last}", "service")))
    assert desk.refused(desk.calls.plan(CallRequest("+821055550003", "service"))) == ["generated"]
    assert desk.refused(desk.calls.plan(CallRequest("+821055550000", "service"))) == ["generated"]
    assert desk.calls.place(desk.calls.plan(CallRequest("+821055550007", "service"))).is_new


def test_the_kill_switch_stops_every_process(tmp_path: Path) -> None:
    desk, other = Desk(tmp_path), Desk(tmp_path)
    desk.dialer.known.clear()
    placed = desk.calls.place(desk.plan())
    ended = desk.calls.stop_all("a complaint")
    assert [call.contact_id for call in ended] == [placed.call.contact_id] == desk.dialer.stopped
    assert other.refused(other.plan(attempt=2)) == ["stop-all"]
    desk.calls.switch.set(False)
    assert other.calls.place(other.plan(attempt=2)).is_new


# It fails closed.


def guard_of(desk: Desk, time: SeoulTime) -> Guard:
    days = Days(desk.client.call_records, desk.client.clock)
    return Guard([PurposeRule()], time, days, 2, desk.client.call_audit)


@pytest.mark.parametrize("zone", ["Asia/Nowhere", "", "../etc/passwd"])
def test_an_unknown_zone_is_no_call(desk: Desk, zone: str) -> None:
    guard = guard_of(desk, SeoulTime(desk.client.clock, zone))
    plan = desk.plan()
    with pytest.raises(CallRefused, match="clock"):
        guard.permit(plan, plan.token)


class BrokenClock:
    """A clock that is missing, or that shows a time that cannot be."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now

    def sleep(self, seconds: float) -> None:
        """Do nothing."""


def _missing() -> float:
    raise OSError("no clock")


@pytest.mark.parametrize("now", [_missing, lambda: 0.0, lambda: float("nan"), lambda: float("inf"), lambda: -1.0])
def test_a_clock_that_is_missing_or_wrong_is_no_call(desk: Desk, now: Callable[[], float]) -> None:
    guard = guard_of(desk, SeoulTime(BrokenClock(now)))
    plan = desk.plan()
    with pytest.raises(CallRefused, match="clock"):
        guard.permit(plan, plan.token)


@pytest.mark.parametrize("table", ["opt_outs", "call_records"])
def test_a_store_that_cannot_be_read_is_no_call(desk: Desk, table: str) -> None:
    plan = desk.plan()
    desk.client.opt_outs.has(NUMBER)
    desk.audit()
    with sqlite3.connect(desk.client.database.path) as connection:
        connection.execute(f"DROP TABLE {table}")
    with pytest.raises(Exception, match=r"opt-out|call_records"):
        desk.calls.place(plan)
    assert desk.dialer.placed == []


def test_a_do_not_call_file_that_cannot_be_read_is_no_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path, call__clean_list=str(tmp_path))  # a folder
    desk.consent()
    assert desk.refused(desk.plan("ad")) == ["do-not-call"]


def test_a_do_not_call_file_that_is_gone_at_the_moment_of_dialling_is_no_call(tmp_path: Path, clean_list: Path) -> None:
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent()
    plan = desk.plan("ad")
    assert desk.calls.preview([plan]).count == 1
    clean_list.unlink()
    assert desk.refused(plan) == ["do-not-call"]


def test_a_do_not_call_file_that_grows_old_while_a_campaign_runs_is_no_call(tmp_path: Path, clean_list: Path) -> None:
    clean_list.write_text(f"# checked 2026-10-26\n{NUMBER}\n", encoding="utf-8")
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent()
    assert desk.calls.place(desk.plan("ad")).is_new
    desk.client.clock.sleep(24 * 3600)
    assert desk.refused(desk.plan("ad")) == ["do-not-call"]


@pytest.mark.parametrize(
    "document",
    ["{}", "not JSON", '{"number": 1}', '{"number": "+821055554444", "day": "someday", "source": "", "channel": "", '
     '"is_night": true, "notified_on": ""}'],
)  # fmt: skip
def test_a_consent_that_cannot_be_read_is_no_call(tmp_path: Path, clean_list: Path, document: str) -> None:
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent(is_night=True)
    with sqlite3.connect(desk.client.database.path) as connection:
        connection.execute("UPDATE call_records SET document = ? WHERE kind = 'consent'", (document,))
    assert desk.refused(desk.plan("ad")) == ["consent"]
    assert desk.calls.place(desk.plan("service")).is_new


def test_a_consent_that_was_withdrawn_after_planning_is_no_call(tmp_path: Path, clean_list: Path) -> None:
    desk = Desk(tmp_path, call__clean_list=str(clean_list))
    desk.consent()
    plan = desk.plan("ad")
    desk.client.consents.remove(NUMBER)
    assert desk.refused(plan) == ["consent"]


@pytest.mark.parametrize("document", ["{}", "[]", '{"tokens": 3}'])
@pytest.mark.parametrize(("kind", "rule"), [("switch", "stop-all"), ("day", "repeats")])
def test_a_record_that_cannot_be_read_is_no_call(desk: Desk, kind: str, rule: str, document: str) -> None:
    desk.calls.switch.set(False)
    desk.calls.place(desk.plan())
    with sqlite3.connect(desk.client.database.path) as connection:
        connection.execute("UPDATE call_records SET document = ? WHERE kind = ?", (document, kind))
    assert rule in desk.refused(desk.plan(attempt=2))


def test_a_database_that_is_damaged_is_no_call(desk: Desk) -> None:
    plan = desk.plan()
    desk.client.database.close()
    desk.client.database.path.write_bytes(b"\0" * 8192)
    with pytest.raises(VoicebotError):
        desk.calls.place(plan)
    assert desk.dialer.placed == []


@pytest.mark.parametrize("is_called_before", [True, False])
def test_a_database_that_is_gone_takes_its_refusals_along_and_is_no_call(
    tmp_path: Path, is_called_before: bool
) -> None:
    desk = Desk(tmp_path)
    desk.client.opt_outs.add(NUMBER, "call")
    if is_called_before:
        desk.calls.place(desk.calls.plan(CallRequest("+821055550001", "service")))
    assert "opt-out" in desk.refused(desk.plan())
    desk.client.database.close()
    for path in desk.client.database.path.parent.glob("voicebot.db*"):
        path.unlink()
    for _ in range(2):  # that it was refused is on record now, and changes nothing
        after = Desk(tmp_path)
        assert after.refused(after.plan()) == ["records"]
    (tmp_path / "data" / "numbers.key").unlink()  # a person says that nobody was ever called from here
    anew = Desk(tmp_path)
    assert anew.calls.place(anew.plan()).is_new


def test_records_that_are_older_than_the_note_of_their_key_count(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.calls.place(desk.plan())
    with sqlite3.connect(desk.client.database.path) as connection:
        connection.execute("DELETE FROM call_records WHERE kind = 'key'")
    assert desk.calls.place(desk.plan(attempt=2)).is_new


def test_a_key_that_is_not_the_records_own_is_no_call(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.calls.place(desk.plan())
    (tmp_path / "data" / "numbers.key").write_text("f" * 64, encoding="ascii")
    other = Desk(tmp_path)
    assert other.refused(other.plan()) == ["records"]
    (tmp_path / "data" / "numbers.key").unlink()  # another is made: it stands for nobody who is on record
    other = Desk(tmp_path)
    assert other.refused(other.plan(attempt=2)) == ["records"]


def test_a_database_that_another_process_holds_is_no_call(desk: Desk) -> None:
    """What may not be written, a refusal as well as a dial, is not called."""
    plan = desk.plan()
    desk.client.opt_outs.has(NUMBER)
    desk.audit()
    with desk.client.database.reading() as connection:
        connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(desk.client.database.path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="locked"):
        desk.calls.place(plan)
    assert desk.dialer.placed == []
    other.execute("ROLLBACK")
    other.close()
    assert desk.calls.place(plan).is_new


def test_a_list_of_refusals_that_another_process_has_locked_away_is_no_call(tmp_path: Path) -> None:
    """A reader is shut out by a connection that locks the file as a whole."""
    path = tmp_path / "elsewhere.db"
    database = Database(path)
    opt_outs = SqliteOptOuts(database, VirtualClock(0.0))
    opt_outs.has(NUMBER)
    database.close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("PRAGMA locking_mode = EXCLUSIVE")
    holder.execute("INSERT INTO opt_outs VALUES ('+821000000000', 'person', '', 0)")
    desk = Desk(tmp_path)
    desk.client.__dict__["opt_outs"] = ImpatientOptOuts(path)
    desk.calls = build_calls(desk.client, dialer=desk.dialer)
    assert desk.refused(desk.plan()) == ["opt-out"]
    holder.close()
    assert desk.calls.place(desk.plan()).is_new


class ImpatientOptOuts:
    """The list as a process reads it that waits for nobody."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, number: str) -> bool:
        """Look the number up."""
        with sqlite3.connect(self._path, timeout=0.05) as connection:
            return connection.execute("SELECT 1 FROM opt_outs WHERE number = ?", (number,)).fetchone() is not None


def test_a_store_that_is_down_is_no_call(desk: Desk) -> None:
    class DownOptOuts:
        """A list that does not answer."""

        def has(self, number: str) -> bool:
            """Fail."""
            raise StorageError("dynamodb: out of reach")

    desk.client.__dict__["opt_outs"] = DownOptOuts()
    desk.calls = build_calls(desk.client, dialer=desk.dialer)
    assert desk.refused(desk.plan()) == ["opt-out"]


def test_without_an_audit_log_nothing_is_dialled(desk: Desk) -> None:
    plan = desk.plan()
    desk.audit()
    with sqlite3.connect(desk.client.database.path) as connection:
        connection.execute(
            "CREATE TRIGGER no_audit BEFORE INSERT ON call_records WHEN NEW.kind = 'audit' "
            "BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END"
        )
    with pytest.raises(StorageError):
        desk.calls.place(plan)
    assert desk.dialer.placed == []


def test_the_audit_table_cannot_be_changed_by_anybody(desk: Desk) -> None:
    desk.calls.place(desk.plan())
    with sqlite3.connect(desk.client.database.path) as connection:
        for statement in ("UPDATE call_records SET document = '{}'", "DELETE FROM call_records"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                connection.execute(f"{statement} WHERE kind = 'audit'")


def test_a_dial_that_fails_is_in_the_audit_log_and_may_be_tried_again(desk: Desk) -> None:
    desk.dialer.fails = [StorageError("connect: too many requests")]
    with pytest.raises(StorageError):
        desk.calls.place(desk.plan())
    assert [line.event for line in desk.audit()] == ["dial", "failed"]
    assert desk.calls.place(desk.plan()).is_new
    assert len(desk.dialer.placed) == 1


def test_nothing_that_is_stored_holds_the_number(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.calls.place(desk.plan(name="김민지"))
    desk.refused(desk.plan(intro="안녕하세요 여보세요 계십니까 들리세요 네 안녕히 계세요"))
    desk.client.database.close()
    for path in (tmp_path / "data").rglob("*"):
        assert "55554444" not in path.name
        if path.is_file() and path.suffix not in (".wav", ".speech"):
            assert b"55554444" not in path.read_bytes(), path
