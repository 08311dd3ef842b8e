"""What Amazon Web Services refuses, in our own words.

A refusal is read from the error's code. A bare HTTP 404 says nothing: servers answer it for calls they do not know.
"""

from botocore.exceptions import (
    ClientError,
    ConfigParseError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSLError,
    SSOError,
    TokenRetrievalError,
)
from botocore.exceptions import (
    ConnectionError as OutOfReachError,
)
from botocore.parsers import ResponseParserError

from voicebot.aws.setup import SETUP_HINT
from voicebot.errors import ConfigError, ConflictError, InputError, StorageError, VoicebotError

_SIGN_IN_HINT = "give this process AWS credentials, e.g. run: aws sso login, or set AWS_PROFILE"

_THROTTLES = frozenset(
    {
        "429",
        "BandwidthLimitExceeded",
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "ThrottledException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
_TRANSIENT = frozenset({"RequestTimeout", "RequestTimeoutException", "InternalError", "InternalServerError"})
_CONDITION_FAILED = frozenset({"ConditionalCheckFailedException", "PreconditionFailed", "ConditionalRequestConflict"})
_UNKNOWN_SIGNER = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "InvalidToken",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_FORBIDDEN = frozenset(
    {"400", "403", "AccessDenied", "AccessDeniedException", "AllAccessDisabled", "UnauthorizedAccess"}
)
_OTHER_REGION = frozenset({"301", "AuthorizationHeaderMalformed", "PermanentRedirect"})
CREDENTIAL_ERRORS = (
    ConfigParseError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)


class ConditionError(ConflictError):
    """A conditional write was refused.

    Args:
        message: What was refused.
        is_repeat: True when an earlier attempt of the same call got no answer, and so may be what the condition met.
    """

    def __init__(self, message: str, *, is_repeat: bool) -> None:
        super().__init__(message)
        self.is_repeat = is_repeat


def refusal(exc: Exception, service: str, region: str, operation: str, is_repeat: bool = False) -> VoicebotError | None:
    """Return botocore's error in our own words; None for one that only a bug explains.

    Args:
        exc: A ``ClientError``, a ``BotoCoreError`` or a ``ResponseParserError``.
        service: botocore's name for the service.
        region: Where it is.
        operation: botocore's name for what was asked.
        is_repeat: See `ConditionError`.
    """
    where = f"{service} in {region}"
    if isinstance(exc, ClientError):
        return _answered(exc, service, operation, where, is_repeat)
    if isinstance(exc, CREDENTIAL_ERRORS):
        return no_credentials(where, exc)
    if isinstance(exc, SSLError):
        return ConfigError(
            f"{where}: the server's certificate is not trusted", hint="check the endpoint, or set AWS_CA_BUNDLE"
        )
    if isinstance(exc, ResponseParserError):
        return StorageError(
            f"{where}: the answer to {operation} is none of this service's",
            hint="is a proxy in between? try again later",
        )
    if isinstance(exc, OutOfReachError | HTTPClientError):
        return StorageError(
            f"{where}: out of reach ({type(exc).__name__})",
            hint="check the network, aws.region and the endpoint, and try again",
        )
    return None


def _answered(exc: ClientError, service: str, operation: str, where: str, is_repeat: bool) -> VoicebotError | None:
    code = error_code(exc)
    status = int(exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in _CONDITION_FAILED:
        return ConditionError("somebody else changed the same thing first", is_repeat=is_repeat)
    if is_throttle(exc):
        return StorageError(f"{where}: too many requests ({code})", hint="try again later, or with fewer workers")
    if (status >= 500 and code not in ("501", "NotImplemented")) or code in _TRANSIENT:
        return StorageError(f"{where}: fails just now ({code})", hint="try again later")
    if code in ("ResourceNotFoundException", "TableNotFoundException") and service == "dynamodb":
        return ConfigError(f"{where}: the table does not exist", hint=SETUP_HINT)
    if code == "NoSuchBucket":
        return ConfigError(f"{where}: the bucket does not exist", hint=SETUP_HINT)
    if code in _UNKNOWN_SIGNER:
        return ConfigError(f"{where}: refuses these credentials ({code})", hint=_SIGN_IN_HINT)
    if code == "RequestTimeTooSkewed":
        return ConfigError(f"{where}: this machine's clock is wrong", hint="set the clock")
    if code in _FORBIDDEN or code.startswith("KMS."):
        return ConfigError(
            f"{where}: {operation} is not allowed ({code})", hint="give this identity the permission it needs"
        )
    if code in _OTHER_REGION:
        return ConfigError(f"{where}: the bucket is in another region", hint="set aws.region to the bucket's")
    if code == "ValidationException" and "Item size" in str(exc):
        return InputError(f"{where}: an item is larger than 400 KB", hint="shorten the answer")
    return None


def no_credentials(where: str, exc: Exception) -> ConfigError:
    """Return that nothing can be signed with."""
    return ConfigError(f"{where}: no credentials can be used ({type(exc).__name__})", hint=_SIGN_IN_HINT)


def error_code(exc: ClientError) -> str:
    """Return a service's own word for what was wrong; empty when it has none."""
    return str(exc.response.get("Error", {}).get("Code", ""))


def is_throttle(exc: Exception) -> bool:
    """Return whether a service asks for fewer requests."""
    return isinstance(exc, ClientError) and error_code(exc) in _THROTTLES
