"""Publishing: every call checked by botocore, the archive put to a real server, runs that are cut off and go on."""

import hashlib
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.lex import (
    ALIAS_ARN,
    ALIAS_ID,
    BOT_ID,
    HOOK,
    IMPORT_ID,
    INSTANCE,
    REGION,
    ROLE,
    WHEN,
    Account,
    Bucket,
)
from voicebot.errors import ConfigError, GateError, InputError, NotFoundError, RefusedError, StorageError
from voicebot.lex.archive import unzip_documents, zip_documents
from voicebot.lex.definition import BotDefinition, load_bot
from voicebot.lex.documents import build_documents
from voicebot.lex.journal import Journal
from voicebot.lex.publish import Publisher, Step
from voicebot.resources import bundled
from voicebot.settings.lex import LexSettings

pytestmark = pytest.mark.contract

BOT = load_bot(bundled("lex_bots/chajipsa"))
DATA = zip_documents(build_documents(BOT))
MARK = f"voicebot {hashlib.sha256(DATA).hexdigest()[:32]}"
CODE_HOOK = {"lambdaCodeHook": {"lambdaARN": HOOK, "codeHookInterfaceVersion": "1.0"}}
LOCALES = {"ko_KR": {"enabled": True, "codeHookSpecification": CODE_HOOK}}
LOGS = {
    "audioLogSettings": [
        {
            "enabled": True,
            "destination": {"s3Bucket": {"s3BucketArn": "arn:aws:s3:::calls", "logPrefix": "lex/"}},
        }
    ]
}
POLICY = json.dumps(
    {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lexv2.amazonaws.com"},
                "Condition": {"ArnLike": {"AWS:SourceArn": ALIAS_ARN}},
            }
        ]
    }
)


@pytest.fixture
def said() -> list[str]:
    return []


def publisher(account: Account, said: list[str], folder: Path, **settings: Any) -> Publisher:
    return Publisher(
        account.models,
        account.service("lambda"),
        account.service("connect"),
        LexSettings(**{"role_arn": ROLE, "hook_arn": HOOK, **settings}),
        INSTANCE,
        Journal(folder / "chajipsa.json"),
        said.append,
    )


def nothing_granted(account: Account) -> None:
    account.refuses("get_policy", "ResourceNotFoundException", 404, service="lambda")
    asked = {
        "FunctionName": HOOK.removesuffix(":live"),
        "Qualifier": "live",
        "StatementId": f"voicebot-lex-{BOT_ID}-{ALIAS_ID}",
        "Action": "lambda:InvokeFunction",
        "Principal": "lexv2.amazonaws.com",
        "SourceArn": ALIAS_ARN,
        "SourceAccount": "123456789012",
    }
    account.says("add_permission", {"Statement": "{}"}, asked, "lambda")
    first = {"InstanceId": INSTANCE, "LexVersion": "V2", "MaxResults": 25}
    other = {"LexV2Bot": {"AliasArn": ALIAS_ARN.replace(ALIAS_ID, "OTHEROTHER")}}
    account.says("list_bots", {"LexBots": [other], "NextToken": "more"}, first, "connect")
    account.says("list_bots", {"LexBots": []}, {**first, "NextToken": "more"}, "connect")
    account.says("associate_bot", {}, {"InstanceId": INSTANCE, "LexV2Bot": {"AliasArn": ALIAS_ARN}}, "connect")


def all_granted(account: Account) -> None:
    account.says("get_policy", {"Policy": POLICY}, service="lambda")
    account.says("list_bots", {"LexBots": [{"LexV2Bot": {"AliasArn": ALIAS_ARN}}]}, service="connect")


def outcomes(steps: tuple[Step, ...]) -> list[str]:
    return [step.outcome for step in steps]


