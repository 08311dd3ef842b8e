"""Commands that are imported when they are called, and errors that become exit codes in one place."""

import errno
import importlib
import os
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from voicebot.cli.console import report
from voicebot.cli.exits import Exit, exit_for
from voicebot.disk import explain
from voicebot.errors import VoicebotError

_BOXES_NEED = 80
"""How many columns help has to have for its boxes."""


class GuardedGroup(TyperGroup):
    """A group that turns voicebot's errors into one line on stderr and an exit code."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """Read the group's own options."""
        with _plain_options(), _written():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: Any) -> Any:
        """Run the command, and have all that it printed written."""
        try:
            with _plain_options(_options_of(ctx.find_root())), _written():
                result = super().invoke(ctx)
                sys.stdout.flush()
            return result
        except VoicebotError as exc:
            raise _told(exc, ctx) from exc
        except ModuleNotFoundError as exc:
            from voicebot.cli.extras import missing_package

            error = missing_package(exc)
            if error is None:
                raise
            raise _told(error, ctx) from exc
        except PermissionError as exc:
            if exc.filename is None:
                raise
            raise _told(explain(Path(os.fsdecode(exc.filename)), exc), ctx) from exc
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None


def _told(error: VoicebotError, ctx: Any) -> typer.Exit:
    """Say an error, and return what ends the command with its exit code."""
    code = exit_for(error)
    report(error, as_json="--json" in sys.argv[1:] or bool(ctx.meta.get("json")), code=code)
    return typer.Exit(code)


@contextmanager
def _written() -> Iterator[None]:
    """End well where nobody reads what is printed any more, and with one line where it finds no room."""
    try:
        yield
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit(Exit.DONE) from None
    except SystemExit as exc:
        if isinstance(exc.__context__, BrokenPipeError):  # rich has met it, and dropped what is left
            raise typer.Exit(Exit.DONE) from None
        raise
    except OSError as exc:
        if exc.errno != errno.ENOSPC or exc.filename is not None:
            raise
        # Files of ours are named in errors of ours: this one is where the answers go.
        _drop_output()
        report(explain(Path("standard output"), exc), as_json=False, code=Exit.UNAVAILABLE)
        raise typer.Exit(Exit.UNAVAILABLE) from exc


@contextmanager
def _plain_options(before: Collection[str] = ()) -> Iterator[None]:
    """Say what is wrong with an option in a person's words.

    Args:
        before: The options that stand before the command; whoever writes one of them behind it is told so.
    """
    try:
        yield
    except typer.BadParameter as exc:
        from voicebot.settings.invalid import plain

        exc.message = plain(exc.message)
        raise
    except Exception as exc:
        name = getattr(exc, "option_name", None)  # of Typer's NoSuchOption, which has no public name
        if name not in before:
            raise
        told = f"{name} stands before the command: voicebot {name} ..."
        raise typer.BadParameter(told, ctx=getattr(exc, "ctx", None)) from exc


def _options_of(root: Any) -> Collection[str]:
    return [name for option in root.command.params for name in option.opts]


def _drop_output() -> None:
    """Let what is still buffered go nowhere: whoever read our output has stopped, or has no room."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class LazyGroup(GuardedGroup):
    """A group whose commands are named in a table and imported when they are called.

    A subclass sets `table`: the name of each command, the object that holds it, and the line that its help shows.
    """

    table: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names, in the table's order."""
        return list(self.table)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return what the list of commands shows: a name and a line, nothing imported."""
        if cmd_name not in self.table:
            return None
        return TyperCommand(cmd_name, help=self.table[cmd_name][1], callback=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the real command, imported."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, load_command(self.table[name][0]) if name and name in self.table else command, rest


def load_command(target: str) -> Any:
    """Return the command that "module:app" names."""
    module, _, attribute = target.partition(":")
    app: typer.Typer = getattr(importlib.import_module(module), attribute)
    return fitted(app)


def fitted(app: typer.Typer) -> Any:
    """Return an application's command; on a narrow terminal its help has no boxes, which cut the options' names off."""
    if shutil.get_terminal_size().columns < _BOXES_NEED:
        app.rich_markup_mode = None
    return typer.main.get_command(app)
