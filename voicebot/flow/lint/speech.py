"""Rules about what a flow says and plays, and about the bots that listen."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from voicebot.audio.wav import check_connect_prompt
from voicebot.flow.findings import Finding, Repair
from voicebot.flow.kinds import BILLED_LIMIT, TEXT_LIMIT
from voicebot.flow.lint.sheet import Block, Sheet
from voicebot.flow.references import references_in

_HANGUL = re.compile(r"[가-힣]")
_TAG = re.compile(r"<[^>]*>")
_TIMEOUT = re.compile(r"x-amz-lex:(?:audio|dtmf|text):[a-z-]+-ms(?::|$)")
_LONGEST_UTTERANCE_MS = 15000
_LEX = "ConnectParticipantWithLexBot"


def speech_findings(sheet: Sheet) -> Iterator[Finding]:
    """Yield what is wrong with prompts and bots."""
    for block in sheet.blocks.values():
        for prompt in block.prompts():
            yield from _words(block, prompt)
            if isinstance(prompt.get("Media"), dict):
                yield from _media(block, prompt["Media"], sheet.audio)
            elif sheet.audio and isinstance(prompt.get("PromptId"), str):
                yield from _audio(block, _prompt_name(sheet, block, prompt["PromptId"]), sheet.audio)
        if block.type == _LEX:
            yield from _bot(block)
    yield from _language(sheet)
    yield from _voice(sheet)


def _words(block: Block, prompt: dict[str, Any]) -> Iterator[Finding]:
    text, ssml = prompt.get("Text"), prompt.get("SSML")
    said: object = ssml if isinstance(ssml, str) else text
    if not isinstance(said, str):
        return
    if not said.strip() and (not said or block.type != _LEX):  # a bot that begins by itself has one space
        yield block.finding("empty-prompt", "the prompt is empty", "write what it says, or a pause in SSML")
    words = _TAG.sub("", said) if said == ssml else said
    if len(said) > TEXT_LIMIT or len(words) > BILLED_LIMIT:
        message = f"{len(words):,} characters spoken, {len(said):,} in all"
        fix = f"split it: {BILLED_LIMIT:,} can be spoken, {TEXT_LIMIT:,} with tags"
        yield block.finding("text-length", message, fix)
    if isinstance(text, str) and text.lstrip().startswith("<speak"):
        fix = "move it to SSML"
        repair = _move_to_ssml(prompt)
        yield block.finding("ssml-in-text", "Text is SSML: its tags would be read out", fix, repair=repair)
    if isinstance(ssml, str) and ssml.strip():
        yield from _ssml(block, ssml)


def _move_to_ssml(prompt: dict[str, Any]) -> Repair:
    def move() -> None:
        prompt["SSML"] = prompt.pop("Text")

    return move


def _ssml(block: Block, ssml: str) -> Iterator[Finding]:
    if references_in(ssml) == [ssml.strip()]:
        return
    try:
        root = ElementTree.fromstring(ssml)
    except ElementTree.ParseError as exc:
        line, column = exc.position
        message = f"the SSML is not well-formed, line {line}, column {column + 1}"
        yield block.finding("ssml-form", message, "close every tag, and write & as &amp;")
        return
    if root.tag.rpartition("}")[2] != "speak":
        yield block.finding("ssml-form", f"the SSML begins with <{root.tag}>", "put it inside <speak>...</speak>")


def _media(block: Block, media: dict[str, Any], audio: Path | None) -> Iterator[Finding]:
    for name, right in (("SourceType", "S3"), ("MediaType", "Audio")):
        if media.get(name, right) != right:
            message = f"Media.{name} is {media[name]!r}"
            repair = partial(media.__setitem__, name, right)
            yield block.finding("media-type", message, f"write {right}, the only one there is", repair=repair)
    uri = media.get("Uri")
    if not isinstance(uri, str) or references_in(uri) == [uri] or uri.startswith("${"):
        return
    problem = _uri_problem(uri)
    if problem:
        fix = "write https://BUCKET.s3.REGION.amazonaws.com/KEY.wav"
        yield block.finding("media-uri", f"Media.Uri {problem}", fix)
    elif audio:
        yield from _audio(block, uri, audio)


def _uri_problem(uri: str) -> str | None:
    """Return why Connect would not find an audio file.

    Source:
        https://docs.aws.amazon.com/connect/latest/adminguide/setup-prompts-s3.html
    """
    parts = urlsplit(uri)
    if parts.scheme != "https":
        return f"begins with {parts.scheme or uri[:8]!r}; flows take https object addresses only"
    if not references_in(parts.netloc) and not (parts.hostname or "").endswith((".amazonaws.com", ".amazonaws.com.cn")):
        return f"is on {parts.hostname!r}, which is not S3"
    path = parts.path.rpartition("/")[2]
    if not references_in(uri) and not path.casefold().endswith(".wav"):
        return f"names {path!r}, which is no .wav file"
    return None


def _prompt_name(sheet: Sheet, block: Block, prompt_id: str) -> str:
    """Return a library prompt's name, which the console keeps in the metadata, or its id."""
    actions = sheet.metadata.get("ActionMetadata")
    notes = actions.get(block.identifier) if isinstance(actions, dict) else None
    name = notes.get("promptName") if isinstance(notes, dict) else None
    return name if isinstance(name, str) else prompt_id