def test_a_new_bot_goes_all_the_way(account: Account, server: Bucket, said: list[str], tmp_path: Path) -> None:
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/upload?X-Amz-Signature=abc", "InProgress", "InProgress", "Completed")
    account.has_role()
    account.builds("Building", "ReadyExpressTesting", "Built")
    account.makes_version("1", MARK, "Creating", "Available")
    asked = {"botId": BOT_ID, "botAliasName": "live", "botVersion": "1", "botAliasLocaleSettings": LOCALES}
    account.says("create_bot_alias", {"botAliasId": ALIAS_ID, "botAliasStatus": "Creating"}, asked)
    account.alias_is("Creating")
    account.alias_is()
    nothing_granted(account)

    done = publisher(account, said, tmp_path).publish(BOT)

    account.is_done()
    assert (done.alias_arn, done.version, done.previous_version) == (ALIAS_ARN, "1", None)
    assert set(outcomes(done.steps)) == {"done"}
    assert [(method, path) for method, path, _ in server.requests] == [("PUT", "/upload?X-Amz-Signature=abc")]
    assert "Authorization" not in server.requests[0][2]
    assert unzip_documents(server.objects["/upload?X-Amz-Signature=abc"]) == build_documents(BOT)
    assert "build of ko_KR: ReadyExpressTesting" in said
    assert said.count("import: InProgress") == 1
    assert not list(tmp_path.iterdir())


def test_a_repeat_changes_nothing(account: Account, said: list[str], tmp_path: Path) -> None:
    account.has_bot()
    account.has_versions("by hand", MARK)
    account.has_alias(botVersion="2", botAliasLocaleSettings=LOCALES, conversationLogSettings=LOGS)
    account.version_goes("2", "Available")
    all_granted(account)
    done = publisher(account, said, tmp_path).publish(BOT)
    account.is_done()
    assert set(outcomes(done.steps)) == {"unchanged"}
    assert done.version == "2"


