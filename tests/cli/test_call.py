"""Outbound calls as a person places them: whole processes in an empty home, at a Korean time of the test's own."""

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile

pytestmark = pytest.mark.system

DAY = ("--at", "2026-11-25 10:00")
CALL = ("call", "+821012345678", "--purpose", "service")


@pytest.fixture
def callee(home: Path) -> Any:
    def write(*turns: str, extra: str = "world: {hours: open}") -> str:
        path = home / "callee.yaml"
        lines = ["name: callee", extra, "turns:", *(f"  - {turn}" for turn in turns)]
        path.write_text("\n".join(lines), encoding="utf-8")
        return str(path)

    return write


def held(run: Any, *arguments: str) -> tuple[dict[str, Any], list[str]]:
    """Place a call; return its document and what the bot said."""
    done = run(*CALL, *DAY, "--yes", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document, [row["text"] for row in document["held"]["transcript"] if row["who"] == "bot"]


def test_the_outbound_flow_is_answered_end_to_end(run: Any, home: Path) -> None:
    done = run(*CALL, *DAY, "--scenario", "scenarios/outbound_call.yaml", "--record", "call.wav", "--yes")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 expectations met" in done.stdout
    assert done.stdout.index("인공지능 상담사") < done.stdout.index("네 괜찮아요") < done.stdout.index("토요일에는")
    samples, rate = soundfile.read(home / "call.wav")
    assert (rate, samples.shape[1]) == (8000, 2)
    assert len(samples) / rate > 30
    listed = json.loads(run("contacts", "list", "--json").stdout)
    assert [(one["state"], one["outcome"], one["purpose"]) for one in listed] == [("ended", "answered", "service")]
    assert json.loads(run("status", listed[0]["contact_id"], "--json").stdout) == listed[0]
    assert "1012345678" not in json.dumps(listed)


def test_without_yes_nothing_is_dialled_and_count_window_and_cost_are_said(run: Any) -> None:
    done = run(*CALL, *DAY, "--name", "김민지", "--about", "정비 예약 안내")
    assert done.returncode == 0
    assert "would call 1 of 1" in done.stdout
    assert "until 20:59:59" in done.stdout
    assert "cost:" in done.stdout
    assert "김민지 고객님" in done.stdout
    assert run(*CALL, *DAY, "--yes", "--dry-run").returncode == 0
    assert json.loads(run("contacts", "list", "--json").stdout) == []
    assert json.loads(run("contacts", "audit", "--json").stdout) == []


def test_the_same_call_is_placed_once_a_day(run: Any, callee: Any) -> None:
    path = callee("hangup: true")
    first, _ = held(run, "--scenario", path)
    done = run(*CALL, *DAY, "--yes", "--json", "--scenario", path)
    again = json.loads(done.stdout)
    assert (first["is_new"], again["is_new"]) == (True, False)
    assert again["call"]["contact_id"] == first["call"]["contact_id"]
    assert len(json.loads(run("contacts", "audit", "--json").stdout)) == 1


@pytest.mark.parametrize("turn", ["say: 다시는 전화하지 마세요", 'press: "9"'])
def test_refusing_in_a_call_takes_effect_at_once(run: Any, callee: Any, turn: str) -> None:
    document, said = held(run, "--scenario", callee(turn))
    assert document["call"]["outcome"] == "opted_out"
    assert "수신 거부가 처리되었습니다" in said[-1]
    done = run(*CALL, *DAY, "--yes", "--attempt", "2")
    assert done.returncode == 5
    assert "opt-out" in done.stderr
    due = json.loads(run("consents", "due", "--json").stdout)
    assert [duty["what"] for duty in due] == ["result notice: refusal"]
    assert run("consents", "notified", "010-1234-5678").returncode == 0
    assert json.loads(run("consents", "due", "--json").stdout) == []


def test_voicemail_is_left_politely(run: Any, callee: Any) -> None:
    greeting = "say: 고객님이 전화를 받을 수 없어 음성사서함으로 연결됩니다 삐 소리 후 메시지를 남겨 주세요"
    document, said = held(run, "--scenario", callee(greeting))
    assert document["call"]["outcome"] == "voicemail"
    assert said[-1] == "차집사입니다. 다음에 다시 연락드리겠습니다. 안녕히 계세요."


def test_a_person_without_time_is_left_alone(run: Any, callee: Any) -> None:
    document, said = held(run, "--scenario", callee("say: 지금 운전 중이에요"))
    assert document["call"]["outcome"] == "answered"
    assert said[-1].startswith("네, 알겠습니다.")


def test_a_silent_line_is_not_put_through_to_a_person(run: Any, callee: Any) -> None:
    document, said = held(run, "--scenario", callee("silence: 9", "silence: 9", "silence: 9"))
    assert document["held"]["queue"] is None
    assert said[-1].startswith("전화 받아 주셔서")


def test_a_callee_who_wants_a_person_gets_one(run: Any, callee: Any) -> None:
    document, _ = held(run, "--scenario", callee("say: 네", "say: 상담원 연결해 주세요"))
    assert document["call"]["outcome"] == "agent"
    assert document["held"]["queue"]


def test_the_message_is_said_once_the_person_has_time(run: Any, callee: Any) -> None:
    message = "내일 오후 3시에 강남점 정비 예약이 있습니다."
    _, said = held(run, "--scenario", callee("say: 네 말씀하세요", "say: 네 감사합니다"), "--message", message)
    assert message in said


def test_a_person_types_as_the_callee(run: Any) -> None:
    done = run(*CALL, *DAY, "--yes", stdin="네\n엔진오일 교환하는 데 얼마예요\n")
    assert done.returncode == 0
    assert "엔진오일" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("call", "010-1234-5678"), 2, "purpose"),
        (("call", "--purpose", "service"), 2, "number"),
        (("call", "119", "--purpose", "service", "--yes"), 2, "emergency"),
        (("call", "+14155550100", "--purpose", "service", "--yes"), 2, "Korea"),
        ((*CALL, "--yes", "--at", "2026-11-25 21:00"), 5, "quiet-hours"),
        ((*CALL, "--yes", "--at", "2026-11-26 07:59:59"), 5, '--at "2026-11-26 10:00"'),
        ((*CALL, "--yes", "--at", "tomorrow"), 2, "--at"),
        (("call", "010-1234-5678", "--purpose", "ad", "--yes", *DAY), 5, "consent"),
        ((*CALL, *DAY, "--yes", "--intro", "안녕하세요, 잠시 시간 괜찮으십니까?"), 5, "first-prompt"),
        ((*CALL, *DAY, "--engine", "nobody"), 2, "engine"),
        (("--backend", "aws", *CALL, "--record", "x.wav", "--yes"), 2, "this machine"),
        (("status", "nothing"), 4, "no such call"),
        (("stop", "nothing"), 4, "no such call"),
        (("stop",), 2, "--all"),
        (
            ("consents", "add", "010-1234-5678", "--source", "s", "--channel", "web", "--date", "2099-01-01"),
            2,
            "future",
        ),
        (("consents", "notified", "010-1234-5678"), 4, "due"),
    ],
)
def test_what_cannot_be_is_one_line_without_the_number(
    run: Any, arguments: tuple[str, ...], code: int, word: str
) -> None:
    done = run(*arguments)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert word in done.stderr
    assert "12345678" not in done.stderr.replace("+821012345678 or", "")


