"""voicebot lex and voicebot transcribe as a person types them."""

import json
import wave
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.system

BROKEN = "name: 차집사\nlocales: {ko_KR: {intents: [{name: Ask, utterances: [네]}]}}\n"


def test_a_broken_bot_ends_with_the_gates_code_and_one_document(run: Run, home: Path) -> None:
    (home / "bot.yaml").write_text(BROKEN, encoding="utf-8")
    done = run("lex", "lint", "bot.yaml", "--fast", "--json")
    assert done.returncode == 7
    findings = json.loads(done.stdout)["findings"]
    assert {"name", "fallback"} <= {finding["rule"] for finding in findings if finding["severity"] == "error"}
    assert set(findings[0]) == {"rule", "severity", "block", "message", "fix"}
    assert json.loads(done.stderr.splitlines()[-1])["error"] == 7
    assert run("lex", "build", "bot.yaml").returncode == 7
    assert not list(home.glob("*.zip"))


def test_a_sound_bot_is_built_and_a_dry_run_writes_nothing(run: Run, home: Path) -> None:
    dry = run("lex", "build", "--dry-run", "-o", "bot.zip", "--json")
    assert not (home / "bot.zip").exists()
    built = run("lex", "build", "-o", "bot.zip", "--json")
    assert json.loads(built.stdout) == json.loads(dry.stdout)
    with zipfile.ZipFile(home / "bot.zip") as archive:
        assert "Manifest.json" in archive.namelist()
    assert run("lex", "build", "-o", "folder").returncode == 0
    assert (home / "folder" / "Chajipsa" / "Bot.json").is_file()


def test_what_is_not_there_is_said_in_one_line(run: Run, home: Path) -> None:
    assert run("lex", "lint", "nothing.yaml").returncode == 4
    assert run("lex", "try", "상담원", "--locale", "en_US").returncode == 4
    (home / "bot.yaml").write_text("name: [", encoding="utf-8")
    done = run("lex", "lint", "bot.yaml")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    nobody = {"AWS_CONFIG_FILE": "/nonexistent", "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent"}
    done = run("lex", "publish", "--dry-run", AWS_EC2_METADATA_DISABLED="true", **nobody)
    assert (done.returncode, len(done.stderr.splitlines())) == (3, 1)


def test_transcribing_needs_a_call_that_is_there(run: Run, home: Path) -> None:
    assert run("transcribe").returncode == 2
    assert run("transcribe", "call.wav", "--contact", "c").returncode == 2
    assert run("transcribe", "call.wav").returncode == 4
    done = run("transcribe", "--contact", "nobody", "--json")
    assert (done.returncode, json.loads(done.stderr)["error"]) == (4, 4)
    with wave.open(str(home / "silence.wav"), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(32000))
    done = run("transcribe", "silence.wav", "-o", "silence.json")
    try:
        import vosk  # noqa: F401
    except ModuleNotFoundError:
        assert (done.returncode, "voicebot[stt]" in done.stderr) == (3, True)
    else:
        assert json.loads((home / "silence.json").read_text()) == {"segments": []}