def test_an_alias_keeps_what_an_update_does_not_mean(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    """Lex drops every setting that an update leaves out, the conversation logs first of all."""
    account.has_bot()
    account.has_versions("by hand")
    old_hook = {"lambdaCodeHook": {"lambdaARN": HOOK.replace("live", "old"), "codeHookInterfaceVersion": "1.0"}}
    account.has_alias(
        botVersion="1",
        description="전화",
        botAliasLocaleSettings={"ko_KR": {"enabled": True, "codeHookSpecification": old_hook}},
        conversationLogSettings=LOGS,
        sentimentAnalysisSettings={"detectSentiment": False},
    )
    account.imports(f"{server.url}/up", "Completed")
    account.has_role()
    account.builds("Built")
    account.makes_version("2", MARK, "Available")
    asked = {
        "botId": BOT_ID,
        "botAliasId": ALIAS_ID,
        "botAliasName": "live",
        "botVersion": "2",
        "description": "전화",
        "botAliasLocaleSettings": LOCALES,
        "conversationLogSettings": LOGS,
        "sentimentAnalysisSettings": {"detectSentiment": False},
    }
    account.says("update_bot_alias", {"botAliasId": ALIAS_ID, "botAliasStatus": "Available"}, asked)
    account.alias_is()
    all_granted(account)
    done = publisher(account, said, tmp_path).publish(BOT)
    account.is_done()
    assert (done.version, done.previous_version) == ("2", "1")


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/up", "Completed")
    account.has_role()
    account.builds("Building")
    account.refuses("describe_bot_locale", "AccessDeniedException", 403)
    with pytest.raises(ConfigError):
        publisher(account, said, tmp_path).publish(BOT)
    account.is_done()
    assert len(server.requests) == 1

    account.has_bot()
    account.has_versions()
    account.has_alias()
    account.has_role()
    account.build_goes("Building", "Built")
    account.makes_version("1", MARK, "Creating")
    account.refuses("describe_bot_version", "AccessDeniedException", 403)
    with pytest.raises(ConfigError):
        publisher(account, said, tmp_path).publish(BOT)
    account.is_done()

    account.has_bot()
    account.has_alias()
    account.version_goes("1", "Available")
    account.says("create_bot_alias", {"botAliasId": ALIAS_ID}, None)
    account.alias_is()
    all_granted(account)
    done = publisher(account, said, tmp_path).publish(BOT)
    account.is_done()
    assert done.version == "1"
    assert len(server.requests) == 1


def test_an_import_that_was_under_way_is_waited_for_and_a_failed_one_is_made_again(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/up", "InProgress")
    account.refuses("describe_import", "AccessDeniedException", 403)
    with pytest.raises(ConfigError):
        publisher(account, said, tmp_path).publish(BOT)
    account.has_bot(bot_id=None)
    account.import_goes("Failed", failureReasons=["the role may not be assumed"])
    account.imports(f"{server.url}/again", "Failed", failureReasons=["intent names must be unique", "bad locale"])
    with pytest.raises(RefusedError, match=r"import failed: intent names must be unique; bad locale"):
        publisher(account, said, tmp_path).publish(BOT)
    account.is_done()
    assert "import: intent names must be unique" in said


def test_a_change_to_the_yaml_starts_over(account: Account, server: Bucket, said: list[str], tmp_path: Path) -> None:
    journal = Journal(tmp_path / "chajipsa.json")
    journal.note(journal.open("another archive"), import_id=IMPORT_ID, bot_id=BOT_ID)
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/up", "Failed")
    with pytest.raises(RefusedError, match="Lex gives no reason"):
        publisher(account, said, tmp_path).publish(BOT)
    account.is_done()


def test_a_bot_that_was_deleted_meanwhile_is_made_anew(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    journal = Journal(tmp_path / "chajipsa.json")
    done = journal.open(MARK.removeprefix("voicebot "))
    journal.note(done, import_id=IMPORT_ID, bot_id="GONEGONEGO", builds=("ko_KR",), version="7")
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/up", "Failed")
    with pytest.raises(RefusedError):
        publisher(account, said, tmp_path).publish(BOT)
    account.is_done()


def test_a_build_that_fails_says_why_and_what_lex_recommends(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/up", "Completed")
    account.has_role()
    account.builds("Building", "Failed", failureReasons=["slot X has no prompt"], recommendedActions=["Add a prompt."])
    with pytest.raises(RefusedError, match="slot X has no prompt") as caught:
        publisher(account, said, tmp_path).publish(BOT)
    assert caught.value.hint == "Add a prompt."
    assert "build of ko_KR: Lex recommends: Add a prompt." in said
    account.has_bot()
    account.has_versions()
    account.has_alias()
    account.has_role()
    account.build_goes("Failed")
    account.builds("Built")
    account.refuses("create_bot_version", "ServiceQuotaExceededException", 402, "100 versions")
    with pytest.raises(RefusedError, match="100 versions"):
        publisher(account, said, tmp_path).publish(BOT)
    account.is_done()


def test_a_build_that_never_ends_is_left_and_can_be_gone_on_with(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    account.has_bot(bot_id=None)
    account.imports(f"{server.url}/up", "Completed")
    account.has_role()
    account.builds(*["Building"] * 40)
    with pytest.raises(StorageError, match="still Building after 300 s"):
        publisher(account, said, tmp_path).publish(BOT)


def test_a_version_that_is_too_new_to_be_known_is_waited_for(account: Account, said: list[str], tmp_path: Path) -> None:
    account.refuses("describe_bot_version", "ResourceNotFoundException", 404)
    account.version_goes("3", "Available")
    account.models.wait_for_version(BOT_ID, "3", said.append)
    assert said == ["version 3: Unseen", "version 3: Available"]
    for _ in range(30):
        account.refuses("describe_bot_version", "ResourceNotFoundException", 404)
    with pytest.raises(NotFoundError):
        account.models.wait_for_version(BOT_ID, "3", said.append)


def test_a_dry_run_only_looks(account: Account, server: Bucket, said: list[str], tmp_path: Path) -> None:
    account.has_bot(bot_id=None)
    done = publisher(account, said, tmp_path).publish(BOT, is_dry_run=True)
    assert set(outcomes(done.steps)) == {"planned"}
    assert len(done.steps) == 6
    account.has_bot()
    account.has_versions(MARK)
    account.has_alias(botVersion="1", botAliasLocaleSettings=LOCALES)
    all_granted(account)
    done = publisher(account, said, tmp_path).publish(BOT, is_dry_run=True)
    assert set(outcomes(done.steps)) == {"unchanged"}
    account.is_done()
    assert server.requests == []
    assert not list(tmp_path.iterdir())


def events(*versions: str) -> list[dict[str, Any]]:
    return [{"botVersion": version, "startDate": WHEN + timedelta(days=day)} for day, version in enumerate(versions)]


def test_a_rollback_goes_to_the_version_before_with_all_settings(
    account: Account, said: list[str], tmp_path: Path
) -> None:
    history = {"botAliasHistoryEvents": events("1", "2", "3")[::-1]}
    account.has_bot()
    account.has_alias(botVersion="3", botAliasLocaleSettings=LOCALES, conversationLogSettings=LOGS, **history)
    asked = {
        "botId": BOT_ID, "botAliasId": ALIAS_ID, "botAliasName": "live", "botVersion": "2", "botAliasLocaleSettings": LOCALES,
        "conversationLogSettings": LOGS,
    }  # fmt: skip
    account.says("update_bot_alias", {"botAliasId": ALIAS_ID}, asked)
    account.alias_is()
    done = publisher(account, said, tmp_path).roll_back("Chajipsa")
    assert (done.version, done.previous_version, done.alias_arn) == ("2", "3", ALIAS_ARN)
    account.has_bot()
    account.has_alias(botVersion="3", botAliasLocaleSettings=LOCALES, **history)
    done = publisher(account, said, tmp_path).roll_back("Chajipsa", "1", is_dry_run=True)
    assert (done.version, outcomes(done.steps)) == ("1", ["planned"])
    account.is_done()


def test_there_must_be_something_to_go_back_to(account: Account, said: list[str], tmp_path: Path) -> None:
    account.has_bot(bot_id=None)
    with pytest.raises(NotFoundError, match="no alias live"):
        publisher(account, said, tmp_path).roll_back("Chajipsa")
    account.has_bot()
    account.has_alias(botVersion="1", botAliasHistoryEvents=events("1"))
    with pytest.raises(NotFoundError, match="no version before 1"):
        publisher(account, said, tmp_path).roll_back("Chajipsa")


def test_a_bot_with_errors_never_reaches_lex(account: Account, said: list[str], tmp_path: Path) -> None:
    broken = BotDefinition.model_validate({"name": "A", "locales": {"ko_KR": {"intents": []}}})
    with pytest.raises(GateError):
        publisher(account, said, tmp_path).publish(broken)


def test_a_new_bot_needs_a_role(account: Account, said: list[str], tmp_path: Path) -> None:
    account.has_bot(bot_id=None)
    with pytest.raises(ConfigError, match=r"lex\.role_arn"):
        publisher(account, said, tmp_path, role_arn=None).publish(BOT)


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("ConflictException", 409, StorageError),
        ("PreconditionFailedException", 412, StorageError),
        ("ServiceQuotaExceededException", 402, RefusedError),
        ("ValidationException", 400, InputError),
        ("ResourceNotFoundException", 404, NotFoundError),
        ("ThrottlingException", 429, StorageError),
        ("InternalServerException", 500, StorageError),
        ("AccessDeniedException", 403, ConfigError),
    ],
)
def test_each_refusal_has_its_error(account: Account, code: str, status: int, kind: type[Exception]) -> None:
    for _ in range(100):  # more than the repeats that fit into the time for a call
        account.refuses("describe_bot", code, status)
    with pytest.raises(kind):
        account.models.role(BOT_ID)


def test_an_upload_that_is_refused_does_not_show_its_address(
    account: Account, server: Bucket, said: list[str], tmp_path: Path
) -> None:
    server.status = 403
    account.has_bot(bot_id=None)
    account.says(
        "create_upload_url", {"importId": IMPORT_ID, "uploadUrl": f"{server.url}/up?X-Amz-Signature=secret"}, {}
    )
    with pytest.raises(StorageError, match="refused \\(403\\)") as caught:
        publisher(account, said, tmp_path).publish(BOT)
    assert "secret" not in str(caught.value)
    account.is_done()


def test_a_code_hook_that_is_no_function_is_refused(account: Account) -> None:
    from voicebot.lex.grants import may_lex_call

    with pytest.raises(InputError, match="hook_arn"):
        may_lex_call(account.service("lambda"), f"arn:aws:lambda:{REGION}:123456789012:layer:x", ALIAS_ARN)
