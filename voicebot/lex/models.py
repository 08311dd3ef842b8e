"""The model building API of Lex V2: its calls, its waits, and its errors in our own words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from voicebot.aws.pages import entries
from voicebot.aws.session import AwsService
from voicebot.clock import Clock
from voicebot.errors import InputError, NotFoundError, RefusedError, StorageError

Progress = Callable[[str], None]
"""Takes one line about what is going on."""

DRAFT = "DRAFT"
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 10.0
UNSEEN_S = 60.0
"""How long something that was just made may still be unknown to Lex."""

_BUSY = frozenset({"ConflictException", "PreconditionFailedException", "ResourceConflictException"})
_TOO_MUCH = frozenset({"ServiceQuotaExceededException", "LimitExceededException", "PolicyLengthExceededException"})
_ABSENT = frozenset({"ResourceNotFoundException"})
_INVALID = frozenset({"ValidationException", "InvalidRequestException", "InvalidParameterValueException"})


def call(service: AwsService, operation: str, /, **parameters: Any) -> dict[str, Any]:
    """Return the reply to an operation.

    Raises:
        NotFoundError: What it is about does not exist.
        RefusedError: A quota is used up.
        StorageError: Something else is being done to the same thing now.
        InputError: The service does not take these values.
        VoicebotError: Whatever `AwsService.call` raises.
    """
    try:
        return service.call(operation, **parameters)
    except ParamValidationError as exc:
        raise InputError(f"{operation}: {' '.join(str(exc).split())}") from exc
    except ClientError as exc:
        error = exc.response.get("Error", {})
        code, message = str(error.get("Code", "")), f"{operation}: {error.get('Message') or error.get('Code')}"
        if code in _ABSENT:
            raise NotFoundError(message) from exc
        if code in _TOO_MUCH:
            raise RefusedError(message, hint="remove what is no longer used, or ask for a higher quota") from exc
        if code in _BUSY:
            raise StorageError(message, hint="another change is under way; run the same command again") from exc
        if code in _INVALID:
            raise InputError(message) from exc
        raise


@dataclass(frozen=True)
class Alias:
    """A bot's alias, with everything that an update has to send again."""

    id: str
    name: str
    version: str
    settings: Mapping[str, Any]
    history: tuple[str, ...]

    @property
    def previous_version(self) -> str | None:
        """The version that it pointed at before this one."""
        return next((version for version in self.history if version != self.version), None)


