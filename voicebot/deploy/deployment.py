"""From this installation to a stack on AWS: packages, bot archive and template into the code bucket, then the stack."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsSession
from voicebot.cache.stores.s3 import setup_bucket
from voicebot.deploy.changes import Plan
from voicebot.deploy.packages import Contents, Package, Packager, check_budget
from voicebot.deploy.stack import Progress, Stack, Status
from voicebot.deploy.template import (
    Document,
    FunctionSpec,
    fill,
    fingerprint,
    functions_of,
    load_template,
    name_immutable,
)
from voicebot.deploy.wheels import Target
from voicebot.disk import require_writable_folder
from voicebot.errors import ConfigError
from voicebot.lex.archive import zip_documents
from voicebot.lex.definition import BotDefinition
from voicebot.lex.documents import build_documents
from voicebot.lex.lint import require_sound
from voicebot.settings.snapshot import snapshot

if TYPE_CHECKING:
    from voicebot.settings.tree import Settings

_PER_BOT_VERSION = ("BotVersion",)
"""Resources that are made anew, under another name, for each bot archive."""


_CARRIED = (("chat", "facts"), ("chat", "response_bank"), ("tts", "pronunciations"))
"""Settings that name a file of this machine, which has to come along."""

_TASK_ROOT = Path("/var/task")
"""Where Lambda unpacks a package."""


@dataclass(frozen=True)
class Release:
    """What is to be deployed.

    Attributes:
        template: The filled template.
        parameters: What it is given.
        uploads: What the code bucket has to hold, by key.
    """

    template: Document
    parameters: Mapping[str, str]
    uploads: Mapping[str, bytes]

    @property
    def template_key(self) -> str:
        """The template's name in the code bucket."""
        return f"templates/{fingerprint(self.template)}.json"


