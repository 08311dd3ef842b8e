"""Calls on an instance that publishing makes only for modules."""

import pytest

pytest.importorskip("botocore", reason="boto3 is not installed; pip install 'voicebot[dev]'")

from tests.fakes.aws import ACCOUNT, REGION, ScriptedAws
from voicebot.flow.connect import ConnectFlows, Pace, RemoteFlow

pytestmark = pytest.mark.unit


def test_a_module_s_version_is_made_by_the_module_s_own_call() -> None:
    aws = ScriptedAws()
    arn = f"arn:aws:connect:{REGION}:{ACCOUNT}:instance/i/flow-module/m"
    asked = {"InstanceId": "i", "ContactFlowModuleId": "m", "Description": "before the change"}
    aws.answer("connect", "create_contact_flow_module_version", {"ContactFlowModuleArn": arn, "Version": 4}, **asked)
    flows = ConnectFlows(aws.service("connect"), "i", Pace(aws.clock))
    assert flows.version(RemoteFlow("m", arn, "본인 확인", "MODULE", "PUBLISHED"), "before the change") == 4
    aws.check_all_asked()
