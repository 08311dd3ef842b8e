"""Sound on this machine's loudspeaker, through whatever player is there."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from voicebot.audio.clip import Clip
from voicebot.audio.wav import wav_bytes
from voicebot.errors import ConfigError

PLAYERS = (
    ("aplay", "-q"),
    ("paplay",),
    ("ffplay", "-nodisp", "-autoexit", "-loglevel", "error"),
)
"""Programs that play a WAV file, and their options; the first that is installed is used."""


def find_player(which: Callable[[str], str | None] = shutil.which) -> tuple[str, ...]:
    """Return the command that plays a file, without the file.

    Raises:
        ConfigError: There is none.
    """
    for program, *options in PLAYERS:
        path = which(program)
        if path:
            return (path, *options)
    raise ConfigError(
        "nothing here can play sound",
        hint=f"install one of {', '.join(player[0] for player in PLAYERS)}, or write a file with -o",
    )


def play(clip: Clip, player: tuple[str, ...]) -> None:
    """Play a clip to its end.

    Raises:
        ConfigError: The player fails.
    """
    with tempfile.TemporaryDirectory(prefix="voicebot-") as folder:
        path = Path(folder) / "speech.wav"
        path.write_bytes(wav_bytes(clip))
        done = subprocess.run([*player, str(path)], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        name = Path(player[0]).name
        raise ConfigError(f"{name} ended with {done.returncode}", hint="is there a sound device? Write a file with -o")