class Deployment:
    """Builds, plans and applies.

    Args:
        session: Amazon Web Services, in the region of the stack.
        settings: The whole tree: the functions run with it.
        bot: The Lex bot.
        prepare: Makes what packages hold besides a source file, by that file's name.
    """

    def __init__(
        self,
        session: AwsSession,
        settings: "Settings",
        bot: BotDefinition,
        prepare: Callable[[], Mapping[str, Mapping[str, bytes]]],
    ) -> None:
        self._session = session
        self._settings = settings
        self._bot = bot
        self._prepare = prepare

    @property
    def stack(self) -> Stack:
        """The stack."""
        deploy = self._settings.deploy
        return Stack(self._session.service("cloudformation"), deploy.stack, deploy.wait_s)

    def package(self, out: Path, progress: Progress, functions: Sequence[str] = ()) -> list[Package]:
        """Build packages into `out`: of all functions, or of those named."""
        require_writable_folder(out)
        wanted, packager = self._packager(out, functions)
        built = []
        for one in wanted:
            progress(f"packing {one.name}")
            built += packager.build([one])
        return built

    def contents(self, out: Path, functions: Sequence[str] = ()) -> list[Contents]:
        """Return what `package` would build; nothing is fetched or written."""
        wanted, packager = self._packager(out, functions)
        return [packager.contents(one) for one in wanted]

    def _packager(self, out: Path, functions: Sequence[str]) -> tuple[list[FunctionSpec], Packager]:
        known = functions_of(load_template())
        unknown = [name for name in functions if name not in {one.name for one in known}]
        if unknown:
            raise ConfigError(
                f"there is no function {unknown[0]!r}",
                hint=f"the functions are: {', '.join(one.name for one in known)}",
            )
        wanted = [one for one in known if not functions or one.name in functions]
        settings, files = carried(self._settings)
        extra = {name: text.encode() for name, text in snapshot(settings).items()} | files
        target = Target(wanted[0].runtime.removeprefix("python"), self._settings.deploy.architecture)
        return wanted, Packager(out, self._settings.data_dir / "wheels", extra, target, self._prepare())

    def plan(self, out: Path, progress: Progress) -> Plan:
        """Return what `apply` would do. The template goes to the code bucket; nothing else is touched."""
        self.stack.require_free()
        release = self.release(out, progress)
        return self.stack.plan(self._upload(release, only_template=True), release.parameters)

    def apply(self, out: Path, progress: Progress) -> Status:
        """Bring the stack to this installation and these settings, and wait."""
        self.stack.require_free()
        release = self.release(out, progress)
        progress("uploading")
        url = self._upload(release, only_template=False)
        return self.stack.apply(url, release.parameters, progress)

    def release(self, out: Path, progress: Progress) -> Release:
        """Build everything that is deployed: first what is quickly known to be wrong, then the packages.

        Raises:
            ConfigError: Settings or credentials are missing.
            GateError: A package is above the budget, or the bot is not sound.
        """
        given, archive = self._given(), self._archive()
        packages = self.package(out, progress)
        check_budget(packages)
        bot_key = f"bots/{self._bot.name}-{hashlib.sha256(archive).hexdigest()[:16]}.zip" if archive else ""
        template = fill(load_template())
        if archive:
            template = name_immutable(template, _PER_BOT_VERSION, fingerprint(bot_key)[:8])
        codes = {
            function.code_parameter: package.key
            for function, package in zip(functions_of(load_template()), packages, strict=True)
        }
        given |= codes | ({"BotArchive": bot_key} if bot_key else {})
        given["Release"] = fingerprint(template, given)
        uploads = {one.key: Path(one.path).read_bytes() for one in packages} | ({bot_key: archive} if archive else {})
        return Release(template, {key: value for key, value in given.items() if value != ""}, uploads)

    def code_bucket(self) -> str:
        """Return the name of the bucket of packages."""
        return self._settings.deploy.code_bucket or f"voicebot-code-{self._session.account()}-{self._session.region}"

    def _archive(self) -> bytes:
        """Return the bot's archive; nothing without a Connect instance, which is who talks to it."""
        if not self._settings.aws.connect_instance_id:
            return b""
        require_sound(self._bot)
        return zip_documents(build_documents(self._bot))

    def _given(self) -> dict[str, str]:
        """Return the template's parameters that the settings say; empty ones are left to the template."""
        settings, aws, deploy = self._settings, self._settings.aws, self._settings.deploy
        instance = aws.connect_instance_id
        if instance and aws.connect_region != aws.region:
            raise ConfigError(
                f"aws.connect_region {aws.connect_region}: the stack and its Connect instance share a region",
                hint=f"set aws.region to {aws.connect_region}",
            )
        for key, value in {"hours_arn": deploy.hours_arn, "agent_queue_arn": deploy.agent_queue_arn}.items():
            if instance and not value:
                raise ConfigError(
                    f"deploy.{key} is not set", hint="the flows hand callers over to people: voicebot doctor"
                )
        if deploy.vpc_id and not (deploy.subnet_ids and deploy.route_table_ids):
            raise ConfigError("deploy.subnet_ids and deploy.route_table_ids are not set", hint="a VPC needs both")
        return {
            "CodeBucket": self.code_bucket(),
            "Architecture": deploy.architecture,
            "AnswersTableName": settings.cache.answers_table,
            "InboxTableName": settings.cache.inbox_table,
            "JobsTableName": aws.jobs_table,
            "OptOutsTableName": aws.opt_outs_table,
            "BookingsTableName": aws.bookings_table,
            "CallsTableName": aws.calls_table,
            "TranscriptsTableName": settings.transcribe.table,
            "LiveTranscription": "on" if settings.transcribe.live else "off",
            "MediaStreams": deploy.media_streams,
            "MediaStreamPrefix": deploy.media_stream_prefix,
            "MediaKeyArn": deploy.media_key_arn or "",
            "CountersTableName": aws.counters_table,
            "ClipsBucketName": aws.bucket or self._session.default_bucket(),
            "VectorBucketName": aws.vector_bucket or "",
            "ConnectInstanceArn": self._session.connect_instance_arn(instance, aws.connect_region) if instance else "",
            "HoursArn": deploy.hours_arn or "",
            "AgentQueueArn": deploy.agent_queue_arn or "",
            "CompanyName": settings.company,
            "BotName": self._bot.name,
            "BotAliasName": settings.lex.alias,
            "WarmStart": deploy.warm_start,
            "ProvisionedEnvironments": str(deploy.provisioned_environments),
            "LogRetentionDays": str(deploy.log_retention_days),
            "LogLevel": settings.log_level,
            "KeysSecretName": settings.keys.secret or "",
            "KmsKeyArn": self._key_arn(),
            "AlarmTopicArn": deploy.alarm_topic_arn or "",
            "VpcId": deploy.vpc_id or "",
            "SubnetIds": ",".join(deploy.subnet_ids),
            "RouteTableIds": ",".join(deploy.route_table_ids),
        }

    def _key_arn(self) -> str:
        key = self._settings.aws.kms_key_id or ""
        if not key or key.startswith("arn:"):
            return key
        return f"arn:aws:kms:{self._session.region}:{self._session.account()}:key/{key}"

    def _upload(self, release: Release, only_template: bool) -> str:
        """Put what is missing into the code bucket, and return the template's address."""
        service, bucket = self._session.service("s3"), self.code_bucket()
        setup_bucket(service, bucket)
        text = json.dumps(release.template, ensure_ascii=False, separators=(",", ":")).encode()
        files = {release.template_key: text} | ({} if only_template else dict(release.uploads))
        for key, data in files.items():
            if not self._has(key):
                service.call("put_object", Bucket=bucket, Key=key, Body=data)
        return f"https://{bucket}.s3.{self._session.region}.amazonaws.com/{release.template_key}"

    def _has(self, key: str) -> bool:
        """Say whether the code bucket, which is there by now, holds `key`: names say what is in them."""
        try:
            self._session.service("s3").call("head_object", Bucket=self.code_bucket(), Key=key)
        except ClientError as exc:
            if error_code(exc) != "404":
                raise
            return False
        return True


