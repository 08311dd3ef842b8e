"""What each command prints, where, and with which exit code."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import soundfile

from voicebot.resources import bundled

pytestmark = pytest.mark.system


def one_line(done: subprocess.CompletedProcess[str]) -> str:
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("voicebot: ")
    return lines[0]


def test_tts_writes_a_wav_that_is_not_silent(run: Any, home: Path) -> None:
    done = run("tts", "안녕하세요, 차집사입니다", "-o", "hello.wav", "--json")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    samples, rate = soundfile.read(home / "hello.wav")
    assert rate == document["sample_rate_hz"]
    assert 1.0 < len(samples) / rate < 6.0
    assert abs(samples).max() > 0.1


def test_tts_writes_what_the_telephone_plays(run: Any, home: Path) -> None:
    run("tts", "안녕하세요", "-o", "hello.wav", "--encoding", "mulaw")
    info = soundfile.info(str(home / "hello.wav"))
    assert (info.samplerate, info.channels, info.subtype) == (8000, 1, "ULAW")


def test_tts_writes_raw_bytes_to_stdout(home: Path, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "voicebot", "tts", "-", "-o", "-", "--rate", "8000"],
        input="안녕하세요".encode(), capture_output=True, cwd=home, env=environment, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0
    assert len(done.stdout) > 8000
    assert len(done.stdout) % 2 == 0


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [
        (("tts", ""), ""),
        (("tts", "   "), ""),
        (("tts", "-"), "가" * 100_001),
        (("tts", "-"), "\x00\x01\x02"),
        (("tts", "-"), "ㅋㅋㅋㅋ"),
        (("tts", "-"), "😀😀"),
        (("tts",), ""),
        (("chat", ""), ""),
        (("chat", "ㅠㅠ"), ""),
        (("cache", "lookup", "..."), ""),
        (("optout", "add", "일이삼"), ""),
        (("cache", "inbox", "add", "질문이에요", ""), ""),
        (("fillers", "generate", "--categories", "none"), ""),
    ],
)
def test_input_that_cannot_be_used_is_one_line_and_exit_code_2(
    run: Any, home: Path, arguments: tuple[str, ...], stdin: str
) -> None:
    done = run(*arguments, stdin=stdin)
    assert done.returncode == 2
    one_line(done)
    assert not list(home.glob("*.wav"))


def test_text_at_the_limit_is_spoken(run: Any, home: Path) -> None:
    assert run("-q", "tts", "-", "-o", "long.wav", stdin="네, 알겠습니다. " * 200).returncode == 0
    assert soundfile.info(str(home / "long.wav")).duration > 60


def test_control_characters_inside_words_are_left_out(run: Any) -> None:
    assert run("tts", "-", "-o", "a.wav", stdin="안녕\x07하세요\x1b").returncode == 0


def test_an_unknown_engine_is_a_configuration_error(run: Any) -> None:
    done = run("tts", "안녕하세요", "--engine", "nobody")
    assert done.returncode == 3
    assert "nobody" in one_line(done)


def test_an_unknown_command_is_a_usage_error(run: Any) -> None:
    assert run("nothing").returncode == 2


def test_errors_are_one_json_object_under_json(run: Any) -> None:
    done = run("tts", "", "--json")
    error = json.loads(done.stderr)
    assert (done.returncode, error["error"], error["kind"]) == (2, 2, "InputError")


def test_a_wrong_setting_names_file_and_key(run: Any, home: Path) -> None:
    (home / "config.yaml").write_text("tts: {speeed: 1}\n", encoding="utf-8")
    done = run("config", "show")
    assert done.returncode == 3
    assert "config.yaml: tts.speeed: unknown key" in one_line(done)


def test_config_show_masks_secrets_and_names_origins(run: Any) -> None:
    done = run("config", "show", "--json", OPENAI_API_KEY="sk-very-secret")
    rows = {row["key"]: row for row in json.loads(done.stdout)}
    assert "very-secret" not in done.stdout
    assert rows["keys.openai"]["origin"] == "env OPENAI_API_KEY"


def test_config_init_writes_the_example_once(run: Any, home: Path) -> None:
    assert run("config", "init").returncode == 0
    assert (home / "config.yaml").read_bytes() == bundled("config.example.yaml").read_bytes()
    assert run("config", "init").returncode == 2


def test_a_database_that_is_not_one_is_named_and_left_alone(run: Any, home: Path) -> None:
    database = home / "data" / "voicebot.db"
    database.parent.mkdir()
    database.write_bytes(b"not a database at all, but somebody's file" * 100)
    before = database.read_bytes()
    done = run("cache", "stats")
    assert done.returncode == 3
    assert "voicebot.db" in one_line(done)
    assert database.read_bytes() == before


WITHOUT_PRIVILEGES = """
import ctypes, runpy, sys
header = (ctypes.c_uint32 * 2)(0x20080522, 0)
ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)())
sys.argv[0] = "voicebot"
runpy.run_module("voicebot", run_name="__main__")
"""
"""Root without its capabilities is bound by file modes like anybody else."""


@pytest.mark.parametrize("arguments", [["cache", "stats"], ["tts", "안녕하세요", "-o", "a.wav"]])
def test_a_read_only_folder_is_a_configuration_error(
    environment: dict[str, str], home: Path, arguments: list[str]
) -> None:
    (home / "data").mkdir(mode=0o555)
    home.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PRIVILEGES, *arguments],
        capture_output=True, encoding="utf-8", cwd=home, env=environment, timeout=60,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert str(home / "data") in one_line(done) or "a.wav" in one_line(done)


@pytest.mark.parametrize(
    "arguments", [["fillers", "list"], ["chat", "안녕하세요", "--session", "kim"], ["config", "init", "shut/x.yaml"]]
)
def test_a_folder_that_may_not_be_looked_into_is_a_configuration_error(
    environment: dict[str, str], home: Path, arguments: list[str]
) -> None:
    (home / "shut").mkdir(mode=0o000)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PRIVILEGES, *arguments],
        capture_output=True, encoding="utf-8", cwd=home, env=environment | {"VOICEBOT_DATA_DIR": str(home / "shut" / "d")},
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr
    assert "shut" in one_line(done)
    assert "Permission denied (give this user access, or choose another place)" in done.stderr


def test_a_full_disk_is_one_line_and_loses_nothing(run: Any, home: Path, environment: dict[str, str]) -> None:
    assert run("cache", "inbox", "add", "주차 되나요", "네, 주차장이 있어요.").returncode == 0
    limited = (
        "import resource, runpy, signal, sys\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "sys.argv[0] = 'voicebot'\n"
        "runpy.run_module('voicebot', run_name='__main__')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", limited, "cache", "approve"],
        capture_output=True, encoding="utf-8", cwd=home, timeout=60,
        env=environment | {"PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    one_line(done)
    assert not list((home / "data").rglob("*.part"))
    assert json.loads(run("cache", "approve", "--json").stdout)["approved"] == 1
    assert run("cache", "lookup", "주차되나요").returncode == 0


def test_lookup_tells_a_hit_from_a_miss_by_its_exit_code(run: Any) -> None:
    run("cache", "inbox", "add", "주차 되나요", "네, 주차장이 있어요.")
    run("cache", "approve")
    hit = json.loads(run("cache", "lookup", "음 주차 되나요?", "--json").stdout)
    assert (hit["hit"], hit["answer"]) == (True, "네, 주차장이 있어요.")
    assert hit["audio_urls"][0].startswith("file://")
    miss = run("cache", "lookup", "세차 되나요", "--json")
    assert (miss.returncode, json.loads(miss.stdout)["hit"]) == (4, False)


def test_approve_is_quiet_when_there_is_nothing_to_do(run: Any) -> None:
    done = run("cache", "approve")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_dry_runs_change_nothing(run: Any) -> None:
    run("cache", "inbox", "add", "주차 되나요", "네, 주차장이 있어요.")
    before = run("cache", "stats", "--json").stdout
    for arguments in (
        ("cache", "seed"),
        ("cache", "approve"),
        ("fillers", "generate"),
        ("optout", "add", "01012345678"),
    ):
        assert run(*arguments, "--dry-run").returncode == 0
    assert run("cache", "stats", "--json").stdout == before
    assert run("fillers", "list").stdout == ""
    assert run("optout", "list").stdout == ""


def test_inbox_add_says_with_a_dry_run_what_it_would_add(run: Any) -> None:
    added = run("cache", "inbox", "add", "주차 되나요", "네, 주차장이 있어요.", "--dry-run", "--json")
    assert json.loads(added.stdout)["answer"] == "네, 주차장이 있어요."
    assert run("cache", "inbox", "list").stdout == ""


def test_inbox_reject_takes_the_name_that_the_list_shows(run: Any) -> None:
    run("cache", "inbox", "add", "주차 되나요", "네, 주차장이 있어요.")
    name = run("cache", "inbox", "list").stdout.split("\t")[0]
    assert run("cache", "inbox", "reject", name).returncode == 0
    assert json.loads(run("cache", "stats", "--json").stdout)["inbox"]["rejected"] == 1
    assert run("cache", "inbox", "reject", "none").returncode == 4


def test_korean_rules_work_line_by_line(run: Any) -> None:
    done = run("korean", "spoken", "-", stdin="3시에 봬요\n그대로예요\n")
    assert done.stdout == "세 시에 봬요\n그대로예요\n"
    assert run("korean", "mask", "제 번호는 010-1234-5678이에요").stdout == "제 번호는 [전화번호]이에요\n"
    assert (
        run("korean", "normalize", "음, 토요일에도 해요?").stdout == run("korean", "normalize", "토요일에도해요").stdout
    )


def test_optout_keeps_one_form_of_a_number(run: Any) -> None:
    run("optout", "add", "010-1234-5678")
    assert json.loads(run("optout", "add", "+821012345678", "--json").stdout) == {"added": False}


def test_chat_answers_a_conversation_line_by_line(run: Any) -> None:
    answers = run("chat", stdin="안녕하세요\n상담원 연결해 주세요\n").stdout.splitlines()
    assert len(answers) == 2


def test_a_dry_run_says_what_would_be(run: Any, home: Path) -> None:
    (home / "numbers.csv").write_text("number\n010-1111-2222\n", encoding="utf-8")
    number = ("010-1234-5678", "--dry-run")
    assert run("optout", "add", *number).stdout == "would be added\n"
    assert run("optout", "import", "numbers.csv", "--dry-run").stdout.startswith("1 would be added, ")
    given = ("--source", "매장", "--channel", "store", "--date", "2026-11-01")
    assert run("consents", "add", *number, *given).stdout == "would count until 2028-11-01 (not included)\n"
    assert run("consents", "list").stdout == ""
    run("consents", "add", "010-1234-5678", *given)
    assert run("consents", "notified", *number).stdout == "consent would be marked\n"
    assert run("consents", "remove", *number).stdout == "would be removed\n"
    assert run("consents", "purge", "--dry-run").stdout == "0 would be removed\n"
    assert run("consents", "list").stdout.startswith("+821012345678")
    assert run("optout", "list").stdout == ""


def test_other_dry_runs_say_what_would_be_too(run: Any, home: Path) -> None:
    assert run("config", "init", "--dry-run").stdout == "config.yaml would be written\n"
    assert "would be written: " in run("lex", "build", "--dry-run").stdout
    assert run("stop", "--lift", "--dry-run").stdout == "calls would go out again\n"
    assert run("stop", "--all", "--dry-run").stdout == "would end 0\n"
    assert run("stop", "nobody", "--dry-run").returncode == 4
    assert not [path.name for path in home.iterdir() if path.name != "data"]


def test_a_file_of_which_no_line_can_be_used_is_refused(run: Any, home: Path) -> None:
    (home / "list.csv").write_text("id,utterance,answer\nq1,,\n", encoding="utf-8")
    for command in ("seed", "import"):
        done = run("cache", command, "list.csv", "--json")
        assert done.returncode == 2
        assert json.loads(done.stdout)["unusable"] == 1
        assert json.loads(done.stderr)["message"] == "list.csv: no line can be used"
