"""What a store answers in place of an object, in one line, with what to do about it.

Sources: the error codes of Amazon S3, of Google Cloud Storage's XML API and of Azure's Blob service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from snapinspect.errors import SourceError
from snapinspect.sources.cloud.addresses import Address
from snapinspect.sources.cloud.tools import tool_for

_NOT_THERE = "416 Range Not Satisfiable"
_REGION = re.compile(r"<Region>([a-z0-9-]+)</Region>|expecting '([a-z0-9-]+)'")


class NoSuchObject(SourceError):
    """Nothing has that name; it may be the beginning of others'."""


class Failure(NamedTuple):
    """``sign`` is how it is told; ``{shown}``, ``{bucket}``, ``{region}`` and the lines of ``Tool`` stand in what is said."""

    sign: re.Pattern[str]
    what: str
    hint: str


def _failure(sign: str, what: str, hint: str) -> Failure:
    return Failure(re.compile(sign), what, hint)


_MISSING = _failure(
    r"404 Not Found|NoSuchKey|BlobNotFound|not found",
    "{shown}: there is no such object",
    "Is the name right? {objects} lists what is there.",
)
FAILURES = (
    _failure(
        r"ExpiredToken|TokenRefreshRequired|Request has expired|token (?:has )?expired|<Code>AuthenticationFailed.*[Ee]xpired",
        "{shown}: the credentials have expired",
        "Log in again: {again}",
    ),
    _failure(
        r"NoSuchBucket|ContainerNotFound|The specified bucket does not exist",
        "{shown}: there is no bucket {bucket}",
        "Is its name right, and --endpoint-url? {buckets} lists those you have.",
    ),
    _failure(
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint|without LOCATION|301 Moved",
        "{shown}: the bucket is in another region",
        "Name it: `export AWS_REGION={region}`",
    ),
    _failure(
        r"InvalidAccessKeyId|SignatureDoesNotMatch|InvalidToken|UnrecognizedClientException|AuthenticationFailed|401 Unauthorized|invalid_grant",
        "{shown}: the credentials are not accepted",
        "Are they of this store? {who} tells; --endpoint-url names another store.",
    ),
    _failure(
        r"DecodeCredentials|ReadPem|InvalidAccessKey \{|SasComponent",
        "{shown}: the credentials that are set are none that can be used",
        "They are a service account's key, a user's login, an account's key or its SAS token. Log in: {log_in}",
    ),
    _failure(
        r"RequestTimeTooSkewed",
        "{shown}: this machine's clock is wrong, so that nothing it signs is accepted",
        "Set the clock: `timedatectl set-ntp true`",
    ),
    _failure(
        r"169\.254\.169\.254|metadata\.google\.internal|NoCredentials|MissingCredentials|CredentialsNotFound",
        "{shown}: no credentials are found",
        "Log in: {log_in}",
    ),
    _failure(
        r"403 Forbidden|AccessDenied|AuthorizationPermissionMismatch|PublicAccessNotPermitted|AuthorizationFailure",
        "{shown}: access is denied",
        "Ask for the right to read it: {right}. {who} tells who you are.",
    ),
    _MISSING,
    _failure(
        r"Content-Length|Range",
        "{shown}: the server does not say how large the file is, or what it changed",
        "Download it with another program, and name the file: `curl -fLo snapshot.db URL`",
    ),
    _failure(
        r"error sending request|dns error|Connect|timed out|TimedOut|connection|5\d\d |SlowDown|error decoding response body|IncompleteBody",
        "{shown}: the store cannot be reached, or breaks off",
        "Is the address right (--endpoint-url), and is there a way to it? What has come already is kept.",
    ),
    _failure(
        r"InvalidPath|illegal|[Pp]arse",
        "{shown} cannot be the name of an object",
        "Name it as {objects} shows it, as in s3://bucket/etcd/monday.db.",
    ),
)


@contextmanager
def explained(address: Address) -> Iterator[None]:
    """Makes a SourceError of whatever a store answers. Its own words may hold the URL and its password, and are not shown."""
    try:
        yield
    except SourceError:
        raise
    except Exception as error:
        if not is_of_store(error):
            raise
        raise failure(address, error) from None


def is_of_store(error: Exception) -> bool:
    """Whether the store, or the way to it, made this error."""
    # Imported here, as it is there only where a store was asked.
    from obstore.exceptions import BaseError

    return isinstance(error, BaseError | OSError | ValueError)


def is_refused_range(error: Exception) -> bool:
    """Whether the server only sends a file from its beginning, or has no bytes there."""
    from obstore.exceptions import NotSupportedError

    return isinstance(error, NotSupportedError) or _NOT_THERE in str(error)


def failure(address: Address, error: Exception) -> SourceError:
    """The error in our words."""
    text = str(error)
    region = _REGION.search(text)
    fields = {
        **tool_for(address)._asdict(),
        "shown": address.shown,
        "bucket": address.bucket if address.key or "@" not in address.bucket else address.shown,
        "region": next(filter(None, region.groups())) if region else "REGION",
    }
    for each in FAILURES:
        if each.sign.search(text):
            kind = NoSuchObject if each is _MISSING else SourceError
            return kind(each.what.format(**fields), each.hint.format(**fields))
    return SourceError(f"{address.shown}: the store refuses ({type(error).__name__})", "--debug shows where.")
