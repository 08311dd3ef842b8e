"""Makes DynamoDB tables; what is there already stays."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from botocore.exceptions import ClientError

from voicebot.aws.dynamodb_table import checked_table
from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.aws.setup import Action, SetupStep, wait_until
from voicebot.errors import ConfigError

TABLE_WAIT_S = 120.0
INDEX_WAIT_S = 3600.0
_PAUSE_S = 0.2

_NOT_ON_THIS_SERVER = frozenset({"UnknownOperationException", "NotImplemented", "501"})


@dataclass(frozen=True)
class IndexSpec:
    """A global secondary index; it also holds `attributes`, and no others.

    The sort key is a text ("S") or a number ("N").
    """

    name: str
    partition: str
    sort: str
    sort_type: Literal["S", "N"]
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableSpec:
    """A table with a text as its partition key.

    Attributes:
        name: The table's.
        key: The partition key's attribute.
        indexes: Its global secondary indexes.
        ttl: The attribute with the second after which DynamoDB removes an item, or an empty string.
        is_recoverable: Whether any second of the last 35 days can be restored.
    """

    name: str
    key: str
    indexes: tuple[IndexSpec, ...] = field(default=())
    ttl: str = ""
    is_recoverable: bool = True


def setup_tables(service: AwsService, specs: Iterable[TableSpec], is_dry_run: bool = False) -> list[SetupStep]:
    """Create the tables and indexes that are missing and return what was done, or would be done in a dry run.

    Raises:
        ConfigError: A name cannot be a table's, or a table of that name has another key.
    """
    return [step for spec in specs for step in _setup_table(service, spec, is_dry_run)]


def _setup_table(service: AwsService, spec: TableSpec, is_dry_run: bool) -> list[SetupStep]:
    table = f"table {spec.name}"
    found = _describe(service, checked_table(spec.name))
    if found is None:
        steps = [SetupStep(table, "created")]
        if is_dry_run:
            return steps
        _create(service, spec)
        wait_until(lambda: _is_active(service, spec.name), service.clock, TABLE_WAIT_S, _PAUSE_S, table)
    else:
        if [key["AttributeName"] for key in found["KeySchema"]] != [spec.key]:
            raise ConfigError(
                f"{table} exists with another key than {spec.key!r}", hint="give the setting another table name"
            )
        steps = [SetupStep(table, "exists")]
        known = {index["IndexName"] for index in found.get("GlobalSecondaryIndexes", [])}
        for index in spec.indexes:
            if index.name not in known:
                steps.append(SetupStep(f"{table}, index {index.name}", "updated"))
                if not is_dry_run:
                    _add_index(service, spec, index)
    if is_dry_run:
        return steps
    if spec.ttl:
        steps.append(SetupStep(f"{table}, expiry", _optional(lambda: _set_ttl(service, spec))))
    if spec.is_recoverable:
        steps.append(SetupStep(f"{table}, point-in-time recovery", _optional(lambda: _set_recovery(service, spec))))
    return steps


def _describe(service: AwsService, name: str) -> dict[str, Any] | None:
    """Return a table's description. Only a ResourceNotFoundException says that there is none."""
    try:
        table: dict[str, Any] = service.call("describe_table", TableName=name)["Table"]
    except ConfigError as exc:
        cause = exc.__cause__
        if isinstance(cause, ClientError) and error_code(cause) == "ResourceNotFoundException":
            return None
        raise
    return table


def _create(service: AwsService, spec: TableSpec) -> None:
    kinds: dict[str, str] = {spec.key: "S"}
    for index in spec.indexes:
        kinds |= {index.partition: "S", index.sort: index.sort_type}
    indexes: dict[str, Any] = {"GlobalSecondaryIndexes": [_index(index) for index in spec.indexes]}
    try:
        service.call(
            "create_table",
            TableName=spec.name,
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
            KeySchema=[{"AttributeName": spec.key, "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
            **(indexes if spec.indexes else {}),
        )
    except ClientError as exc:
        if error_code(exc) != "ResourceInUseException":  # another setup was faster
            raise


def _add_index(service: AwsService, spec: TableSpec, index: IndexSpec) -> None:
    kinds = {spec.key: "S", index.partition: "S", index.sort: index.sort_type}
    service.call(
        "update_table",
        TableName=spec.name,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in kinds.items()],
        GlobalSecondaryIndexUpdates=[{"Create": _index(index)}],
    )
    what = f"table {spec.name}, index {index.name}"
    wait_until(lambda: _is_active(service, spec.name), service.clock, INDEX_WAIT_S, _PAUSE_S, what)


def _index(index: IndexSpec) -> dict[str, Any]:
    more = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.attributes)}
    return {
        "IndexName": index.name,
        "KeySchema": [
            {"AttributeName": index.partition, "KeyType": "HASH"},
            {"AttributeName": index.sort, "KeyType": "RANGE"},
        ],
        "Projection": more if index.attributes else {"ProjectionType": "KEYS_ONLY"},
    }


def _is_active(service: AwsService, name: str) -> bool:
    table = _describe(service, name) or {}
    indexes = table.get("GlobalSecondaryIndexes", [])
    return table.get("TableStatus") == "ACTIVE" and all(index.get("IndexStatus") == "ACTIVE" for index in indexes)


def _set_ttl(service: AwsService, spec: TableSpec) -> Action:
    reply = service.call("describe_time_to_live", TableName=spec.name)
    known = reply["TimeToLiveDescription"]
    if known.get("TimeToLiveStatus") in ("ENABLED", "ENABLING"):
        if known.get("AttributeName", spec.ttl) != spec.ttl:
            raise ConfigError(f"table {spec.name}: items expire by {known['AttributeName']!r}, not {spec.ttl!r}")
        return "exists"
    setting = {"Enabled": True, "AttributeName": spec.ttl}
    service.call("update_time_to_live", TableName=spec.name, TimeToLiveSpecification=setting)
    return "updated"


def _set_recovery(service: AwsService, spec: TableSpec) -> Action:
    reply = service.call("describe_continuous_backups", TableName=spec.name)
    recovery = reply["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        return "exists"
    what = f"table {spec.name}, point-in-time recovery"
    wait_until(lambda: _is_recovery_set(service, spec.name), service.clock, TABLE_WAIT_S, _PAUSE_S, what)
    return "updated"


def _is_recovery_set(service: AwsService, name: str) -> bool:
    """Switch recovery on; a table that has just been made needs a while for it."""
    setting = {"PointInTimeRecoveryEnabled": True}
    try:
        service.call("update_continuous_backups", TableName=name, PointInTimeRecoverySpecification=setting)
    except ClientError as exc:
        if error_code(exc) == "ContinuousBackupsUnavailableException":
            return False
        raise
    return True


def _optional(step: Callable[[], Action]) -> Action:
    """Run a step that stand-ins for DynamoDB need not know."""
    try:
        return step()
    except ClientError as exc:
        if error_code(exc) in _NOT_ON_THIS_SERVER:
            return "unsupported"
        raise
