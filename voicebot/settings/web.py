"""Settings of `voicebot serve`."""

from pydantic import Field, SecretStr

from voicebot.settings.base import Names, Slice


class WebSettings(Slice):
    """The web page, its API, and the servers beside it."""

    host: str = "127.0.0.1"
    port: int = Field(5051, ge=0, le=65535)
    token: SecretStr | None = None
    allowed_hosts: Names = ()
    webhook_secret: SecretStr | None = None
    max_upload_mb: int = Field(25, ge=1, le=1024)
    max_streams: int = Field(64, ge=1, le=1024)
    request_timeout_s: float = Field(30.0, gt=0)
    shutdown_s: float = Field(20.0, ge=0)