def carried(settings: "Settings") -> tuple["Settings", dict[str, bytes]]:
    """Return the settings that functions run with, and the files of this machine that they name.

    Raises:
        ConfigError: A file cannot be read.
    """
    here = settings.model_copy(update={"backend": "aws", "data_dir": Path("/tmp/voicebot")})
    files = {}
    for section, name in _CARRIED:
        part = getattr(here, section)
        path: Path | None = getattr(part, name)
        if path is None:
            continue
        key = f"files/{section}.{name}{path.suffix}"
        try:
            files[key] = path.expanduser().read_bytes()
        except OSError as exc:
            raise ConfigError(f"{section}.{name}: {path}: {exc.strerror}", hint="give a file that exists") from exc
        here = here.model_copy(update={section: part.model_copy(update={name: _TASK_ROOT / key})})
    return here, files


def contents_text(contents: Sequence[Contents]) -> str:
    """Return as lines what packages would hold."""
    return "\n".join(
        f"{one.path}: {one.files} files of voicebot's own"
        + (f", and {', '.join(one.packages)}" if one.packages else "")
        + ("" if one.is_fetched else " (pip would fetch them)")
        for one in contents
    )


def packages_text(packages: Sequence[Package], budget_mb: float) -> str:
    """Return packages as lines: name, sizes, content, hash."""
    rows: list[tuple[Any, ...]] = [
        (
            one.function,
            f"{one.unzipped_mb:.1f} MB",
            f"{one.zipped_mb:.1f} MB zipped",
            f"{one.files} files",
            one.sha256[:16],
        )
        for one in packages
    ]
    largest = max((one.unzipped_mb for one in packages), default=0.0)
    lines = ["  ".join(str(cell) for cell in row) for row in rows]
    return "\n".join([*lines, f"the largest has {largest:.1f} of {budget_mb:.0f} MB"])
