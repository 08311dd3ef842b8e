"""Campaigns: nobody is called twice, the pace is kept, and nine o'clock is nine o'clock."""

import json
import os
import random
import signal
import subprocess
import sys
from collections import Counter
from itertools import islice, pairwise
from pathlib import Path

import pytest

from tests.fakes.calls import CountingDialer, client_at, korean
from tests.fakes.connect import FLOW, INSTANCE, OWN, StubbedConnect
from voicebot.call.assembly import build_calls, build_campaign
from voicebot.call.campaign import Campaign, CampaignReport
from voicebot.call.contact_file import ContactRow, read_contacts
from voicebot.call.dialers.connect import ConnectDialer
from voicebot.call.numbers import callable_number
from voicebot.call.plan import Contact
from voicebot.call.service import CallRequest
from voicebot.client import Voicebot
from voicebot.clock import VirtualClock
from voicebot.errors import EngineError, InputError, RefusedError, StorageError

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent.parent


def numbers(count: int) -> list[str]:
    made = (f"+8210{number:08d}" for number in random.Random(5).sample(range(20_000_000, 99_999_999), 2 * count + 9))
    return list(islice(filter(is_callable, made), count))


def is_callable(number: str) -> bool:
    try:
        return callable_number(number) == number
    except InputError:
        return False


def rows(count: int) -> list[ContactRow]:
    return [ContactRow(line, number) for line, number in enumerate(numbers(count), 2)]


class Bench:
    """A client, a dialer that counts, and a campaign."""

    def __init__(self, folder: Path, moment: str = "2026-11-25 10:00", **overrides: object) -> None:
        self.client: Voicebot = client_at(folder, moment, **overrides)
        assert isinstance(self.client.clock, VirtualClock)
        self.clock = self.client.clock
        self.dialer = CountingDialer(self.clock)
        self.calls = build_calls(self.client, dialer=self.dialer)

    def campaign(self, name: str = "test") -> Campaign:
        return build_campaign(self.client, self.calls, name, CallRequest("", "service"))

    def end_all(self, outcome: str = "answered") -> None:
        """Have every call end as soon as it is asked for."""
        place = self.dialer.place

        def ended(plan: object, token: str) -> Contact:
            contact = place(plan, token)  # type: ignore[arg-type]
            over = Contact(contact.id, "ended", outcome, self.clock.now(), self.clock.now() + 1)  # type: ignore[arg-type]
            self.dialer.known[contact.id] = over
            return contact

        self.dialer.place = ended  # type: ignore[method-assign]

    def called(self) -> list[str]:
        return [plan.number for _, plan, _ in self.dialer.placed]


@pytest.mark.system
def test_a_campaign_of_500_killed_five_times_calls_nobody_twice_and_keeps_the_pace(tmp_path: Path) -> None:
    wanted = numbers(500)
    (tmp_path / "contacts.csv").write_text("number\n" + "\n".join(wanted) + "\n", encoding="utf-8")
    chance = random.Random(11)
    kills = sorted(chance.sample(range(20, 480), 5))
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)}

    def process(kill_at: int, when: str) -> subprocess.CompletedProcess[str]:
        arguments = [sys.executable, "-m", "tests.call.campaign_process", str(tmp_path), str(kill_at), when]
        return subprocess.run(
            arguments, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", timeout=300, check=False
        )

    for turn, kill_at in enumerate(kills):
        done = process(kill_at, ("after", "before")[turn % 2])
        assert done.returncode == -signal.SIGKILL, done.stderr
    done = process(0, "after")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert (report["ending"], report["states"], report["outcomes"]) == ("finished", {"done": 500}, {"answered": 500})

    starts = [json.loads(line) for line in (tmp_path / "connect.jsonl").read_text(encoding="utf-8").splitlines()]
    tokens_of = {number: {start["token"] for start in starts if start["number"] == number} for number in wanted}
    assert {number: len(tokens) for number, tokens in tokens_of.items()} == dict.fromkeys(wanted, 1)
    assert 500 <= len(starts) <= 505
    gaps = [later["at_s"] - earlier["at_s"] for earlier, later in pairwise(starts)]
    assert min(gaps) >= 0.5
    assert max(Counter(int(start["at_s"]) for start in starts).values()) <= 2
    first = starts[0]["params"]
    assert first["SourcePhoneNumber"] == OWN
    assert all(name.isascii() for name in first["Attributes"])


