"""Who answers: the written answers, and GPT."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from voicebot.client.language import Language
from voicebot.resources import DATA_DIR

if TYPE_CHECKING:
    from voicebot.chat.chajipsa import Chajipsa
    from voicebot.chat.facts import Facts
    from voicebot.chat.protocol import ChatEngine
    from voicebot.chat.responses import Response
    from voicebot.nlu.matcher import Matcher


class Chat(Language):
    """Who answers."""

    @cached_property
    def facts(self) -> Facts:
        """What written answers leave open."""
        from voicebot.chat.facts import Facts

        return Facts.load(self.settings.chat.facts or DATA_DIR / "facts.yaml")

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """The written answers."""
        from voicebot.chat.responses import load_responses

        return load_responses(self.settings.chat.response_bank or DATA_DIR / "response_bank.csv")

    @cached_property
    def questions(self) -> Matcher:
        """Finds the written answer that a question asks for."""
        from voicebot.chat.learned import question_matcher

        return question_matcher(self.model, self.responses, DATA_DIR / "index", self.settings.data_dir / "index")

    @cached_property
    def chajipsa(self) -> Chajipsa:
        """The engine of written answers."""
        from voicebot.chat.chajipsa import Chajipsa
        from voicebot.chat.learned import LearnedUnderstander

        return Chajipsa(
            self.responses,
            self.facts,
            understander=LearnedUnderstander(self.model, self.questions, self.responses),
            clock=self.clock,
            max_misunderstandings=self.settings.turns.max_misunderstandings,
        )

    def chat_engine(self, name: str | None = None) -> ChatEngine:
        """Return a chat engine by name; the configured one when none is named."""
        if (name or self.settings.chat.engine) != "gpt":
            return self.chajipsa
        from voicebot.chat.gpt import GptChat
        from voicebot.chat.references import WrittenReferences

        key = self.keyed_settings.keys.openai
        references = WrittenReferences(self.responses, self.facts)
        secret = key.get_secret_value() if key else None
        return GptChat(self.settings.chat.gpt, secret, self.settings.company, references.find)

    def answered(self, text: str, engine: str | None = None) -> str:
        """Return what a chat engine answers to a text that nothing went before."""
        from voicebot.chat.session import Conversation

        return Conversation(self.chat_engine(engine)).answer(text).text

    @cached_property
    def chat(self) -> ChatEngine:
        """The engine that answers misses."""
        return self.chat_engine()