def test_the_kill_switch_stops_all_calls_until_it_is_lifted(run: Any, callee: Any) -> None:
    assert run("stop", "--all", "--reason", "a complaint").returncode == 0
    done = run(*CALL, *DAY, "--yes")
    assert (done.returncode, "stop-all" in done.stderr) == (5, True)
    assert run("stop", "--lift").returncode == 0
    held(run, "--scenario", callee("hangup: true"))
    events = [line["event"] for line in json.loads(run("contacts", "audit", "--json").stdout)]
    assert sorted(events) == ["dial", "refused", "stop-all", "stop-lifted"]


def test_an_advertising_call_with_all_that_the_law_asks(run: Any, home: Path, callee: Any) -> None:
    (home / "clean.txt").write_text("# checked 2026-11-20\n010-1234-5678\n", encoding="utf-8")
    (home / "consents.csv").write_text(
        "number,date,source,channel,night\n010-1234-5678,2026-11-01,homepage,web,no\n119,2026-11-01,homepage,web,no\n",
        encoding="utf-8",
    )
    imported = run("consents", "import", "consents.csv", "--json")
    assert json.loads(imported.stdout)["added"] == 1
    assert "line 3" in imported.stderr
    done = run(
        "call", "010-1234-5678", "--purpose", "ad", "--about", "엔진오일 할인 안내", *DAY, "--yes", "--json",
        "--scenario", callee("say: 나중에요"), VOICEBOT_CALL__CLEAN_LIST="clean.txt",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)["held"]["transcript"]
    assert rows[0]["text"].startswith("광고 전화입니다.")
    assert "1588-0000" in rows[0]["text"]


