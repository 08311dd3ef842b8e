"""Settings of the chat engines."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from voicebot.settings.base import Slice


class GptChatSettings(Slice):
    """A language model behind the OpenAI API, or a compatible server."""

    base_url: str = "https://api.openai.com"
    api: Literal["responses", "chat_completions"] = "responses"
    model: str = Field("gpt-6-luna", min_length=1)
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high"] | None = None
    max_output_tokens: int = Field(300, ge=16, le=4096)
    history_turns: int = Field(6, ge=0, le=50)
    references: int = Field(4, ge=0, le=20)
    connect_timeout_s: float = Field(3.0, gt=0, le=60)
    first_token_timeout_s: float = Field(6.0, gt=0, le=120)
    total_timeout_s: float = Field(20.0, gt=0, le=600)


class ChatSettings(Slice):
    """Text to reply."""

    engine: Literal["chajipsa", "gpt"] = "chajipsa"
    facts: Path | None = None
    response_bank: Path | None = None
    gpt: GptChatSettings = GptChatSettings()
