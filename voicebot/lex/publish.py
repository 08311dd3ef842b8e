"""A bot from YAML to an alias that answers calls: upload, import, build, version, alias, permission, association.

Each step looks at what is there first, so that a repeat changes nothing and a run that was cut off goes on. A version
carries the archive's fingerprint in its description: on any machine the same bot finds the version that it already has.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from voicebot.aws.session import AwsService
from voicebot.errors import ConfigError, NotFoundError, RefusedError
from voicebot.lex.archive import zip_documents
from voicebot.lex.definition import BotDefinition
from voicebot.lex.documents import build_documents
from voicebot.lex.grants import associate, is_associated, let_lex_call, may_lex_call
from voicebot.lex.journal import Journal, Progressed
from voicebot.lex.lint import require_sound
from voicebot.lex.models import DRAFT, Alias, LexModels, Progress
from voicebot.lex.transfer import upload
from voicebot.settings.lex import LexSettings

Outcome = Literal["done", "unchanged", "planned"]


@dataclass(frozen=True)
class Step:
    """One thing that publishing saw to."""

    what: str
    outcome: Outcome


@dataclass(frozen=True)
class Published:
    """Where a bot is now.

    Attributes:
        bot: Its name.
        alias: The alias's name.
        alias_arn: What a flow names; empty when a dry run finds no alias yet.
        version: What the alias points at; empty when a dry run would make it.
        previous_version: What it pointed at before.
        fingerprint: Of the archive.
        steps: What was done.
    """

    bot: str
    alias: str
    alias_arn: str = ""
    version: str = ""
    previous_version: str | None = None
    fingerprint: str = ""
    steps: tuple[Step, ...] = ()


@dataclass
class Publisher:
    """Publishes bots.

    Args:
        models: Lex.
        functions: ``lambda``, where the code hook is.
        connect: ``connect``.
        settings: Alias, role, code hook, logs.
        instance_id: The Connect instance; None leaves the association out.
        journal: Where this bot's progress is kept.
        progress: Is told what goes on.
        send: Puts the archive where Lex says.
    """

    models: LexModels
    functions: AwsService
    connect: AwsService
    settings: LexSettings
    instance_id: str | None
    journal: Journal
    progress: Progress
    send: Callable[[str, bytes], None] = upload
    _steps: list[Step] = field(default_factory=list)

    def publish(self, bot: BotDefinition, is_dry_run: bool = False) -> Published:
        """Bring a bot to its alias and return where it is.

        Raises:
            GateError: Lex would refuse the bot.
            ConfigError: The role of a new bot is not set.
            RefusedError: Lex could not import or build it; says why and what Lex recommends.
            StorageError: It takes too long, or Lex is busy; the same command goes on.
        """
        require_sound(bot)
        self._steps.clear()
        data = zip_documents(build_documents(bot))
        fingerprint = hashlib.sha256(data).hexdigest()[:32]
        done = self.journal.open(fingerprint)
        bot_id = self.models.find_bot(bot.name) or ""
        if done.bot_id not in ("", bot_id):  # somebody has deleted the bot meanwhile
            done = Progressed(fingerprint)
        version = done.version or (bot_id and self.models.find_version(bot_id, _mark(fingerprint))) or ""
        alias = self.models.find_alias(bot_id, self.settings.alias) if bot_id else None
        if is_dry_run:
            return self._plan(bot, bot_id, version, alias, fingerprint)
        if version:
            self._did(f"version {version}", False)
            self.models.wait_for_version(bot_id, version, self.progress)
        else:
            done = self._imported(bot, bot_id, data, done)
            done = self._built(bot, done)
            done = self._versioned(bot, done)
            bot_id, version = done.bot_id, done.version
        alias_id = self._pointed(bot, bot_id, version, alias)
        arn = self._arn(bot_id, alias_id)
        self._granted(arn, is_dry_run=False)
        self.journal.close()
        before = alias.version if alias and alias.version != version else alias.previous_version if alias else None
        return self._published(bot.name, arn, version, before, fingerprint)

    def roll_back(self, name: str, version: str | None = None, is_dry_run: bool = False) -> Published:
        """Point a bot's alias at the version before, or at a named one, with all of its settings as they are.

        Raises:
            NotFoundError: There is no such bot, alias or earlier version.
        """
        self._steps.clear()
        bot_id = self.models.find_bot(name)
        alias = self.models.find_alias(bot_id, self.settings.alias) if bot_id else None
        if not bot_id or not alias:
            raise NotFoundError(f"{name} has no alias {self.settings.alias} in {self.models.region}")
        wanted = version or alias.previous_version
        if not wanted or wanted == DRAFT:
            raise NotFoundError(f"alias {alias.name} of {name} has pointed at no version before {alias.version}")
        if is_dry_run:
            self._steps.append(Step(f"alias {alias.name} to version {wanted}", "planned"))
        elif wanted != alias.version:
            self._update(bot_id, alias, wanted, alias.settings)
        else:
            self._did(f"alias {alias.name} at version {wanted}", False)
        return self._published(name, self._arn(bot_id, alias.id), wanted, alias.version, "")

    def _imported(self, bot: BotDefinition, bot_id: str, data: bytes, done: Progressed) -> Progressed:
        if done.bot_id:
            self._did(f"bot {bot.name} imported", False)
            return done
        if done.import_id:
            try:
                imported = self.models.wait_for_import(done.import_id, self.progress)
                self._did(f"bot {bot.name} imported", True)
                return self.journal.note(done, bot_id=imported)
            except (RefusedError, NotFoundError) as exc:
                self.progress(f"the import that was started earlier has failed; a new one follows ({exc.message})")
        specification = {
            "botName": bot.name,
            "roleArn": self._role(bot_id),
            "dataPrivacy": {"childDirected": bot.child_directed},
            "idleSessionTTLInSeconds": bot.idle_session_ttl_s,
        }
        where = self.models.call("create_upload_url")
        self.progress(f"upload: {len(data):,} bytes")
        self.send(where["uploadUrl"], data)
        self.models.call(
            "start_import",
            importId=where["importId"],
            resourceSpecification={"botImportSpecification": specification},
            mergeStrategy="Overwrite",
        )
        done = self.journal.note(done, import_id=where["importId"])
        imported = self.models.wait_for_import(where["importId"], self.progress)
        self._did(f"bot {bot.name} imported", True)
        return self.journal.note(done, bot_id=imported)

    def _built(self, bot: BotDefinition, done: Progressed) -> Progressed:
        self.models.wait_for_bot(done.bot_id, self.progress)
        waiting = []
        for locale in bot.locales:
            status = self.models.locale_status(done.bot_id, locale) if locale in done.builds else "NotBuilt"
            if status not in ("Built", "Building", "ReadyExpressTesting", "Processing"):
                self.models.call("build_bot_locale", botId=done.bot_id, botVersion=DRAFT, localeId=locale)
                done = self.journal.note(done, builds=tuple(dict.fromkeys((*done.builds, locale))))
            waiting.append((locale, status != "Built"))
        for locale, is_new in waiting:
            self.models.wait_for_build(done.bot_id, locale, self.progress)
            self._did(f"locale {locale} built", is_new)
        return done

    def _versioned(self, bot: BotDefinition, done: Progressed) -> Progressed:
        reply = self.models.call(
            "create_bot_version",
            botId=done.bot_id,
            description=_mark(done.fingerprint),
            botVersionLocaleSpecification={locale: {"sourceBotVersion": DRAFT} for locale in bot.locales},
        )
        done = self.journal.note(done, version=reply["botVersion"])
        self.models.wait_for_version(done.bot_id, done.version, self.progress)
        self._did(f"version {done.version}", True)
        return done

    def _pointed(self, bot: BotDefinition, bot_id: str, version: str, alias: Alias | None) -> str:
        wanted = self._alias_settings(bot, alias)
        if alias is None:
            reply = self.models.call(
                "create_bot_alias", botId=bot_id, botAliasName=self.settings.alias, botVersion=version, **wanted
            )
            self.models.wait_for_alias(bot_id, reply["botAliasId"], self.progress)
            self._did(f"alias {self.settings.alias} at version {version}", True)
            return str(reply["botAliasId"])
        if alias.version == version and wanted == alias.settings:
            self._did(f"alias {alias.name} at version {version}", False)
        else:
            self._update(bot_id, alias, version, wanted)
        return alias.id

    def _update(self, bot_id: str, alias: Alias, version: str, settings: Mapping[str, Any]) -> None:
        """Point an alias at a version. Lex forgets what an update does not send, so all of it is sent."""
        self.models.call(
            "update_bot_alias",
            botId=bot_id,
            botAliasId=alias.id,
            botAliasName=alias.name,
            botVersion=version,
            **settings,
        )
        self.models.wait_for_alias(bot_id, alias.id, self.progress)
        self._did(f"alias {alias.name} at version {version}", True)

    def _alias_settings(self, bot: BotDefinition, alias: Alias | None) -> dict[str, Any]:
        """Return an alias's settings: what it has, with our locales, code hook and logs in it."""
        settings = dict(alias.settings) if alias else {}
        known = settings.get("botAliasLocaleSettings", {})
        hook = {"lambdaCodeHook": {"lambdaARN": self.settings.hook_arn, "codeHookInterfaceVersion": "1.0"}}
        settings["botAliasLocaleSettings"] = {
            locale: {
                **known.get(locale, {}),
                "enabled": True,
                **({"codeHookSpecification": hook} if self.settings.hook_arn else {}),
            }
            for locale in bot.locales
        }
        if self.settings.log_group_arn:
            destination = {"cloudWatch": {"cloudWatchLogGroupArn": self.settings.log_group_arn, "logPrefix": bot.name}}
            settings["conversationLogSettings"] = {
                **settings.get("conversationLogSettings", {}),
                "textLogSettings": [{"enabled": True, "destination": destination}],
            }
        return settings

    def _granted(self, alias_arn: str, is_dry_run: bool) -> None:
        hook = self.settings.hook_arn
        if hook:
            what = "the alias may call the code hook"
            if alias_arn and may_lex_call(self.functions, hook, alias_arn):
                self._did(what, False)
            elif is_dry_run:
                self._steps.append(Step(what, "planned"))
            else:
                let_lex_call(self.functions, hook, alias_arn)
                self._did(what, True)
        if self.instance_id:
            what = "the Connect instance knows the alias"
            if alias_arn and is_associated(self.connect, self.instance_id, alias_arn):
                self._did(what, False)
            elif is_dry_run:
                self._steps.append(Step(what, "planned"))
            else:
                associate(self.connect, self.instance_id, alias_arn)
                self._did(what, True)

    def _plan(self, bot: BotDefinition, bot_id: str, version: str, alias: Alias | None, fingerprint: str) -> Published:
        if version:
            self._did(f"version {version}", False)
        else:
            self._role(bot_id)
            builds = [f"locale {locale} built" for locale in bot.locales]
            self._steps += [Step(what, "planned") for what in (f"bot {bot.name} imported", *builds, "a new version")]
        is_there = alias and version == alias.version and self._alias_settings(bot, alias) == alias.settings
        self._steps.append(Step(f"alias {self.settings.alias} at that version", "unchanged" if is_there else "planned"))
        arn = self._arn(bot_id, alias.id) if alias else ""
        self._granted(arn, is_dry_run=True)
        return self._published(bot.name, arn, version, alias.version if alias else None, fingerprint)

    def _role(self, bot_id: str) -> str:
        if self.settings.role_arn:
            return self.settings.role_arn
        if bot_id:
            return self.models.role(bot_id)
        raise ConfigError(
            "lex.role_arn is not set, and there is no such bot to take it from",
            hint="set it to a role that lexv2.amazonaws.com may assume; `voicebot deploy` makes one",
        )

    def _arn(self, bot_id: str, alias_id: str) -> str:
        account = self._role(bot_id).split(":")[4]
        return f"arn:aws:lex:{self.models.region}:{account}:bot-alias/{bot_id}/{alias_id}"

    def _did(self, what: str, is_new: bool) -> None:
        self._steps.append(Step(what, "done" if is_new else "unchanged"))

    def _published(self, name: str, arn: str, version: str, before: str | None, fingerprint: str) -> Published:
        return Published(name, self.settings.alias, arn, version, before, fingerprint, tuple(self._steps))


def _mark(fingerprint: str) -> str:
    return f"voicebot {fingerprint}"
