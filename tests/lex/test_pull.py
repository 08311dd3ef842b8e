"""Pulling: what Lex exports comes back into the folder, and changes nothing that says the same."""

import copy
import json
from pathlib import Path

import pytest

from tests.fakes.lex import BOT_ID, EXPORT_ID, Account, Bucket
from voicebot.errors import InputError, NotFoundError, RefusedError
from voicebot.lex.archive import read_archive, zip_documents
from voicebot.lex.definition import load_bot
from voicebot.lex.documents import build_documents
from voicebot.lex.models import DRAFT
from voicebot.lex.overlay import Document
from voicebot.lex.pull import Pulled, pull_bot
from voicebot.lex.remote import recognise_text
from voicebot.resources import bundled

pytestmark = pytest.mark.contract

YAML = bundled("lex_bots/chajipsa/bot.yaml")
BOT = load_bot(YAML)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "chajipsa"
    folder.mkdir()
    (folder / "bot.yaml").write_bytes(YAML.read_bytes())
    return folder


def exported(files: dict[str, Document]) -> dict[str, Document]:
    """Return an archive as Lex gives it back: identifiers of its own, files in an order of its own."""
    changed = copy.deepcopy(files)
    for number, document in enumerate(changed.values()):
        if len(document.get("identifier") or "") == 10 and document["identifier"] != "FALLBCKINT":
            document["identifier"] = f"LEXLEXLE{number:02}"
    return dict(sorted(changed.items(), reverse=True))


def pulls(account: Account, server: Bucket, files: dict[str, Document], version: str = DRAFT) -> None:
    server.objects["/export?sig=1"] = zip_documents(files)
    account.has_bot()
    asked = {
        "resourceSpecification": {"botExportSpecification": {"botId": BOT_ID, "botVersion": version}},
        "fileFormat": "LexJson",
    }
    account.says("create_export", {"exportId": EXPORT_ID, "exportStatus": "InProgress"}, asked)
    for status, more in (("InProgress", {}), ("Completed", {"downloadUrl": f"{server.url}/export?sig=1"})):
        account.says(
            "describe_export", {"exportId": EXPORT_ID, "exportStatus": status, **more}, {"exportId": EXPORT_ID}
        )


def pull(account: Account, folder: Path, **options: object) -> Pulled:
    own = load_bot(folder) if (folder / "bot.yaml").is_file() else None
    return pull_bot(account.models, "Chajipsa", folder, own, lambda line: None, **options)  # type: ignore[arg-type]


def test_a_round_trip_changes_nothing(account: Account, server: Bucket, folder: Path) -> None:
    files = exported(build_documents(BOT))
    pulls(account, server, files)
    pulled = pull(account, folder)
    account.is_done()
    assert (pulled.changed, pulled.left_out) == ((), ())
    assert (folder / "bot.yaml").read_bytes() == YAML.read_bytes()
    assert read_archive(folder / "archive") == files
    assert load_bot(folder) == BOT


def test_what_was_changed_in_the_console_comes_into_the_yaml(account: Account, server: Bucket, folder: Path) -> None:
    files = build_documents(BOT)
    path = "Chajipsa/BotLocales/ko_KR/Intents/Goodbye/Intent.json"
    files[path]["sampleUtterances"].append({"utterance": "이만 들어가 볼게요"})
    files["Chajipsa/Bot.json"]["errorLogSettings"] = {"enabled": True}
    files["Chajipsa/BotLocales/ko_KR/Intents/Goodbye/ConversationFlow.json"] = {"nodes": []}
    pulls(account, server, files, "3")
    pulled = pull(account, folder, version="3")
    assert set(pulled.changed) == {path, "Chajipsa/Bot.json"}
    assert pulled.left_out == ("Chajipsa/BotLocales/ko_KR/Intents/Goodbye/ConversationFlow.json",)
    again = load_bot(folder)
    goodbye = next(intent for intent in again.locales["ko_KR"].intents if intent.name == "Goodbye")
    assert goodbye.utterances[-1] == "이만 들어가 볼게요"
    assert goodbye.meanings == ("goodbye",)
    assert again.lex == {"errorLogSettings": {"enabled": True}}
    assert again.locales["ko_KR"].audio == BOT.locales["ko_KR"].audio


def test_a_dry_run_says_what_differs_and_writes_nothing(account: Account, server: Bucket, folder: Path) -> None:
    files = build_documents(BOT)
    files["Chajipsa/BotLocales/ko_KR/BotLocale.json"]["nluConfidenceThreshold"] = 0.7
    pulls(account, server, files)
    pulled = pull(account, folder, is_dry_run=True)
    assert pulled.changed == ("Chajipsa/BotLocales/ko_KR/BotLocale.json",)
    assert [path.name for path in folder.iterdir()] == ["bot.yaml"]


def test_a_bot_that_was_never_here_gets_its_folder(account: Account, server: Bucket, tmp_path: Path) -> None:
    pulls(account, server, build_documents(BOT))
    pulled = pull(account, tmp_path / "new")
    assert len(pulled.changed) == 8
    assert load_bot(tmp_path / "new").locales["ko_KR"].confidence_threshold == 0.55
    assert json.loads((tmp_path / "new" / "archive" / "Manifest.json").read_text())["metaData"]["resourceType"] == "BOT"


def test_what_cannot_be_pulled_is_said(account: Account, server: Bucket, folder: Path, tmp_path: Path) -> None:
    account.has_bot(bot_id=None)
    with pytest.raises(NotFoundError, match="no bot Chajipsa"):
        pull(account, folder)
    account.has_bot()
    account.says("create_export", {"exportId": EXPORT_ID}, None)
    account.says("describe_export", {"exportId": EXPORT_ID, "exportStatus": "Failed", "failureReasons": ["too large"]})
    with pytest.raises(RefusedError, match="export failed: too large"):
        pull(account, folder)
    files = build_documents(BOT.model_copy(update={"name": "Other"}))
    pulls(account, server, files)
    with pytest.raises(InputError, match="holds the bot Chajipsa, not Other"):
        pull(account, folder)


def test_lex_is_asked_with_the_times_that_a_flow_sends(account: Account) -> None:
    account.has_bot()
    account.has_alias(botVersion="1")
    reply = {
        "interpretations": [
            {"intent": {"name": "AgentRequest", "slots": {"Car": {"value": {"interpretedValue": "소형차"}}}}, "nluConfidence": {"score": 0.91}},
            {"intent": {"name": "FallbackIntent"}},
        ]
    }  # fmt: skip
    account.says("recognize_text", reply, None, "lexv2-runtime")
    audio = BOT.locales["ko_KR"].audio
    runtime = account.service("lexv2-runtime")
    found = recognise_text(account.models, runtime, "Chajipsa", "live", "ko_KR", "상담원", audio)
    assert [(one.intent, one.confidence, one.slots) for one in found] == [
        ("AgentRequest", 0.91, {"Car": "소형차"}),
        ("FallbackIntent", None, {}),
    ]
    account.has_bot()
    account.has_alias()
    with pytest.raises(NotFoundError, match="no alias live"):
        recognise_text(account.models, runtime, "Chajipsa", "live", "ko_KR", "상담원", audio)
    account.is_done()
