"""AWS Secrets Manager."""

from botocore.exceptions import ClientError

from voicebot.aws.refusals import error_code
from voicebot.aws.session import AwsService
from voicebot.errors import ConfigError


def fetch_secret(service: AwsService, name: str) -> str:
    """Return the text of a secret.

    Args:
        service: Secrets Manager.
        name: The secret's name or ARN.

    Raises:
        ConfigError: There is no such secret, it has no text, or its key may not be used.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
    """
    try:
        reply = service.call("get_secret_value", SecretId=name)
    except ClientError as exc:
        code = error_code(exc)
        if code == "ResourceNotFoundException":
            raise ConfigError(
                f"secret {name}: does not exist in {service.region}", hint="check keys.secret, or create the secret"
            ) from exc
        if code in ("DecryptionFailure", "InvalidRequestException"):
            raise ConfigError(
                f"secret {name}: cannot be read ({code})", hint="is it being deleted, or its key out of reach?"
            ) from exc
        raise
    text = reply.get("SecretString")
    if not text:
        raise ConfigError(f"secret {name}: has no text", hint="store it as a JSON object, not as binary")
    return str(text)
