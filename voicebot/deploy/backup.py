"""What the account has that the bot relies on, as documents by path: the same for a backup and for a comparison with one."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from botocore.exceptions import ClientError

from voicebot.aws.pages import entries
from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.clock import Clock
from voicebot.disk import require_writable_folder, write_atomically
from voicebot.errors import InputError, NotFoundError
from voicebot.flow.connect import ConnectFlows
from voicebot.lex.archive import unzip_documents
from voicebot.lex.models import DRAFT, LexModels, Progress
from voicebot.lex.transfer import download

MANIFEST = "manifest.json"

_VOLATILE = frozenset({"LastModifiedTime", "LastModifiedRegion", "CreatedTime", "ResponseMetadata", "Tags"})

Documents = dict[str, Any]
"""JSON by path."""


@dataclass(frozen=True)
class Account:
    """Where a backup is read from.

    Attributes:
        flows: The Connect instance's flows, which also carry its other calls at the rate that the account allows.
        bots: Lex.
        iam: Identities.
        bot: The bot's name.
        functions: The functions whose roles are kept too, as names.
        lambda_: The functions' service.
        fetch: Downloads an export.
    """

    flows: ConnectFlows
    bots: LexModels
    iam: AwsService
    bot: str
    functions: tuple[str, ...]
    lambda_: AwsService
    fetch: Callable[[str], bytes] = field(default=download)


def read_account(account: Account, progress: Progress) -> Documents:
    """Return everything that is backed up, by path."""
    documents: Documents = {}
    for what, read in (
        ("flows and modules", _flows),
        ("prompts", _prompts),
        ("queues", _queues),
        ("hours of operation", _hours),
        ("the bot", lambda one: _bot(one, progress)),
        ("roles", _roles),
    ):
        progress(f"reading {what}")
        documents |= dict(read(account))
    return documents


def require_new(folder: Path) -> None:
    """Refuse a folder that a backup cannot be written into.

    Raises:
        ConfigError: It may not be written to.
        InputError: It holds something already.
    """
    require_writable_folder(folder)
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty", hint="give another folder")


def write_backup(folder: Path, documents: Mapping[str, Any], taken_at: str, instance: str) -> int:
    """Write documents into a new folder and return how many files it has.

    Raises:
        InputError: The folder holds something already.
    """
    require_new(folder)
    manifest = {"taken_at": taken_at, "instance": instance, "files": sorted(documents)}
    for path, document in {**documents, MANIFEST: manifest}.items():
        write_atomically(folder / path, _text(document).encode())
    return len(documents) + 1


def read_backup(folder: Path) -> Documents:
    """Return the documents of a backup.

    Raises:
        NotFoundError: The folder holds none.
        InputError: A file is missing or cannot be read.
    """
    if not (folder / MANIFEST).is_file():
        raise NotFoundError(f"{folder}: holds no backup", hint="voicebot deploy backup")
    documents = {}
    try:
        for path in json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"]:
            if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
                raise InputError(f"{folder}: {path} leads out of the backup")
            documents[path] = json.loads((folder / path).read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise InputError(f"{folder}: the backup is damaged ({type(exc).__name__})", hint="take another one") from exc
    return documents


def stamp(clock: Clock) -> str:
    """Return the time now as a folder's name."""
    return datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H%M%SZ")


def _flows(account: Account) -> Iterator[tuple[str, Any]]:
    for flow in account.flows.list():
        try:
            whole = account.flows.fetch(flow)
        except NotFoundError:
            continue  # it was removed while the list was read
        folder = "modules" if whole.type == "MODULE" else "flows"
        content = json.loads(whole.content)
        about = {"id": whole.id, "arn": whole.arn, "name": whole.name, "type": whole.type, "status": whole.status}
        yield (
            f"{folder}/{_file(whole.name, whole.id)}.json",
            {**about, "description": whole.description, "content": content},
        )


def _prompts(account: Account) -> Iterator[tuple[str, Any]]:
    yield "prompts.json", _sorted(account.flows.entries("list_prompts", "PromptSummaryList"))


def _queues(account: Account) -> Iterator[tuple[str, Any]]:
    queues = [
        account.flows.call("describe_queue", QueueId=one["Id"])["Queue"]
        for one in account.flows.entries("list_queues", "QueueSummaryList", QueueTypes=["STANDARD"])
    ]
    yield "queues.json", _sorted(queues, "QueueId")


def _hours(account: Account) -> Iterator[tuple[str, Any]]:
    hours = [
        account.flows.call("describe_hours_of_operation", HoursOfOperationId=one["Id"])["HoursOfOperation"]
        for one in account.flows.entries("list_hours_of_operations", "HoursOfOperationSummaryList")
    ]
    yield "hours.json", _sorted(hours, "HoursOfOperationId")


def _bot(account: Account, progress: Progress) -> Iterator[tuple[str, Any]]:
    bot_id = account.bots.find_bot(account.bot)
    if bot_id is None:
        progress(f"there is no bot {account.bot}")
        return
    data = account.fetch(account.bots.export(bot_id, DRAFT, progress))
    for path, document in unzip_documents(data, "the export").items():
        yield f"bot/{path}", document


def _roles(account: Account) -> Iterator[tuple[str, Any]]:
    """Yield the roles that the bot and the functions run as, with every policy that they have."""
    arns = set()
    bot_id = account.bots.find_bot(account.bot)
    if bot_id:
        arns.add(account.bots.role(bot_id))
    for name in account.functions:
        try:
            arns.add(account.lambda_.call("get_function_configuration", FunctionName=name)["Role"])
        except ClientError as exc:
            if error_code(exc) != "ResourceNotFoundException":
                raise
    for arn in sorted(arns):
        name = arn.rsplit("/", 1)[-1]
        yield f"iam/{_file(name, '')}.json", _role(account.iam, name)


def _role(iam: AwsService, name: str) -> dict[str, Any]:
    role = iam.call("get_role", RoleName=name)["Role"]
    inline = {
        policy: iam.call("get_role_policy", RoleName=name, PolicyName=policy)["PolicyDocument"]
        for policy in entries(iam.call, "list_role_policies", "PolicyNames", RoleName=name)
    }
    attached = {
        policy["PolicyArn"]: _managed(iam, policy["PolicyArn"])
        for policy in entries(iam.call, "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    }
    trust = role["AssumeRolePolicyDocument"]
    return {"name": name, "arn": role["Arn"], "trust": trust, "inline": inline, "attached": attached}


def _managed(iam: AwsService, arn: str) -> Any:
    """Return the document of a managed policy; AWS's own are kept by name alone, for AWS changes them."""
    if ":aws:policy/" in arn:
        return None
    version = iam.call("get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
    return iam.call("get_policy_version", PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]


def _sorted(entries: Any, key: str = "Id") -> list[dict[str, Any]]:
    """Return entries in an order that does not change, without what changes by itself."""
    plain = [{name: value for name, value in entry.items() if name not in _VOLATILE} for entry in entries]
    return sorted(plain, key=lambda entry: str(entry.get(key, "")))


def _file(name: str, unique: str) -> str:
    """Return a file's name for a thing's: letters of any script, digits and dashes, and the first part of its id."""
    plain = re.sub(r"[^\w-]+", "-", name).strip("-")[:60] or "unnamed"
    return f"{plain}-{unique.split('-')[0]}" if unique else plain


def _text(document: Any) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True, default=str) + "\n"
