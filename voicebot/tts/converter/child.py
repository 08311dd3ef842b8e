"""What runs in the converter's process: load once, then one task after another until the other end closes."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from voicebot.errors import InputError
from voicebot.tts.converter.task import Failed, Options, Ready, Task

if TYPE_CHECKING:
    from voicebot.tts.converter.model import ToneColourModel

_INSTALL = "pip install 'voicebot[openvoice]'"


def serve(connection: Connection, options: Options) -> None:
    """Answer tasks with `Ready` or `Failed`; the first answer says whether the converter could be loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which closes the connection
    try:
        from voicebot.tts.converter.model import ToneColourModel

        model = ToneColourModel(options)
    except ModuleNotFoundError as exc:
        connection.send(Failed(False, f"the converter needs the package {exc.name}", _INSTALL))
        return
    except FileNotFoundError as exc:
        hint = "speech_server.checkpoints is the folder of config.json and checkpoint.pth"
        connection.send(Failed(False, f"{exc.filename}: there is no such file", hint))
        return
    except Exception as exc:  # whatever a broken checkpoint or a missing device makes torch raise
        connection.send(Failed(False, f"the converter cannot be loaded: {type(exc).__name__}", _first_line(exc)))
        return
    connection.send(Ready(b"", model.sample_rate_hz))
    while True:
        try:
            task = connection.recv()
        except EOFError:
            return
        connection.send(_done(model, task))


def _done(model: ToneColourModel, task: Task) -> Ready | Failed:
    from voicebot.audio.clip import Clip

    try:
        clip = model.convert(Clip.from_bytes(task.samples, "pcm_s16le", task.sample_rate_hz), task.target)
    except InputError as exc:
        return Failed(True, exc.message, exc.hint)
    except OSError as exc:
        return Failed(False, f"the target voice cannot be read: {exc.strerror}", "look at speech_server.voices")
    except Exception as exc:  # out of memory, a device that went away
        return Failed(False, f"the conversion failed: {type(exc).__name__}", _first_line(exc))
    return Ready(clip.to_bytes("pcm_s16le"), clip.sample_rate_hz)


def _first_line(exc: Exception) -> str:
    return str(exc).strip().partition("\n")[0][:200]
