"""From settings to what is deployed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from voicebot.client import Voicebot
from voicebot.deploy.deployment import Deployment, Release, carried, contents_text
from voicebot.deploy.reach import reach
from voicebot.deploy.template import fingerprint, functions_of, load_template
from voicebot.deploy.wheels import Target, normal_name, read_requirements
from voicebot.errors import ConfigError, ConflictError
from voicebot.resources import bundled
from voicebot.settings.load import load

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parent.parent.parent
CONNECT = {
    "CONNECT_INSTANCE_ID": "11111111-2222-3333-4444-555555555555",
    "VOICEBOT_DEPLOY__HOURS_ARN": "arn:aws:connect:ap-northeast-2:123456789012:instance/i/operating-hours/h",
    "VOICEBOT_DEPLOY__AGENT_QUEUE_ARN": "arn:aws:connect:ap-northeast-2:123456789012:instance/i/queue/q",
}


@pytest.fixture
def made(moto_url: str, unique: str, tmp_path: Path) -> Callable[..., Deployment]:
    """Return what makes a deployment whose packages come without wheels: these tests need no network."""
    pinned = sorted(read_requirements(bundled("lambdas/requirements.txt")).items())
    for function in functions_of(load_template()):
        wanted = sorted(normal_name(name) for name in reach(function.name, ROOT, ROOT).packages)
        (tmp_path / "data" / "wheels" / fingerprint(wanted, pinned, Target())).mkdir(parents=True, exist_ok=True)

    def make(**env: str) -> Deployment:
        mine = {
            "HOME": str(tmp_path), "AWS_ENDPOINT_URL": moto_url, "VOICEBOT_DATA_DIR": str(tmp_path / "data"),
            "VOICEBOT_DEPLOY__STACK": unique, "VOICEBOT_DEPLOY__CODE_BUCKET": f"{unique}-code", "COMPANY_BUCKET": unique,
        }  # fmt: skip
        return Voicebot(load(env=mine | env)).deployment

    return make


def released(deployment: Deployment, tmp_path: Path) -> Release:
    return deployment.release(tmp_path / "out", lambda line: None)


def test_every_parameter_is_the_template_s_and_none_is_missing(made: Callable[..., Deployment], tmp_path: Path) -> None:
    for env in ({}, CONNECT):
        release = released(made(**env), tmp_path)
        parameters = release.template["Parameters"]
        assert set(release.parameters) <= set(parameters)
        assert {name for name, one in parameters.items() if "Default" not in one} <= set(release.parameters)
        assert "" not in release.parameters.values()


def test_with_connect_the_bot_and_the_flows_come_along(made: Callable[..., Deployment], tmp_path: Path) -> None:
    release = released(made(**CONNECT), tmp_path)
    assert release.parameters["ConnectInstanceArn"].endswith(f":instance/{CONNECT['CONNECT_INSTANCE_ID']}")
    assert release.parameters["BotArchive"] in release.uploads
    versions = [name for name in release.template["Resources"] if name.startswith("BotVersion")]
    assert len(versions) == 1
    assert versions != ["BotVersion"]
    flow = release.template["Resources"]["InboundFlow"]["Properties"]["Content"]["Fn::Sub"][0]
    assert len(json.loads(flow)["Actions"]) > 10


def test_a_release_changes_with_the_settings_and_with_nothing_else(
    made: Callable[..., Deployment], tmp_path: Path
) -> None:
    first, again = released(made(), tmp_path), released(made(), tmp_path / "elsewhere")
    other = released(made(FIRST_URL_WAIT_MS="900"), tmp_path)
    assert first.parameters == again.parameters
    assert first.uploads.keys() == again.uploads.keys()
    assert other.parameters["Release"] != first.parameters["Release"]


def test_no_secret_and_no_path_of_this_machine_is_deployed(made: Callable[..., Deployment], tmp_path: Path) -> None:
    release = released(made(OPENAI_API_KEY="sk-hidden", VOICEBOT_KEYS__SECRET="voicebot/keys"), tmp_path)
    assert release.parameters["KeysSecretName"] == "voicebot/keys"
    for data in (json.dumps(release.template).encode(), *release.uploads.values()):
        assert b"sk-hidden" not in data
        assert str(tmp_path).encode() not in data


@pytest.mark.parametrize("missing", ["VOICEBOT_DEPLOY__HOURS_ARN", "VOICEBOT_DEPLOY__AGENT_QUEUE_ARN"])
def test_connect_without_people_to_take_over_is_refused(
    made: Callable[..., Deployment], tmp_path: Path, missing: str
) -> None:
    env = {name: value for name, value in CONNECT.items() if name != missing}
    with pytest.raises(ConfigError, match=missing.removeprefix("VOICEBOT_DEPLOY__").lower()):
        released(made(**env), tmp_path)


def test_a_connect_instance_elsewhere_is_refused(made: Callable[..., Deployment], tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="share a region"):
        released(made(**CONNECT, CONNECT_REGION="us-east-1"), tmp_path)


def test_a_plan_uploads_the_template_alone_and_applying_uploads_the_rest_once(
    aws: Callable[[str, str], Any], made: Callable[..., Deployment], unique: str, tmp_path: Path
) -> None:
    s3 = aws("moto", "s3").client

    def keys() -> dict[str, Any]:
        return {
            one["Key"]: one["LastModified"] for one in s3.list_objects_v2(Bucket=f"{unique}-code").get("Contents", [])
        }

    deployment = made()
    plan = deployment.plan(tmp_path / "out", lambda line: None)
    assert plan.kind == "create"
    assert {change.action for change in plan.changes} == {"Add"}
    assert "AnswersTable" in {change.resource for change in plan.changes}
    assert [key.split("/")[0] for key in keys()] == ["templates"]
    release = released(deployment, tmp_path)
    deployment._upload(release, only_template=False)
    before = keys()
    assert set(before) == {release.template_key, *release.uploads}
    deployment._upload(release, only_template=False)
    assert keys() == before


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_nothing_is_packed_for_a_stack_that_cannot_change(
    aws: Callable[[str, str], Any], made: Callable[..., Deployment], unique: str, tmp_path: Path, command: str
) -> None:
    stuck = {"P": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": ""}}}
    with pytest.raises(ClientError):  # moto leaves the stack in the middle of being made
        aws("moto", "cloudformation").client.create_stack(
            StackName=unique, TemplateBody=json.dumps({"Resources": stuck})
        )
    said: list[str] = []
    with pytest.raises(ConflictError, match="is being changed now"):
        getattr(made(), command)(tmp_path / "out", said.append)
    assert said == []
    assert not (tmp_path / "out").exists()


def test_what_would_be_packed_is_said_and_neither_fetched_nor_written(
    made: Callable[..., Deployment], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    contents = made().contents(out)
    built = made().package(tmp_path / "elsewhere", lambda line: None)
    assert not out.exists()
    assert [(one.function, one.files, one.packages) for one in contents] == [
        (one.function, one.files, one.packages) for one in built
    ]
    assert all(one.is_fetched for one in contents)
    (tmp_path / "data" / "wheels").rename(tmp_path / "data" / "gone")
    (one,) = made().contents(out, ["next_batch"])
    assert contents_text([one]).endswith("and pydantic, pyyaml (pip would fetch them)")
    assert not (tmp_path / "data" / "wheels").exists()


def test_files_that_settings_name_come_along(tmp_path: Path) -> None:
    facts = tmp_path / "mine.yaml"
    facts.write_text("hours: {weekday: 오전 9시부터}\n", encoding="utf-8")
    settings, files = carried(load(env={"HOME": "/tmp", "VOICEBOT_CHAT__FACTS": str(facts)}))
    assert settings.chat.facts == Path("/var/task/files/chat.facts.yaml")
    assert files == {"files/chat.facts.yaml": facts.read_bytes()}
    assert (settings.backend, settings.chat.response_bank) == ("aws", None)
    with pytest.raises(ConfigError, match=r"chat\.facts"):
        carried(load(env={"HOME": "/tmp", "VOICEBOT_CHAT__FACTS": str(tmp_path / "gone.yaml")}))