def test_at_205959_calls_go_out_and_at_210000_none_does(tmp_path: Path) -> None:
    bench = Bench(tmp_path, "2026-11-25 20:59:50")
    connect = StubbedConnect(tmp_path, bench.clock)
    dialer = ConnectDialer(connect.service, INSTANCE, FLOW, 30, bench.clock)
    bench.calls = build_calls(bench.client, dialer=dialer)
    people = rows(40)
    report = bench.campaign().run(people)
    nine = korean("2026-11-25 21:00:00")
    moments = [start["at_s"] for start in connect.starts]
    assert max(moments) == korean("2026-11-25 20:59:59")
    assert len(moments) == 10
    assert (report.ending, report.states) == ("refused", {"done": 10, "pending": 30})
    assert "quiet-hours" in report.reason
    assert bench.clock.now() >= nine
    bench.clock.sleep(korean("2026-11-26 07:59:59") - bench.clock.now())
    assert bench.campaign().run(people).ending == "refused"
    assert len(connect.starts) == 10
    bench.clock.sleep(1)
    assert bench.campaign().run(people).states == {"done": 40}
    assert min(start["at_s"] for start in connect.starts[10:]) >= korean("2026-11-26 08:00:00")
    assert len({start["number"] for start in connect.starts}) == len(connect.starts) == 40


@pytest.mark.parametrize(("outcome", "count"), [("no_answer", 2), ("busy", 2), ("voicemail", 2), ("answered", 1)])
def test_who_was_not_reached_is_tried_again_by_rule(tmp_path: Path, outcome: str, count: int) -> None:
    bench = Bench(tmp_path)
    bench.end_all(outcome)
    people = rows(3)
    report = bench.campaign().run(people)
    assert report.ending == ("later" if count == 2 else "finished")
    if count == 2:
        assert report.next_at_s is not None
        assert report.next_at_s >= korean("2026-11-25 11:00")
        assert bench.campaign().run(people).states == {"pending": 3}
        bench.clock.sleep(3700)
    assert bench.campaign().run(people).states == {"done": 3}
    assert Counter(bench.called()) == dict.fromkeys((row.number for row in people), count)


def test_an_answer_that_got_lost_is_the_same_call_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    bench.dialer.fails = [StorageError("connect: out of reach")]
    assert bench.campaign().run(rows(2)).states == {"done": 2}
    tokens = [line.token for line in bench.client.call_audit.scan() if line.event in ("dial", "failed")]
    assert tokens[0] == tokens[1]
    assert len(set(tokens)) == 2


