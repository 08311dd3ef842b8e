"""What the doctor says of this machine, by the command itself."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from voicebot.database import Database
from voicebot.deploy.doctor.machine import look_at_chat, look_at_data, look_at_database, look_at_engines
from voicebot.tts.protocol import Health

pytestmark = pytest.mark.system


def doctor(folder: Path, *arguments: str, **variables: str) -> tuple[int, list[dict[str, Any]], str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "VOICEBOT_DATA_DIR": str(folder / "data"),
        **variables,
    }
    if "PYTHONPATH" in os.environ:
        environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
    done = subprocess.run(
        [sys.executable, "-m", "voicebot", "doctor", "--json", *arguments],
        env=environment, capture_output=True, encoding="utf-8", timeout=120, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout), done.stderr


def test_a_fresh_machine_is_well_and_told_what_comes_next(tmp_path: Path) -> None:
    code, found, _ = doctor(tmp_path)
    states = {f"{one['area']} {one['what']}": one["state"] for one in found}
    assert code == 0
    for what in (
        "data folder",
        "data database",
        "voice embedded voice",
        "model language model",
        "engines speech: local",
    ):
        assert states[what] == "ok"
    assert states["data approved answers"] == "warning"
    assert all(one["fix"] for one in found if one["state"] != "ok")
    assert doctor(tmp_path, "--strict")[0] == 7


def test_without_credentials_the_account_is_one_problem_not_twenty(tmp_path: Path) -> None:
    code, found, errors = doctor(tmp_path, "--aws", AWS_EC2_METADATA_DISABLED="true")
    problems = [one for one in found if one["state"] == "problem"]
    assert (code, [one["what"] for one in problems]) == (3, ["credentials"])
    assert json.loads(errors)["message"] == "1 thing to set up"


def test_an_account_out_of_reach_is_exit_6(tmp_path: Path) -> None:
    code, found, _ = doctor(tmp_path, "--aws", AWS_ENDPOINT_URL="http://127.0.0.1:9", VOICEBOT_AWS__RETRY_BUDGET_S="0")
    assert (code, {one["what"]: one["state"] for one in found}["credentials"]) == (6, "unreachable")


def test_an_engine_without_its_key_is_a_problem_that_names_it(tmp_path: Path) -> None:
    code, found, _ = doctor(tmp_path, VOICEBOT_TTS__LIVE_ENGINE="eleven", VOICEBOT_CHAT__ENGINE="gpt")
    problems = {one["what"]: one["detail"] + one["fix"] for one in found if one["state"] == "problem"}
    assert code == 3
    assert "ELEVENLABS_API_KEY" in problems["speech: eleven"]
    assert "OPENAI_API_KEY" in problems["chat: gpt"]


def test_a_data_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    found = list(look_at_data(tmp_path / "file" / "data"))
    assert [(one.state, one.fix) for one in found] == [("problem", "set data_dir to a folder that you may write to")]


def test_a_damaged_database_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "voicebot.db"
    database = Database(path, "CREATE TABLE IF NOT EXISTS t (v TEXT); CREATE INDEX IF NOT EXISTS i ON t (v);")
    with database.writing() as connection:
        connection.executemany("INSERT INTO t VALUES (?)", [(f"{n:0200}",) for n in range(500)])
        connection.execute("PRAGMA user_version = 1")
    with database.reading() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    data = bytearray(path.read_bytes())
    for page in range(4096 * 4, len(data) - 4096, 4096 * 2):
        data[page + 8 : page + 200] = b"\xff" * 192
    path.write_bytes(data)
    assert [one.state for one in look_at_database(Database(path))] == ["problem"]


def test_engines_and_chat_by_themselves() -> None:
    found = list(look_at_engines(["a", "b"], lambda name: Health(name == "a", f"detail of {name}")))
    assert [(one.what, one.state) for one in found] == [("speech: a", "ok"), ("speech: b", "problem")]
    assert [one.state for one in look_at_chat("gpt", has_key=True)] == ["ok"]
