"""What a user sees when something is wrong: one line that says what to do next, and an exit code; never a traceback."""

from typing import Final

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - botocore's name
    ConnectTimeoutError,
    CredentialRetrievalError,
    HTTPClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    UnauthorizedSSOTokenError,
)

from heliograph.errors import HeliographError, ReadingError, SettingsError
from heliograph_cli.commands import Exit, WrongUse
from heliograph_cli.target import NothingRuns
from heliograph_client import AccessDenied, ApiUnavailable, InvalidAddress, UnexpectedAnswer
from local_engine.machine import NOT_HERE

# What AWS calls credentials that are wrong or out of date, and permissions that are missing.
_BAD_CREDENTIALS: Final = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
        "UnrecognizedClientException",
    }
)
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "Forbidden", "403"})
_NOT_THERE: Final = frozenset(
    {
        "AWS.SimpleQueueService.NonExistentQueue",
        "NoSuchBucket",
        "NotFound",
        "QueueDoesNotExist",
        "ResourceNotFoundException",
    }
)
_FULL: Final = "InsufficientStorage"  # what a laptop's embedded AWS says
_SIGN_IN: Final = "set AWS_PROFILE, or sign in first, such as by `aws sso login`; `heliograph doctor` shows who you are"
_OUTPUTS: Final = 'take the names anew from the stack: eval "$(make outputs ENV=…)"'

# Python has them on Linux and macOS alone.
_POSIX_MODULES: Final = frozenset({"fcntl", "resource"})

Explanation = tuple[Exit, str]


def explain(error: Exception) -> Explanation | None:
    """Return the exit code of an error that isn't the program's own, and what to say; None where it is its own."""
    if isinstance(error, HeliographError):
        return _ours(error)
    if isinstance(error, ClientError):
        return _answered(error)
    if isinstance(error, BotoCoreError):
        return _not_called(error)
    if isinstance(error, ModuleNotFoundError) and error.name in _POSIX_MODULES:
        return Exit.FAILED, NOT_HERE
    if isinstance(error, OSError) and error.filename is not None:
        return Exit.USAGE, f"{error.filename} can't be used: {error.strerror}"
    return None


def _ours(error: HeliographError) -> Explanation:
    if isinstance(error, NothingRuns | ApiUnavailable | UnexpectedAnswer):
        return Exit.UNREACHABLE, str(error)
    if isinstance(error, AccessDenied):
        return Exit.REFUSED, str(error)
    # A reading's error gets this far from an option that is a time; of a file's records each is counted and named.
    if isinstance(error, WrongUse | InvalidAddress | SettingsError | ReadingError):
        return Exit.USAGE, str(error)
    return Exit.FAILED, str(error)


def _answered(error: ClientError) -> Explanation:
    """Return what AWS's answer means."""
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    if code == _FULL:
        return Exit.FAILED, f"nothing more is taken in: {message}"
    if code in _BAD_CREDENTIALS:
        return Exit.REFUSED, f"AWS doesn't know these credentials, or no longer: {code}; {_SIGN_IN}"
    if code in _DENIED:
        return Exit.REFUSED, f"AWS denies {error.operation_name}: {message or code}; ask for that permission"
    if code in _NOT_THERE or (code == "404" and error.operation_name == "HeadBucket"):
        return Exit.UNREACHABLE, f"{error.operation_name}: {message or code}; {_OUTPUTS}"
    return Exit.FAILED, f"AWS refuses {error.operation_name}: {code} {message}".rstrip()


def _not_called(error: BotoCoreError) -> Explanation:
    """Return why AWS couldn't be reached."""
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        return Exit.REFUSED, f"no AWS credentials are found: {_SIGN_IN}"
    if isinstance(error, CredentialRetrievalError | SSOError | UnauthorizedSSOTokenError):
        return Exit.REFUSED, f"the AWS credentials can't be used: {error}; {_SIGN_IN}"
    if isinstance(error, ProfileNotFound):
        return Exit.USAGE, f"{error}; set AWS_PROFILE to one of ~/.aws/config"
    if isinstance(error, NoRegionError):
        return Exit.USAGE, "no AWS region is set: set AWS_DEFAULT_REGION to where the stack is"
    if isinstance(error, ConnectionError | ConnectTimeoutError | HTTPClientError):
        return Exit.UNREACHABLE, f"{error}; check the network and the region, or run `heliograph doctor`"
    return Exit.FAILED, f"AWS can't be asked: {error}"
