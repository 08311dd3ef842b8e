"""What the options before the command say, and the client that is built from them when a command needs it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.cli.console import Console

if TYPE_CHECKING:
    from voicebot.client import Voicebot
    from voicebot.settings.load import Loaded

HANDLERS = {
    name: f"lambdas.{name}.handler" for name in ("lex_hook", "next_batch", "synthesize", "opt_out", "transcribe")
}
"""The Lambda handlers that the local backend calls, by function name."""


@dataclass
class State:
    """One run of the command line."""

    config: Path | None = None
    overrides: dict[str, object] = field(default_factory=dict)
    console: Console = field(default_factory=Console)

    @cached_property
    def loaded(self) -> Loaded:
        """The settings and where each came from."""
        from voicebot.settings.load import load_with_origins

        return load_with_origins(self.config, overrides=self.overrides)

    @cached_property
    def client(self) -> Voicebot:
        """Everything voicebot can do."""
        import logging

        from voicebot.client import Voicebot

        settings = self.loaded.settings
        level = "DEBUG" if self.console.verbose else settings.log_level
        for library in ("botocore", "urllib3", "httpcore"):  # in detail they show requests, with whom is called
            logging.getLogger(library).setLevel(logging.INFO if self.console.verbose else logging.WARNING)
        logging.basicConfig(level=level, format="%(levelname)s %(name)s: %(message)s")
        return Voicebot(settings, HANDLERS)