class LexModels:
    """Bots, imports, builds, versions and aliases.

    Args:
        service: ``lexv2-models``.
        clock: Time to wait by.
        wait_s: How long an import, an export, a build or a version may take.
    """

    def __init__(self, service: AwsService, clock: Clock, wait_s: float = 900.0) -> None:
        self._service = service
        self._clock = clock
        self._wait_s = wait_s

    @property
    def region(self) -> str:
        """The region it is in."""
        return self._service.region

    def call(self, operation: str, /, **parameters: Any) -> dict[str, Any]:
        """Return the reply to an operation; see `call`."""
        return call(self._service, operation, **parameters)

    def find_bot(self, name: str) -> str | None:
        """Return the id of the bot with a name."""
        filters = [{"name": "BotName", "values": [name], "operator": "EQ"}]
        bots = entries(self.call, "list_bots", "botSummaries", filters=filters)
        return next((str(bot["botId"]) for bot in bots if bot["botName"] == name), None)

    def role(self, bot_id: str) -> str:
        """Return the role that a bot works with."""
        return str(self.call("describe_bot", botId=bot_id)["roleArn"])

    def find_alias(self, bot_id: str, name: str) -> Alias | None:
        """Return a bot's alias by name."""
        for summary in entries(self.call, "list_bot_aliases", "botAliasSummaries", botId=bot_id):
            if summary["botAliasName"] == name:
                return _alias(self.call("describe_bot_alias", botId=bot_id, botAliasId=summary["botAliasId"]))
        return None

    def find_version(self, bot_id: str, mark: str) -> str | None:
        """Return the newest version whose description has `mark`."""
        newest_first = {"attribute": "BotVersion", "order": "Descending"}
        for version in entries(
            self.call, "list_bot_versions", "botVersionSummaries", botId=bot_id, sortBy=newest_first
        ):
            if mark in version.get("description", "") and version["botStatus"] in (
                "Available",
                "Creating",
                "Versioning",
            ):
                return str(version["botVersion"])
        return None

    def wait_for_import(self, import_id: str, progress: Progress) -> str:
        """Return the id of the imported bot."""
        reply = self._wait("import", "importStatus", ("Completed",), progress, "describe_import", importId=import_id)
        return str(reply["importedResourceId"])

    def export(self, bot_id: str, version: str, progress: Progress) -> str:
        """Have a version of a bot exported, and return where the archive can be fetched."""
        what = {"botExportSpecification": {"botId": bot_id, "botVersion": version}}
        made = self.call("create_export", resourceSpecification=what, fileFormat="LexJson")
        reply = self._wait(
            "export", "exportStatus", ("Completed",), progress, "describe_export", exportId=made["exportId"]
        )
        return str(reply["downloadUrl"])

    def wait_for_bot(self, bot_id: str, progress: Progress) -> None:
        """Wait until nothing is being done to a bot."""
        self._wait("bot", "botStatus", ("Available",), progress, "describe_bot", botId=bot_id)

    def locale_status(self, bot_id: str, locale: str) -> str:
        """Return how far a locale of the draft is built."""
        reply = self.call("describe_bot_locale", botId=bot_id, botVersion=DRAFT, localeId=locale)
        return str(reply["botLocaleStatus"])

    def wait_for_build(self, bot_id: str, locale: str, progress: Progress) -> None:
        """Wait until a locale of the draft is wholly built."""
        what, parameters = f"build of {locale}", {"botId": bot_id, "botVersion": DRAFT, "localeId": locale}
        self._wait(what, "botLocaleStatus", ("Built",), progress, "describe_bot_locale", **parameters)

    def wait_for_version(self, bot_id: str, version: str, progress: Progress) -> None:
        """Wait until a version can be used."""
        parameters = {"botId": bot_id, "botVersion": version}
        self._wait(f"version {version}", "botStatus", ("Available",), progress, "describe_bot_version", **parameters)

    def wait_for_alias(self, bot_id: str, alias_id: str, progress: Progress) -> None:
        """Wait until an alias can be used."""
        parameters = {"botId": bot_id, "botAliasId": alias_id}
        self._wait("alias", "botAliasStatus", ("Available",), progress, "describe_bot_alias", **parameters)

    def _wait(
        self, what: str, key: str, done: tuple[str, ...], progress: Progress, operation: str, /, **parameters: Any
    ) -> dict[str, Any]:
        """Ask until the status under `key` is one of `done`; say each status once.

        Raises:
            RefusedError: It failed; says Lex's reasons and what Lex recommends.
            StorageError: It takes longer than `wait_s`.
        """
        started_s, pause_s, said = self._clock.now(), FIRST_PAUSE_S, ""
        while True:
            try:
                reply = self.call(operation, **parameters)
            except NotFoundError:
                if self._clock.now() - started_s > UNSEEN_S:
                    raise
                reply = {key: "Unseen"}
            status = str(reply[key])
            if status in done:
                progress(f"{what}: {status}")
                return reply
            if status in ("Failed", "Deleting", "Inactive"):
                raise _failure(what, status, reply, progress)
            if status != said:
                progress(f"{what}: {status}")
                said = status
            if self._clock.now() - started_s > self._wait_s:
                raise StorageError(
                    f"{what} is still {status} after {self._wait_s:.0f} s",
                    hint="run the same command again; it goes on where it stopped",
                )
            self._clock.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 1.5)


def _failure(what: str, status: str, reply: Mapping[str, Any], progress: Progress) -> RefusedError:
    reasons, advice = reply.get("failureReasons") or (), reply.get("recommendedActions") or ()
    for line in reasons:
        progress(f"{what}: {line}")
    for line in advice:
        progress(f"{what}: Lex recommends: {line}")
    return RefusedError(
        f"{what} {status.lower()}: {'; '.join(reasons) or 'Lex gives no reason'}", hint="; ".join(advice) or None
    )


def _alias(reply: Mapping[str, Any]) -> Alias:
    kept = ("description", "botAliasLocaleSettings", "conversationLogSettings", "sentimentAnalysisSettings")
    events = sorted(reply.get("botAliasHistoryEvents") or (), key=lambda event: event["startDate"], reverse=True)
    return Alias(
        id=reply["botAliasId"],
        name=reply["botAliasName"],
        version=reply.get("botVersion") or DRAFT,
        settings={key: reply[key] for key in kept if reply.get(key)},
        history=tuple(str(event["botVersion"]) for event in events),
    )
