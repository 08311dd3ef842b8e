"""What a contact flow needs from outside, on this machine."""

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Mapping

from voicebot.audio.clip import Clip
from voicebot.audio.shape import join, silence
from voicebot.audio.wav import check_connect_prompt, read_audio
from voicebot.cache.protocol import BlobStore
from voicebot.call.simulation.functions import LocalFunctions
from voicebot.errors import InputError, NotFoundError
from voicebot.fillers.shelf import FillerShelf
from voicebot.flow.ports import LexStep, Mode
from voicebot.flow.scenario import Scenario
from voicebot.flow.values import local_values
from voicebot.lex.conversation import LocalConversation
from voicebot.lex.definition import BotDefinition
from voicebot.lex.recogniser import Classifier, LocalRecogniser
from voicebot.settings.tree import Settings
from voicebot.tts.prompts import TELEPHONE_HZ, PromptSpeaker
from voicebot.turns.protocol import JobStore

LOCALE = "ko_KR"
_ARN = "arn:aws:{service}:ap-northeast-2:000000000000:{resource}"

FLOW_VALUES: Mapping[str, str] = {
    "LexBotAliasArn": _ARN.format(service="lex", resource="bot-alias/LOCALBOT00/LOCALALIAS"),
    "NextBatchFunctionArn": _ARN.format(service="lambda", resource="function:next_batch"),
    "TranscribeFunctionArn": _ARN.format(service="lambda", resource="function:transcribe"),
    "OptOutFunctionArn": _ARN.format(service="lambda", resource="function:opt_out"),
    "AgentQueueArn": _ARN.format(service="connect", resource="instance/local/queue/agents"),
    "HoursArn": _ARN.format(service="connect", resource="instance/local/operating-hours/agents"),
}
"""What the placeholders of the bundled flows stand for here."""


def flow_values(settings: Settings, script: Scenario | None = None) -> dict[str, str]:
    """Return what placeholders stand for on this machine; a scenario's own values win."""
    return local_values(settings, FLOW_VALUES, script.values if script else {})


class LocalLex:
    """`voicebot.flow.ports.Lex` with the local recogniser and the deployed code hook.

    Args:
        bot: The bot's definition.
        functions: Where the code hook is.
        classify: Our own classifier.
    """

    def __init__(self, bot: BotDefinition, functions: LocalFunctions, classify: Classifier) -> None:
        self._bot = bot
        self._functions = functions
        self._recogniser = LocalRecogniser(bot.locales[LOCALE], classify)

    def open(self, alias_arn: str, session_id: str, session_attributes: Mapping[str, str]) -> "_Heard":
        """Return a conversation that begins with these session attributes."""
        conversation = LocalConversation(
            self._bot, LOCALE, self._recogniser, self._hook, session_id, dict(session_attributes)
        )
        return _Heard(conversation)

    def _hook(self, event: dict[str, object]) -> Mapping[str, object]:
        reply = self._functions.invoke("lex_hook", event, timeout_s=30.0)
        if not isinstance(reply, dict):
            raise InputError("the code hook's reply is not an object")
        return reply


class _Heard:
    """A conversation, told in the flow's words."""

    def __init__(self, conversation: LocalConversation) -> None:
        self._conversation = conversation

    def hear(self, utterance: str | None, mode: Mode) -> LexStep:
        """Return what the bot makes of what was said or keyed."""
        outcome = self._conversation.hear(utterance, mode)
        return LexStep(
            messages=outcome.messages,
            is_done=outcome.is_done,
            intent_name=outcome.intent_name,
            slots=outcome.slots,
            session_attributes=outcome.session_attributes,
            confidence=outcome.confidence,
            dialog_state=outcome.dialog_state,
        )


class LocalVoice:
    """`voicebot.flow.ports.Voice`: one voice stands for Connect's own, another for the caller."""

    def __init__(self, bot: PromptSpeaker, caller: PromptSpeaker) -> None:
        self._bot = bot
        self._caller = caller
        self._has_spoken = False

    def say(self, text: str, ssml: bool, voice_id: str, language: str) -> Clip:
        """Return the bot's speech; of SSML, the words and the breaks."""
        if not ssml:
            return self._prompt(text)
        clips = [
            self._prompt(part) if isinstance(part, str) else silence(part, TELEPHONE_HZ)
            for part in _speech_and_breaks(text)
        ]
        return join(clips) if clips else silence(0.0, TELEPHONE_HZ)

    def _prompt(self, text: str) -> Clip:
        """Return a prompt; silence goes before a call's first."""
        is_first, self._has_spoken = not self._has_spoken, True
        return self._bot.prompt(text, is_first)

    def caller(self, text: str) -> Clip:
        """Return the speech of a caller who only typed."""
        return self._caller.prompt(text)


class LocalMedia:
    """`voicebot.flow.ports.Media` out of the blob store, as strict as Connect.

    Args:
        blobs: Where the clips are.
        jobs: Knows what is said in answers.
        shelf: Knows what is said in fillers.
        said: What is said in other clips, by URL.
    """

    def __init__(self, blobs: BlobStore, jobs: JobStore, shelf: FillerShelf, said: Mapping[str, str]) -> None:
        self._blobs = blobs
        self._jobs = jobs
        self._shelf = shelf
        self._said = said

    def fetch(self, uri: str) -> Clip:
        """Return the audio at a blob's URL."""
        key = self._blobs.key_of(uri)
        if key is None:
            raise NotFoundError("the audio's address is not one of the blob store")
        with self._blobs.open(key) as file:
            wav = file.read()
        reasons = check_connect_prompt(wav)
        if reasons:
            raise InputError(f"{key}: Connect would not play this clip: {reasons[0]}")
        return read_audio(wav)

    def words(self, uri: str) -> str:
        """Return what is said in a clip."""
        if uri in self._said:
            return self._said[uri]
        key = self._blobs.key_of(uri) or ""
        filler = next((filler.text for filler in self._shelf.fillers if filler.key == key), "")
        return filler or self._jobs.text_of(key)


def _speech_and_breaks(ssml: str) -> Iterator[str | float]:
    """Yield texts, and seconds of silence, in order."""
    try:
        root = ElementTree.fromstring(ssml)
    except ElementTree.ParseError as exc:
        raise InputError(f"the SSML is not well-formed (line {exc.position[0]}, column {exc.position[1]})") from exc
    for text, pause_s in _walk(root):
        if text.strip():
            yield " ".join(text.split())
        if pause_s:
            yield pause_s


def _walk(node: ElementTree.Element) -> Iterator[tuple[str, float]]:
    tag = node.tag.rpartition("}")[2]
    if tag == "break":
        time = node.get("time", "500ms")
        scale, number = (0.001, time.removesuffix("ms")) if time.endswith("ms") else (1.0, time.removesuffix("s"))
        yield "", float(number) * scale
    elif tag == "sub":
        yield node.get("alias", node.text or ""), 0.0
    elif node.text:
        yield node.text, 0.0
    for child in node:
        yield from _walk(child)
        if child.tail:
            yield child.tail, 0.0
