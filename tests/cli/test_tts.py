"""voicebot tts and voicebot voices, as a person types them."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
import soundfile

pytestmark = pytest.mark.system

PRICED = "tts:\n  fish: {base_url: 'http://127.0.0.1:9', price_per_1k_chars_usd: 100.0, connect_s: 0.5, total_s: 1}\n"
"""A server that is not there, and would be dear."""


def write_lines(home: Path, *lines: str) -> None:
    (home / "lines.txt").write_text("\n".join(lines), encoding="utf-8")


def test_file_is_one_text_without_a_folder(run: Any, home: Path) -> None:
    write_lines(home, "안녕하세요.", "타이어요.")
    assert run("tts", "--file", "lines.txt").returncode == 0
    assert soundfile.info(str(home / "out.wav")).duration > 1.5


def test_file_is_a_batch_with_a_folder(run: Any, home: Path) -> None:
    write_lines(home, "안녕하세요.", "", "타이어요.", "안녕하세요.")
    options = ("tts", "--file", "lines.txt", "--out-dir", "out", "--format", "flac", "--json")
    first = json.loads(run(*options, "--workers", "3").stdout)
    assert (first["lines"], first["made"], first["copied"], first["failed"]) == (3, 2, 1, [])
    assert sorted(path.name[:6] for path in (home / "out").glob("*.flac")) == ["00001-", "00003-", "00004-"]
    again = json.loads(run(*options).stdout)
    assert (again["made"], again["skipped"]) == (0, 3)


def test_text_of_an_older_editor_is_read(run: Any, home: Path) -> None:
    (home / "lines.txt").write_bytes("안녕하세요.\n타이어요.".encode("cp949"))
    assert run("tts", "--file", "lines.txt", "--out-dir", "out").stdout == "out: 2 made\n"


def test_kind_of_file_is_told(run: Any, home: Path) -> None:
    told = json.loads(run("tts", "안녕하세요.", "-o", "out.mp3", "--json").stdout)
    assert (told["encoding"], told["sample_rate_hz"]) == ("mp3", 22050)
    assert run("tts", "안녕하세요.", "-o", "out.ogg").stdout.endswith(" s, 22050 Hz, ogg\n")


def test_what_the_engine_does_not_do_is_told(run: Any, home: Path) -> None:
    done = run("tts", "안녕하세요.", "--style", "calm", "--temperature", "0.5")
    assert (done.returncode, done.stderr) == (0, "local: it has no styles\nlocal: it has no temperature\n")


def test_batch_says_which_lines_failed(run: Any, home: Path) -> None:
    write_lines(home, "안녕하세요.", "ㅋㅋㅋ")
    done = run("tts", "--file", "lines.txt", "--out-dir", "out")
    assert (done.returncode, done.stdout) == (2, "out: 1 made, 1 failed\n")
    assert done.stderr == "line 2: there is nothing to say in the text\n"


def test_batch_of_a_provider_that_is_down_ends_soon(run: Any, home: Path) -> None:
    (home / "config.yaml").write_text(PRICED, encoding="utf-8")
    write_lines(home, *(f"{n}번이요." for n in range(50)))
    started_s = time.monotonic()
    done = run("tts", "--file", "lines.txt", "--out-dir", "out", "-e", "fish", "--yes", "--json")
    assert done.returncode == 6
    report = json.loads(done.stdout)
    assert report["made"] == 0
    assert len(report["failed"]) + report["not_tried"] == 50
    assert time.monotonic() - started_s < 60


def test_dear_speech_is_refused_where_nobody_can_be_asked(run: Any, home: Path) -> None:
    (home / "config.yaml").write_text(PRICED, encoding="utf-8")
    text = "안녕하세요, 차집사입니다."
    done = run("tts", text, "-e", "fish")
    assert done.returncode == 5
    estimate, refusal = done.stderr.splitlines()
    assert estimate == "fish: 14 characters, about $1.4000"
    assert "--yes" in refusal
    assert run("tts", text, "-e", "fish", "--max-cost", "2").returncode == 6
    assert run("tts", text, "-e", "fish", "--yes").returncode == 6
    assert not list(home.glob("*.wav"))


def test_dry_run_tells_the_price_and_does_nothing(run: Any, home: Path) -> None:
    (home / "config.yaml").write_text(PRICED, encoding="utf-8")
    write_lines(home, "안녕하세요.", "타이어요.")
    one = json.loads(run("tts", "안녕하세요.", "-e", "fish", "--dry-run", "--json").stdout)
    assert one == {"would_write": "out.wav", "engine": "fish", "characters": 6, "price_usd": pytest.approx(0.6)}
    many = json.loads(run("tts", "--file", "lines.txt", "--out-dir", "out", "--dry-run", "--json").stdout)
    assert (many["lines"], many["to_make"], many["refused"], many["engine"]) == (2, 2, 0, "local")
    assert not (home / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("tts", "안녕", "-o", "-", "--json"),
        ("tts", "안녕", "-o", "a.wav", "--out-dir", "out"),
        ("tts", "안녕", "--format", "mp3"),
        ("tts", "안녕", "--ref-audio", "config.yaml"),
        ("tts", "안녕", "--temperature", "3"),
    ],
)
def test_options_that_make_no_sense_are_usage_errors(run: Any, home: Path, arguments: tuple[str, ...]) -> None:
    (home / "config.yaml").write_text("log_level: ERROR\n", encoding="utf-8")
    assert run(*arguments).returncode == 2


def test_reference_is_checked_before_anything_else(run: Any, home: Path) -> None:
    assert run("tts", "안녕하세요. 반갑습니다. 차집사입니다.", "-o", "ref.wav", "--rate", "8000").returncode == 0
    done = run("tts", "안녕", "--ref-audio", "ref.wav")
    assert (done.returncode, "8,000 Hz is too low" in done.stderr) == (2, True)
    assert run("tts", "안녕하세요. 반갑습니다. 차집사입니다.", "-o", "ref.wav").returncode == 0
    assert "local cannot imitate" in run("tts", "안녕", "--ref-audio", "ref.wav").stderr


def test_play_needs_a_player_and_uses_the_one_there_is(run: Any, home: Path) -> None:
    assert run("tts", "안녕", "--play", PATH=str(home)).returncode == 3
    player = home / "aplay"
    player.write_text('#!/bin/sh\n/bin/cp "$2" heard.wav\n')
    player.chmod(0o755)
    assert run("tts", "안녕", "--play", PATH=str(home)).returncode == 0
    assert soundfile.info(str(home / "heard.wav")).duration > 0.3
    assert not (home / "out.wav").exists()


def test_compare_is_a_table_a_document_and_a_page(run: Any, home: Path) -> None:
    (home / "config.yaml").write_text(PRICED, encoding="utf-8")
    options = ("voices", "compare", "안녕하세요", "-e", "local", "-e", "fish", "--yes")
    done = run(*options, "--html", "page.html", "--out-dir", "heard", "--json")
    assert done.returncode == 0
    local, fish = json.loads(done.stdout)
    assert (local["engine"], local["problem"], local["price_usd"]) == ("local", None, 0.0)
    assert local["first_audio_s"] <= local["total_s"]
    assert fish["problem"].startswith("fish: ")
    assert "data:audio/wav" in (home / "page.html").read_text(encoding="utf-8")
    assert sorted(path.name for path in (home / "heard").iterdir()) == ["local.png", "local.wav"]
    assert run(*options).stdout.splitlines()[0].startswith("local\t")