def test_dials_that_fail_in_a_row_stop_the_campaign(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    bench.dialer.fails = [StorageError("connect: too many requests")] * 5
    people = rows(20)
    report = bench.campaign().run(people)
    assert (report.ending, bench.called()) == ("failing", [])
    bench.clock.sleep(60)
    assert bench.campaign().run(people).states == {"done": 20}
    assert len(set(bench.called())) == 20


def test_one_failure_now_and_then_does_not(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    lost = StorageError("connect: fails just now")
    bench.dialer.fails = [lost, None, None, lost, lost, None, None, lost, lost, lost, lost]
    assert bench.campaign().run(rows(12)).states == {"done": 12}


def test_who_refused_is_left_out_and_the_others_are_called(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    people = rows(3)
    bench.client.opt_outs.add(people[1].number, "call")
    report = bench.campaign().run(people)
    assert (report.states, report.refused_by) == ({"done": 2, "refused": 1}, {"opt-out": 1})
    assert people[1].number not in bench.called()


def test_a_person_who_refuses_while_the_call_is_in_doubt_is_not_called_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    people = rows(1)
    bench.dialer.fails = [StorageError("connect: out of reach")] * 5
    bench.campaign().run(people)
    bench.client.opt_outs.add(people[0].number, "call")
    bench.clock.sleep(60)
    assert bench.campaign().run(people).states == {"unknown": 1}
    assert bench.called() == []


def test_a_call_in_doubt_for_longer_than_connect_remembers_is_not_placed_again(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    people = rows(1)
    bench.dialer.fails = [StorageError("connect: out of reach")] * 5
    bench.campaign().run(people)
    bench.clock.sleep(7 * 24 * 3600)
    assert bench.campaign().run(people).states == {"unknown": 1}
    assert bench.called() == []


def test_the_kill_switch_stops_a_campaign_at_once(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    bench.calls.switch.set(True)
    report = bench.campaign().run(rows(5))
    assert (report.ending, bench.called()) == ("refused", [])
    bench.calls.switch.set(False)
    assert bench.campaign().run(rows(5)).states == {"done": 5}


def test_no_more_calls_go_on_at_a_time_than_are_set(tmp_path: Path) -> None:
    bench = Bench(tmp_path, call__max_active=3, call__calls_per_second=2.0)
    most = 0
    place = bench.dialer.place

    def placing(plan: object, token: str) -> Contact:
        nonlocal most
        contact = place(plan, token)  # type: ignore[arg-type]
        going_on = [one for one in bench.dialer.known.values() if one.state != "ended"]
        most = max(most, len(going_on))
        return contact

    def status(contact_id: str) -> Contact:
        placed_s = next(at_s for at_s, _, token in bench.dialer.placed if contact_id.endswith(token[:12]))
        if bench.clock.now() - placed_s > 30:
            bench.dialer.known[contact_id] = Contact(contact_id, "ended", "answered", placed_s, placed_s + 30)
        return bench.dialer.known[contact_id]

    bench.dialer.place = placing  # type: ignore[method-assign]
    bench.dialer.status = status  # type: ignore[method-assign]
    assert bench.campaign().run(rows(12)).states == {"done": 12}
    assert most == 3


def test_a_call_that_never_ends_is_stopped(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    stop = bench.dialer.stop

    def stopping(contact_id: str) -> None:
        stop(contact_id)
        bench.dialer.known[contact_id] = Contact(contact_id, "ended", "answered", 1.0, 2.0)

    bench.dialer.stop = stopping  # type: ignore[method-assign]
    report: CampaignReport = bench.campaign().run(rows(1))
    assert report.states == {"done": 1}
    assert len(bench.dialer.stopped) == 1


def test_another_campaign_calls_the_same_people_within_the_days_limit(tmp_path: Path) -> None:
    bench = Bench(tmp_path, call__max_per_day=1)
    bench.end_all()
    people = rows(2)
    assert bench.campaign("one").run(people).states == {"done": 2}
    report = bench.campaign("two").run(people)
    assert (report.ending, report.states) == ("later", {"pending": 2})
    assert report.next_at_s == korean("2026-11-26 08:00")


# The file.


def test_a_file_is_read_with_its_names_and_without_what_cannot_be_called(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text(
        "\ufeffnumber,name,message\n010-2345-1111,김민지,예약이 있습니다\n119,,\n+821023451111,,\n,,\n1588-0000,,\n02-2123-4567,,\n",
        encoding="utf-8",
    )
    contacts = read_contacts(path)
    assert contacts.rows == (
        ContactRow(2, "+821023451111", "김민지", "", "예약이 있습니다"),
        ContactRow(7, "+82221234567"),
    )
    assert [problem.split(":")[0] for problem in contacts.problems] == ["line 3", "line 4", "line 6"]
    assert contacts.name.startswith("people-")
    assert not any("2345" in problem for problem in contacts.problems)


def test_a_file_of_numbers_in_a_row_is_refused_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("number\n" + "\n".join(f"010-2345-11{last:02d}" for last in range(3)), encoding="utf-8")
    with pytest.raises(RefusedError, match="lines 2, 3, 4") as caught:
        read_contacts(path)
    assert "2345" not in caught.value.message


@pytest.mark.parametrize("text", ["", "phone\n010-2345-1111\n", "number\n119\n", "number,nickname\n010-2345-1111,x\n"])
def test_a_file_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "people.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_contacts(path)


def test_a_line_that_cannot_be_spoken_is_named_before_anybody_is_called(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    people = [*rows(2), ContactRow(9, numbers(3)[2], name="010-1234-5678")]
    with pytest.raises(InputError, match="line 9") as caught:
        bench.campaign().run(people)
    assert bench.called() == []
    assert "1234" not in caught.value.message


def test_a_voice_that_fails_is_waited_for(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    bench.dialer.fails = [EngineError("out of reach", engine="fish", retryable=True)]
    assert bench.campaign().run(rows(2)).states == {"done": 2}


def test_a_call_with_a_person_is_not_cut_off(tmp_path: Path) -> None:
    bench = Bench(tmp_path)

    def status(contact_id: str) -> Contact:
        placed_s = bench.dialer.placed[0][0]
        is_over = bench.clock.now() - placed_s > 3600
        state = "ended" if is_over else "connected"
        return Contact(contact_id, state, "agent", placed_s, placed_s + 3600 if is_over else None)

    bench.dialer.status = status  # type: ignore[method-assign]
    assert bench.campaign().run(rows(1)).outcomes == {"agent": 1}
    assert bench.dialer.stopped == []


def test_a_line_whose_first_prompt_lacks_something_is_named_before_anybody_is_called(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.end_all()
    people = [*rows(2), ContactRow(9, numbers(3)[2], about="타이어 할인 안내")]
    with pytest.raises(RefusedError, match="line 9"):
        bench.campaign().run(people)
    assert bench.called() == []
    assert [(line.event, line.rules) for line in bench.client.call_audit.scan()] == [("refused", ("first-prompt",))]
    people[2] = ContactRow(9, people[2].number, about="타이어 교체 안내")
    assert bench.campaign().run(people).states == {"done": 3}