def test_opt_outs_come_from_a_file(run: Any, home: Path) -> None:
    (home / "list.csv").write_text(
        'name,number\n"가, 나",010-1111-2222\n다,"010-3333-4444"\n라,내선\n', encoding="utf-8"
    )
    assert json.loads(run("optout", "import", "list.csv", "--dry-run", "--json").stdout)["added"] == 2
    done = run("optout", "import", "list.csv", "--json")
    assert (json.loads(done.stdout)["added"], json.loads(done.stdout)["known"]) == (2, 0)
    assert "line 4" in done.stderr
    assert json.loads(run("optout", "import", "list.csv", "--json").stdout)["known"] == 2


def test_a_campaign_calls_a_file_and_goes_on_where_it_stopped(run: Any, home: Path, callee: Any) -> None:
    (home / "people.csv").write_text(
        "number,name\n010-2345-1111,김민지\n010-6789-2222,\n119,\n010-9876-3333,이서준\n", encoding="utf-8"
    )
    command = (
        "call",
        "--file",
        "people.csv",
        "--purpose",
        "service",
        "--about",
        "정비 예약 안내",
        "--campaign",
        "fall",
    )
    dry = run(*command, *DAY, "--json")
    document = json.loads(dry.stdout)
    assert (document["count"], document["open"], document["dry_run"]) == (3, 3, True)
    assert "line 4" in dry.stderr
    run("optout", "add", "010-6789-2222")
    path = callee("say: 나중에요")
    done = run(*command, *DAY, "--yes", "--scenario", path)
    assert done.returncode == 0, done.stderr
    assert "fall: finished: 2 answered, 2 done, 1 refused" in done.stdout
    assert "line 3: refused opt-out" in done.stderr
    assert "1111" not in done.stdout + done.stderr
    again = json.loads(run(*command, *DAY, "--yes", "--json", "--scenario", path).stdout)
    assert (again["ending"], again["states"]) == ("finished", {"done": 2, "refused": 1})
    listed = json.loads(run("contacts", "list", "--campaign", "fall", "--json").stdout)
    assert len(listed) == 2
    assert len({one["person"] for one in listed}) == 2


def test_a_campaign_at_night_waits_for_the_morning(run: Any, home: Path) -> None:
    (home / "people.csv").write_text("number\n010-2345-1111\n", encoding="utf-8")
    done = run("call", "-f", "people.csv", "--purpose", "service", "--at", "2026-11-25 21:00:00", "--yes", "--json")
    assert done.returncode == 5
    assert json.loads(done.stdout)["states"] == {"pending": 1}
    assert "quiet-hours" in done.stderr


def test_a_scenario_of_the_inbound_flow_is_held_without_its_expectations(run: Any, home: Path) -> None:
    done = run(*CALL, *DAY, "--scenario", "scenarios/first_call.yaml", "--record", "call.wav", "--yes")
    assert done.returncode == 0, done.stderr
    assert "were not looked at" in done.stderr
    assert (home / "call.wav").is_file()


@pytest.mark.parametrize("written", ["1012345678", "82-10-1234-5678", "+82 010-1234-5678", "+82-10-1234-5678"])
def test_an_opt_out_counts_however_a_spreadsheet_has_left_it(run: Any, home: Path, written: str) -> None:
    (home / "list.txt").write_text(f"{written}\n", encoding="utf-8")
    assert json.loads(run("optout", "import", "list.txt", "--json").stdout)["added"] == 1
    done = run(*CALL, *DAY, "--yes")
    assert (done.returncode, "opt-out" in done.stderr) == (5, True)


@pytest.mark.parametrize("name", ["010-1234-5678", "a/b", "x" * 61, "$(id)"])
def test_a_campaigns_name_holds_no_number(run: Any, name: str) -> None:
    done = run(*CALL, *DAY, "--campaign", name)
    assert done.returncode == 2
    assert "12345678" not in done.stderr


def test_reasons_are_kept_without_personal_numbers(run: Any, callee: Any) -> None:
    night = ("--at", "2026-11-25 23:00", "--yes", "--scenario", callee("hangup: true"))
    done = run(*CALL, *night, "--night-reason", "010-1234-5678 고객님이 부탁하셨어요")
    assert done.returncode == 0, done.stderr
    (line,) = json.loads(run("contacts", "audit", "--json").stdout)
    assert line["detail"] == "[전화번호] 고객님이 부탁하셨어요"
