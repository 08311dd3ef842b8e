"""The desk of whoever approves answers: one item at a time, and everything can be taken back."""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from voicebot.cache.approval.publish import AnswerPublisher, Published
from voicebot.cache.protocol import InboxItem, InboxState
from voicebot.cache.transfer.seed import add_by_hand, by_hand
from voicebot.client import Voicebot
from voicebot.errors import ConfigError, ConflictError, InputError, NotFoundError, VoicebotError
from voicebot.korean.normalize import clean, has_speech
from voicebot.tts.estimate import approve_cost, estimate

MAX_UNDO = 200
MAX_COST_USD = 1.0

_OPEN: tuple[InboxState, ...] = ("pending", "failed", "synthesised", "dead")


@dataclass(frozen=True)
class DeskItem:
    """An inbox item as a person sees it.

    Attributes:
        item: The item.
        text: Its answer with the facts filled in, or an empty string.
        has_audio: True when callers hear an approved answer to it.
        can_undo: True when the last thing done to it here can be taken back.
    """

    item: InboxItem
    text: str
    has_audio: bool
    can_undo: bool


class Desk:
    """Works on the inbox for a page.

    Args:
        client: Where the stores are.
    """

    def __init__(self, client: Voicebot) -> None:
        self._client = client
        self._undos: OrderedDict[str, Callable[[], None]] = OrderedDict()
        self._indexing = threading.Lock()

    def items(self, state: InboxState | None, words: str, limit: int) -> list[DeskItem]:
        """Return items, most asked first.

        Args:
            state: Only these.
            words: Only those that hold these words.
            limit: At most so many.
        """
        wanted = words.casefold()
        found = (
            item
            for item in self._client.inbox.scan(state)
            if wanted in item.utterance.casefold() or wanted in (item.answer or "").casefold()
        )
        return [self._shown(item) for item in islice(found, limit)]

    def item(self, name: str) -> DeskItem:
        """Return one item by its short name."""
        return self._shown(self._find(name))

    def add(self, utterance: str, answer: str, intent: str) -> DeskItem:
        """Put a question and its answer into the inbox."""
        client = self._client
        return self._shown(add_by_hand(client.inbox, by_hand(client.lookup, client.facts, utterance, answer, intent)))

    def edit(self, name: str, answer: str, intent: str | None) -> DeskItem:
        """Change the answer that an item is to get.

        Raises:
            InputError: The answer has no words, or names a fact that is not known.
            ConflictError: The item is worked on, or done with.
        """
        item = self._find(name)
        if not has_speech(clean(answer)):
            raise InputError("an answer in words is needed")
        missing = self._client.facts.missing(answer)
        if missing:
            raise InputError(f"the fact {missing[0]!r} is not known", hint="add it to the facts file")
        if item.state in ("synthesised", "dead", "rejected"):
            self._client.inbox.set_state(item.id, "pending")
        intent = item.intent if intent is None else intent
        if not self._client.inbox.propose(item.id, answer, intent, 1.0, "person"):
            raise ConflictError("the item cannot be changed now", hint="take its approval back first")
        self._remember(name, lambda: self._propose_again(item))
        return self.item(name)

    def approve(self, name: str, engine: str | None = None) -> DeskItem:
        """Speak an item's answer and make it the one that callers hear.

        Raises:
            InputError: It has no answer yet.
            ConflictError: Somebody else works on it.
            RefusedError: It would cost more than `MAX_COST_USD`.
        """
        client, item = self._client, self._find(name)
        if not item.answer:
            raise InputError("the item has no answer yet", hint="write one first")
        if item.state not in _OPEN:
            raise ConflictError(f"the item is {item.state}", hint="take that back first")
        publisher = client.answer_publisher(client.answer_voice(engine))
        owner = f"desk:{uuid.uuid4().hex[:8]}"
        taken = client.inbox.take(item.id, client.settings.cache.lease_s, owner)
        if taken is None:
            raise ConflictError("somebody else works on the item", hint="try again in a minute")
        try:
            published = publisher.publish(taken, lambda text: self._buy(engine, text))
            client.inbox.settle(item.id, owner, "approved")
        except VoicebotError:
            client.inbox.release(owner)
            raise
        self._remember(name, lambda: self._withdraw(publisher, published, item))
        self._index_soon()
        return self.item(name)

    def reject(self, name: str) -> DeskItem:
        """Put an item aside for good.

        Raises:
            ConflictError: Somebody works on it.
        """
        item = self._find(name)
        self._set(item, "rejected")
        self._remember(name, lambda: self._set(item, item.state))
        return self.item(name)

    def undo(self, name: str) -> DeskItem:
        """Take back the last thing that was done to an item here.

        Raises:
            ConflictError: There is nothing to take back, or somebody has changed it since.
        """
        back = self._undos.pop(name, None)
        if back is None:
            raise ConflictError("there is nothing to take back", hint="only what this server did can be taken back")
        back()
        return self.item(name)

    def audio(self, name: str) -> bytes:
        """Return what callers hear.

        Raises:
            NotFoundError: There is no approved answer.
        """
        answer = self._client.answers.get(self._find(name).id)
        if answer is None:
            raise NotFoundError("the item has no approved answer", hint="approve it first")
        with self._client.blobs.open(answer.clips[0]) as file:
            return file.read()

    def _find(self, name: str) -> InboxItem:
        for item in self._client.inbox.scan():
            if item.id_hash == name:
                return item
        raise NotFoundError("the inbox has no such item", hint="look at the list again")

    def _shown(self, item: InboxItem) -> DeskItem:
        try:
            text = self._client.facts.fill(item.answer or "")
        except ConfigError:
            text = item.answer or ""
        has_audio = item.state == "approved" and self._client.answers.get(item.id) is not None
        return DeskItem(item, text, has_audio, item.id_hash in self._undos)

    def _set(self, item: InboxItem, state: InboxState) -> None:
        if not self._client.inbox.set_state(item.id, state):
            raise ConflictError("somebody works on the item", hint="try again in a minute")

    def _propose_again(self, item: InboxItem) -> None:
        self._client.inbox.propose(item.id, item.answer or "", item.intent, item.confidence, "person")
        self._set(item, item.state)

    def _withdraw(self, publisher: AnswerPublisher, published: Published, item: InboxItem) -> None:
        publisher.withdraw(published)
        self._set(item, "pending")
        self._index_soon()

    def _buy(self, engine: str | None, text: str) -> None:
        approve_cost(estimate(self._client.speaker(engine).info, [text], self._client.pronunciations), MAX_COST_USD)

    def _remember(self, name: str, back: Callable[[], None]) -> None:
        self._undos.pop(name, None)
        self._undos[name] = back
        while len(self._undos) > MAX_UNDO:
            self._undos.popitem(last=False)

    def _index_soon(self) -> None:
        """Have paraphrases of the approved questions found, beside the request."""

        def build() -> None:
            with self._indexing:
                self._client.answer_index.build()

        threading.Thread(target=build, name="index", daemon=True).start()