def _audio(block: Block, name: str, folder: Path) -> Iterator[Finding]:
    stem = name.rpartition("/")[2]
    for path in (folder / stem, folder / f"{stem}.wav"):
        if path.is_file():
            for reason in check_connect_prompt(path):
                fix = "convert it: voicebot tts writes it, or ffmpeg -ar 8000 -ac 1 -c:a pcm_mulaw"
                yield block.finding("prompt-audio", f"{path.name}: {reason}", fix)
            return


def _bot(block: Block) -> Iterator[Finding]:
    if "LexBot" in block.parameters:
        message = "LexBot is a Lex V1 bot; Lex V1 ended on 2025-09-15"
        yield block.finding("lex-v1", message, "use LexV2Bot with the ARN of a bot alias")
    if "Media" in block.parameters:
        message = "an audio file as a bot's prompt is in the schema, but the admin guide says it is not supported"
        fix = "play it with MessageParticipant before, and let the bot begin with a short text"
        yield block.finding("lex-media", message, fix, severity="warning")
    attributes = block.parameters.get("LexSessionAttributes")
    for name, value in attributes.items() if isinstance(attributes, dict) else ():
        if not _TIMEOUT.match(name) or references_in(str(value)):
            continue
        longest = _LONGEST_UTTERANCE_MS if ":max-length-ms" in name else None
        if not str(value).isdecimal() or (longest and int(value) > longest):
            limit = f", at most {longest:,}" if longest else ""
            yield block.finding("lex-timeouts", f"{name} is {value!r}", f"write milliseconds{limit}")


def _sets_language(block: Block) -> bool:
    return "LanguageCode" in block.parameters and block.type == "UpdateContactData"


def _calls_others(block: Block) -> bool:
    return block.type == "InvokeFlowModule"


def _language(sheet: Sheet) -> Iterator[Finding]:
    if sheet.flow_type not in (None, "CONTACT_FLOW"):
        return
    if not any(_sets_language(block) for block in sheet.blocks.values()) and not _speaks_korean(sheet):
        return
    for block in sheet.reachable(lambda block: _sets_language(block) or _calls_others(block)):
        if block.type == _LEX:
            message = "the bot can be reached before the contact's language is set, which must be the bot's"
            fix = 'before it, run UpdateContactData with "LanguageCode": "ko-KR"'
            yield block.finding("language-before-lex", message, fix)


def _voice(sheet: Sheet) -> Iterator[Finding]:
    if sheet.flow_type not in (None, "CONTACT_FLOW"):
        return
    for block in sheet.reachable(lambda block: block.type == "UpdateContactTextToSpeechVoice" or _calls_others(block)):
        if any(_is_korean(prompt) for prompt in block.prompts()):
            message = "Korean is spoken before a voice is set, by Connect's default voice, which is English"
            fix = 'before it, run UpdateContactTextToSpeechVoice with "TextToSpeechVoice": "Seoyeon"'
            yield block.finding("voice-before-speech", message, fix, severity="warning")
            return


def _speaks_korean(sheet: Sheet) -> bool:
    return any(_is_korean(prompt) for block in sheet.blocks.values() for prompt in block.prompts())


def _is_korean(prompt: dict[str, Any]) -> bool:
    return any(isinstance(prompt.get(name), str) and _HANGUL.search(prompt[name]) for name in ("Text", "SSML"))
