"""Settings of the Lex bot on AWS."""

from pydantic import Field

from voicebot.settings.base import Slice


class LexSettings(Slice):
    """Where `voicebot lex publish` brings the bot, in the region of the Connect instance."""

    alias: str = Field("live", pattern=r"^([0-9a-zA-Z][_-]?){1,100}$")
    role_arn: str | None = Field(None, pattern=r"^arn:aws:iam::[0-9]{12}:role/.+$")
    hook_arn: str | None = Field(None, pattern=r"^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9-_]+(:.+)?$")
    log_group_arn: str | None = Field(None, pattern=r"^arn:aws:logs:[a-z0-9-]+:[0-9]{12}:log-group:.+$")
    wait_s: float = Field(900.0, gt=0)
