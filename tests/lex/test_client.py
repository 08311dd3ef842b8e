"""The bot's services as the client puts them together."""

from pathlib import Path

import pytest

from tests.fakes.lex import ALIAS_ARN, REGION, ROLE, Account
from voicebot.client import Voicebot
from voicebot.errors import InputError, NotFoundError
from voicebot.settings.load import load

pytestmark = pytest.mark.contract

CHAJIPSA = Path("lex_bots/chajipsa")


@pytest.fixture
def voicebot(tmp_path: Path, account: Account) -> Voicebot:
    overrides = {"data_dir": str(tmp_path / "data"), "backend": "aws", "lex.role_arn": ROLE}
    client = Voicebot(load(env={"HOME": str(tmp_path)}, overrides=overrides), clock=account.clock)
    client.__dict__["connect_aws"] = account
    return client


def test_lex_is_in_the_region_of_the_connect_instance(tmp_path: Path) -> None:
    overrides = {"data_dir": str(tmp_path), "aws.region": "us-east-1", "aws.connect_region": REGION}
    client = Voicebot(load(env={"HOME": str(tmp_path)}, overrides=overrides))
    assert (client.connect_aws.region, client.lex_models.region, client.aws.region) == (REGION, REGION, "us-east-1")


def test_publishing_and_rolling_back_find_the_bot_by_the_yamls_name(voicebot: Voicebot, account: Account) -> None:
    account.has_bot(bot_id=None)
    done = voicebot.publish_bot(CHAJIPSA, lambda line: None, is_dry_run=True)
    assert (done.bot, done.alias, done.alias_arn) == ("Chajipsa", "live", "")
    history = [{"botVersion": version, "startDate": day} for version, day in (("1", "2026-11-01"), ("2", "2026-11-02"))]
    account.has_bot()
    account.has_alias(botVersion="2", botAliasHistoryEvents=history)
    done = voicebot.roll_back_bot(CHAJIPSA, None, lambda line: None, is_dry_run=True)
    assert (done.version, done.alias_arn) == ("1", ALIAS_ARN)
    account.is_done()


def test_trying_asks_lex_on_aws_and_the_recogniser_here(voicebot: Voicebot, account: Account, tmp_path: Path) -> None:
    account.has_bot()
    asked = {"intent": {"name": "AgentRequest"}, "nluConfidence": {"score": 1.0}}
    account.says("recognize_text", {"interpretations": [asked]}, None, "lexv2-runtime")
    assert [one.intent for one in voicebot.recognise("상담원", CHAJIPSA, "ko_KR", "DRAFT")] == ["AgentRequest"]
    account.is_done()
    here = Voicebot(load(env={"HOME": str(tmp_path)}, overrides={"data_dir": str(tmp_path)}))
    assert here.recognise("상담원", CHAJIPSA, "ko_KR")[0].intent == "AgentRequest"
    with pytest.raises(NotFoundError, match="no locale en_US"):
        here.recognise("agent", CHAJIPSA, "en_US")


def test_a_folder_without_a_bot_needs_a_name(voicebot: Voicebot, account: Account, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="names the bot"):
        voicebot.pull_bot(tmp_path, None, lambda line: None)
    account.has_bot("Chajipsa", None)
    with pytest.raises(NotFoundError):
        voicebot.pull_bot(tmp_path, "Chajipsa", lambda line: None)
