"""The Lex bot: linted, built, published, and recognising here or at Lex."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from voicebot.client.language import Language
from voicebot.errors import InputError
from voicebot.resources import bundled

if TYPE_CHECKING:
    from voicebot.lex.build import Built
    from voicebot.lex.definition import BotDefinition
    from voicebot.lex.findings import Finding
    from voicebot.lex.models import LexModels
    from voicebot.lex.publish import Published, Publisher
    from voicebot.lex.pull import Pulled
    from voicebot.lex.recogniser import Heard


class Lex(Language):
    """The Lex bot."""

    @cached_property
    def bot(self) -> BotDefinition:
        """The Lex bot."""
        from voicebot.lex.definition import load_bot

        return load_bot(bundled("lex_bots/chajipsa/bot.yaml"))

    def lint_bot(self, path: Path, is_fast: bool = False) -> list[Finding]:
        """Return what is wrong with a bot's YAML file; `is_fast` leaves out what needs the language model."""
        from voicebot.lex.definition import load_bot
        from voicebot.lex.lint import lint_bot

        return lint_bot(load_bot(self.resolve(path)), None if is_fast else self.model)

    def build_bot(self, path: Path, out: Path | None = None, is_dry_run: bool = False) -> Built:
        """Write a bot's Lex V2 archive and return what it is."""
        from voicebot.lex.build import build_archive
        from voicebot.lex.definition import load_bot

        return build_archive(load_bot(self.resolve(path)), out, is_dry_run)

    def recognise(self, utterance: str, path: Path, locale: str, alias: str | None = None) -> Sequence[Heard]:
        """Return the intents that a bot recognises in an utterance, best first: here, or at Lex with backend aws."""
        from voicebot.lex.definition import load_bot

        bot = load_bot(self.resolve(path))
        spoken = bot.locale(locale)
        if self.is_on_aws:
            runtime = self.connect_aws.service("lexv2-runtime")
            from voicebot.lex.remote import recognise_text

            alias = alias or self.settings.lex.alias
            return recognise_text(self.lex_models, runtime, bot.name, alias, locale, utterance, spoken.audio)
        from voicebot.lex.recogniser import LocalRecogniser

        return LocalRecogniser(spoken, self.classify).hear(utterance)

    @cached_property
    def lex_models(self) -> LexModels:
        """Where Lex builds bots."""
        service = self.connect_aws.service("lexv2-models")
        from voicebot.lex.models import LexModels

        return LexModels(service, self.clock, self.settings.lex.wait_s)

    def publisher(self, name: str, progress: Callable[[str], None]) -> Publisher:
        """Return what publishes the bot of a name."""
        from voicebot.lex.journal import Journal
        from voicebot.lex.publish import Publisher

        aws = self.settings.aws
        journal = Journal(self.settings.data_dir / "lex" / f"{name}-{aws.connect_region}.json")
        functions, connect = self.connect_aws.service("lambda"), self.connect_aws.service("connect")
        instance = aws.connect_instance_id
        return Publisher(self.lex_models, functions, connect, self.settings.lex, instance, journal, progress)

    def publish_bot(self, path: Path, progress: Callable[[str], None], is_dry_run: bool = False) -> Published:
        """Bring a bot's YAML file to the alias that flows use."""
        from voicebot.lex.definition import load_bot

        bot = load_bot(self.resolve(path))
        return self.publisher(bot.name, progress).publish(bot, is_dry_run)

    def roll_back_bot(
        self, path: Path, version: str | None, progress: Callable[[str], None], is_dry_run: bool = False
    ) -> Published:
        """Point a bot's alias at an earlier version; None is the one before."""
        from voicebot.lex.definition import load_bot

        name = load_bot(self.resolve(path)).name
        return self.publisher(name, progress).roll_back(name, version, is_dry_run)

    def pull_bot(
        self,
        folder: Path,
        name: str | None,
        progress: Callable[[str], None],
        version: str | None = None,
        is_dry_run: bool = False,
    ) -> Pulled:
        """Export a bot from Lex into a folder; its YAML there, or the one that comes with voicebot, keeps what is ours."""
        from voicebot.lex.definition import load_bot
        from voicebot.lex.models import DRAFT
        from voicebot.lex.pull import pull_bot

        known = self.resolve(folder) / "bot.yaml"
        own = load_bot(known) if known.is_file() else None
        if own is None and name is None:
            raise InputError(f"{folder} has no bot.yaml that names the bot", hint="give its name with --name")
        bot_name = name or (own.name if own else "")
        return pull_bot(
            self.lex_models, bot_name, folder, own, progress, version=version or DRAFT, is_dry_run=is_dry_run
        )
