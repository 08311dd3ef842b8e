"""Commands that are imported when they are called, and errors that become exit codes in one place."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup

from voicebot.cli.console import report
from voicebot.cli.exits import Exit, exit_for
from voicebot.errors import VoicebotError


class GuardedGroup(TyperGroup):
    """A group that turns voicebot's errors into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except VoicebotError as exc:
            code = exit_for(exc)
            report(exc, as_json="--json" in sys.argv[1:] or bool(ctx.meta.get("json")), code=code)
            raise typer.Exit(code) from exc
        except KeyboardInterrupt:
            raise typer.Exit(Exit.INTERRUPTED) from None
        except BrokenPipeError:
            # Whoever read our output has stopped; what is still buffered has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(Exit.DONE) from None


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
    return typer.main.get_command(app)
