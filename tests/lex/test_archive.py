"""The archive: shaped as exports are, the same bytes each time, and nothing lost on the way there and back."""

import copy
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lex.bots import BOTS
from voicebot.errors import InputError, NotFoundError
from voicebot.lex.archive import read_archive, unzip_documents, write_folder, zip_documents
from voicebot.lex.definition import BotDefinition, bot_yaml, load_bot
from voicebot.lex.documents import build_documents
from voicebot.lex.overlay import significant, without_assigned
from voicebot.lex.reading import read_documents, with_own
from voicebot.resources import bundled

pytestmark = pytest.mark.unit

SHIPPED = load_bot(bundled("lex_bots/chajipsa/bot.yaml"))
EXPORT = Path(__file__).parent / "exports" / "carhire"

JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(0, 9), st.sampled_from(["가", "b"])),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.sampled_from("pqr"), inner, max_size=2)),
    max_leaves=4,
)
KEYS = ("kendraConfiguration", "initialResponseSetting", "generativeAISettings", "somethingNew", "inputContexts")


def said(files: dict[str, Any]) -> dict[str, Any]:
    """Return what an archive says: without what Lex assigns, nulls and order."""
    return {path: significant(without_assigned(document)) for path, document in files.items()}


@given(BOTS)
@settings(max_examples=60, deadline=None)
def test_a_bot_comes_back_from_its_archive_unchanged(bot: BotDefinition) -> None:
    files = unzip_documents(zip_documents(build_documents(bot)))
    assert with_own(read_documents(files), bot) == bot


@given(BOTS)
@settings(max_examples=40, deadline=None)
def test_a_bot_comes_back_from_its_yaml_unchanged(bot: BotDefinition) -> None:
    assert BotDefinition.model_validate(yaml.safe_load(bot_yaml(bot))) == bot


@given(BOTS, st.dictionaries(st.tuples(st.integers(0, 50), st.sampled_from(KEYS)), JSON, max_size=4))
@settings(max_examples=60, deadline=None)
def test_an_archive_comes_back_from_our_yaml_whatever_else_it_holds(
    bot: BotDefinition, more: dict[tuple[int, str], Any]
) -> None:
    files = copy.deepcopy(build_documents(bot))
    parts = [path for path in files if not path.endswith(("Manifest.json", "CustomVocabulary.json"))]
    for (place, key), value in more.items():
        files[parts[place % len(parts)]][key] = value
    text = bot_yaml(read_documents(files))
    assert said(build_documents(BotDefinition.model_validate(yaml.safe_load(text)))) == said(files)


def test_an_export_of_the_console_comes_back_with_all_it_says() -> None:
    files = read_archive(EXPORT)
    bot = read_documents(files)
    again = build_documents(BotDefinition.model_validate(yaml.safe_load(bot_yaml(bot))))
    assert said(again) == said(files)
    locale = bot.locales["ko_KR"]
    book = next(intent for intent in locale.intents if intent.name == "BookVisit")
    assert [slot.name for slot in book.slots] == ["VisitDate", "CarType"]
    assert book.slots[1].prompts == ("어떤 차를 맡기시나요?", "차종을 말씀해 주세요.")
    assert book.lex["initialResponseSetting"]["nextStep"]["dialogAction"]["type"] == "InvokeDialogCodeHook"
    assert locale.audio is not None
    assert locale.audio.end_timeout_ms == 900


def test_the_same_bot_gives_the_same_bytes_and_another_bot_others() -> None:
    first = zip_documents(build_documents(SHIPPED))
    assert zip_documents(build_documents(load_bot(bundled("lex_bots/chajipsa/bot.yaml")))) == first
    other = SHIPPED.model_copy(update={"description": "다른 봇"})
    assert zip_documents(build_documents(other)) != first


def test_the_archive_is_laid_out_and_worded_as_exports_are() -> None:
    with zipfile.ZipFile(io.BytesIO(zip_documents(build_documents(SHIPPED)))) as archive:
        names = archive.namelist()
        intent_text = archive.read("Chajipsa/BotLocales/ko_KR/Intents/AgentRequest/Intent.json").decode()
        documents = {name: json.loads(archive.read(name)) for name in names}
    assert names[:3] == ["Manifest.json", "Chajipsa/Bot.json", "Chajipsa/BotLocales/ko_KR/BotLocale.json"]
    assert documents["Manifest.json"] == {
        "metaData": {"schemaVersion": "1", "fileFormat": "LexJson", "resourceType": "BOT"}
    }
    locale = documents["Chajipsa/BotLocales/ko_KR/BotLocale.json"]
    assert locale["name"] == "Korean (South Korea)"
    assert locale["voiceSettings"] == {"voiceId": "Seoyeon", "engine": "neural"}
    assert locale["nluConfidenceThreshold"] == SHIPPED.locales["ko_KR"].confidence_threshold
    assert "version" in locale
    assert '"utterance": "상담원 연결해 주세요"' in intent_text
    assert '"kendraConfiguration": null' in intent_text
    fallback = documents["Chajipsa/BotLocales/ko_KR/Intents/FallbackIntent/Intent.json"]
    assert (fallback["identifier"], fallback["sampleUtterances"]) == ("FALLBCKINT", None)
    assert fallback["fulfillmentCodeHook"]["isActive"] is True
    assert all(len(documents[name].get("identifier", "ko_KR00000")) in (5, 10) for name in names)


def test_a_folder_is_replaced_whole_and_never_one_of_something_else(tmp_path: Path) -> None:
    files = build_documents(SHIPPED)
    write_folder(tmp_path / "archive", files)
    fewer = {path: document for path, document in files.items() if "Goodbye" not in path}
    write_folder(tmp_path / "archive", fewer)
    assert said(read_archive(tmp_path / "archive")) == said(fewer)
    assert [path.name for path in tmp_path.iterdir()] == ["archive"]
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").write_text("hello")
    with pytest.raises(InputError, match="something else"):
        write_folder(tmp_path / "own", files)


def test_what_is_no_archive_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a zip"):
        unzip_documents(b"hello")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../out.json", "{}")
    with pytest.raises(InputError, match="leads out"):
        unzip_documents(buffer.getvalue())
    with pytest.raises(InputError, match="is a bot"):
        read_documents({"Manifest.json": {"metaData": {"resourceType": "BOT_LOCALE"}}})
    with pytest.raises(InputError, match=r"Bot\.json"):
        read_documents({"Manifest.json": {"metaData": {"resourceType": "BOT"}}})
    with pytest.raises(NotFoundError):
        read_archive(tmp_path / "nothing.zip")


def test_a_part_that_is_no_bot_names_the_key(tmp_path: Path) -> None:
    path = tmp_path / "bot.yaml"
    path.write_text("name: A\nlocales: {ko_KR: {intents: [{name: B, utterance: [가]}]}}", encoding="utf-8")
    with pytest.raises(InputError, match=r"locales\.ko_KR\.intents\.0\.utterance"):
        load_bot(path)
