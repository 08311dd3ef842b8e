"""The only place that prints: answers to stdout, everything else to stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, is_dataclass
from typing import TYPE_CHECKING, Any, TextIO

from voicebot.errors import VoicebotError

if TYPE_CHECKING:
    from rich.console import Console as RichConsole


class Console:
    """Two streams with two jobs.

    Args:
        quiet: Leave out notes and progress; errors are still said.
        verbose: Say more.
    """

    def __init__(self, quiet: bool = False, verbose: bool = False) -> None:
        self.quiet = quiet
        self.verbose = verbose

    @property
    def is_interactive(self) -> bool:
        """True when a person sits at a terminal on both sides."""
        return sys.stdin.isatty() and sys.stdout.isatty()

    def emit(self, document: object, as_json: bool, human: Callable[[], str] | None = None) -> None:
        """Print an answer, at once: one JSON document, or the text that `human` makes."""
        if as_json:
            print(json.dumps(_plain(document), ensure_ascii=False, indent=2), flush=True)
        elif human:
            text = human()
            if text:
                print(text, flush=True)

    def table(self, title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Print an answer as a table: drawn on a terminal, separated by tabs elsewhere."""
        if not sys.stdout.isatty():
            for row in rows:
                print("\t".join(str(cell) for cell in row))
            return
        from rich.table import Table

        table = Table(title=title or None, title_justify="left", header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(str(cell) for cell in row))
        _rich(stderr=False).print(table)

    def line(self, text: str) -> None:
        """Print one line of an answer."""
        print(text)

    @property
    def stream(self) -> TextIO:
        """Where a long answer is written piece by piece."""
        return sys.stdout

    def write(self, data: bytes) -> None:
        """Print raw bytes as the answer."""
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()

    def ask(self) -> str | None:
        """Return a line that the person types, or None at the end of input."""
        has_prompt = sys.stdin.isatty()
        line = ""
        try:
            if has_prompt:
                print("you> ", end="", file=sys.stderr, flush=True)
            line = sys.stdin.readline()
        finally:
            if has_prompt and not line:  # the shell's prompt comes next, after Ctrl-C as well
                print(file=sys.stderr, flush=True)
        return _as_korean(line) if line else None

    @property
    def has_person(self) -> bool:
        """True when somebody can see stderr and press keys, wherever stdout goes."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def key(self) -> str:
        """Return the key that the person presses next; an empty string for one that is no letter, such as an arrow.

        Raises:
            KeyboardInterrupt: It was Ctrl-C or Ctrl-D.
        """
        import os
        import termios
        import tty

        terminal = sys.stdin.fileno()
        before = termios.tcgetattr(terminal)
        try:
            tty.setcbreak(terminal, termios.TCSADRAIN)  # what was typed already is kept
            data = os.read(terminal, 1)
            if data in (b"", b"\x04"):
                raise KeyboardInterrupt
            if data == b"\x1b":  # an arrow or the like: the sequence ends with a letter or a tilde
                is_more = _is_waiting(terminal) and os.read(terminal, 1) in (b"[", b"O")
                while is_more and _is_waiting(terminal):
                    is_more = not "@" <= os.read(terminal, 1).decode("latin-1") <= "~"
                return ""
            while len(data) < _utf8_length(data[0]):
                data += os.read(terminal, 1)
        finally:
            termios.tcsetattr(terminal, termios.TCSADRAIN, before)
        return data.decode(errors="ignore")

    def edit(self, label: str, text: str) -> str:
        """Return a line that the person writes, beginning with `text`; an empty one where only plain input is possible."""
        if not sys.stdout.isatty():
            print(f"{label}> ", end="", file=sys.stderr, flush=True)
            return sys.stdin.readline().strip()
        import readline

        def begin() -> None:
            readline.insert_text(text)
            readline.redisplay()

        readline.set_pre_input_hook(begin)
        try:
            return input(f"{label}> ")
        except EOFError:
            return ""
        finally:
            readline.set_pre_input_hook()

    def card(self, title: str, rows: Iterable[tuple[str, str]], note: str | None, footer: str) -> None:
        """Draw a box of named texts on stderr; `footer` may have rich's markup, the texts may not."""
        from rich.panel import Panel
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 2))
        grid.add_column(style="bold cyan")
        grid.add_column(overflow="fold")
        for name, text in rows:
            grid.add_row(name, Text(text))
        if note:
            grid.add_row("", Text(note, style="yellow"))
        console = _rich(stderr=True)
        console.print(Panel(grid, title=Text(title), title_align="left", subtitle=footer, subtitle_align="left"))

    def note(self, text: str) -> None:
        """Say something beside the answer; work goes on where nobody listens any more."""
        if self.quiet:
            return
        try:
            print(text, file=sys.stderr)
        except BrokenPipeError:
            self.quiet = True

    def detail(self, text: str) -> None:
        """Say something that only -v asks for."""
        if self.verbose:
            self.note(text)

    def log(self, text: str, step: Callable[[], None]) -> None:
        """Say that one step of a progress bar is done; where no bar is drawn, in a line for a log."""
        step()
        if self.verbose or not sys.stderr.isatty():
            self.note(text)

    @contextmanager
    def progress(self, what: str, total: int | None) -> Iterator[Callable[[], None]]:
        """Lend a function that counts one step on a progress bar; without a terminal or any step nothing is drawn."""
        if self.quiet or total == 0 or not sys.stderr.isatty():
            yield lambda: None
            return
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=_rich(stderr=True)) as progress:
            task = progress.add_task(what, total=total)
            yield lambda: progress.advance(task)


def report(error: VoicebotError, as_json: bool, code: int) -> None:
    """Say an error on stderr: one line and its hint, or one JSON object."""
    if as_json:
        document = {"error": int(code), "kind": type(error).__name__, "message": error.message, "hint": error.hint}
        print(json.dumps(document, ensure_ascii=False), file=sys.stderr)
        return
    hint = f" ({error.hint})" if error.hint else ""
    print(f"voicebot: {_one_line(error.message)}{_one_line(hint)}", file=sys.stderr)


def _as_korean(line: str) -> str:
    """Return a line that is not UTF-8 as CP949, which older Korean terminals and files send, where it is that."""
    try:
        line.encode()
    except UnicodeEncodeError:
        try:
            return line.encode("utf-8", "surrogateescape").decode("cp949")
        except UnicodeError:
            return line
    return line


def _is_waiting(terminal: int) -> bool:
    import select

    return bool(select.select([terminal], [], [], 0.02)[0])


def _utf8_length(first: int) -> int:
    return 1 + sum(first >= start for start in (0xC0, 0xE0, 0xF0))


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)


def _plain(document: object) -> Any:
    if is_dataclass(document) and not isinstance(document, type):
        return asdict(document)
    if isinstance(document, list | tuple):
        return [_plain(part) for part in document]
    if isinstance(document, dict):
        return {key: _plain(value) for key, value in document.items()}
    return document


def _rich(stderr: bool) -> RichConsole:
    from rich.console import Console as RichConsole

    return RichConsole(stderr=stderr, highlight=False)
