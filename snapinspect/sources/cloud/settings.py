"""What the clouds' own tools are told by the environment and by profiles, as ``obstore`` takes it.

Sources: docs.aws.amazon.com/cli "Configuration and credential file settings"; the environment of ``az storage``; gcloud's
application default credentials. What ``obstore`` reads from the environment by itself is not said again.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from snapinspect.errors import SourceError
from snapinspect.sources.cloud.addresses import endpoint_url
from snapinspect.sources.cloud.tools import TOOLS

Settings = dict[str, Any]

_AWS_KEYS = {
    "aws_access_key_id": "access_key_id",
    "aws_secret_access_key": "secret_access_key",
    "aws_session_token": "session_token",
}
_AWS_OTHER = (
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
)
_AWS_ELSEWHERE = ("credential_process", "sso_session", "sso_start_url", "role_arn")
"""Ways to credentials that the cloud's own tool goes, and hands on what it found."""
_METADATA = ("169.254.169.254", 80)
_PATIENCE = 1.0
_LONGEST_BUNDLE = 16 << 20
"""Bytes of a file of certificates, many times those of a system's authorities."""
_AZURE = {
    "AZURE_STORAGE_ACCOUNT": "account_name",
    "AZURE_STORAGE_KEY": "account_key",
    "AZURE_STORAGE_SAS_TOKEN": "sas_key",
}
_CONNECTION = {
    "AccountName": "account_name",
    "AccountKey": "account_key",
    "SharedAccessSignature": "sas_key",
    "BlobEndpoint": "endpoint",
}
_TRUE = frozenset({"1", "true", "yes"})


def aws(environ: Mapping[str, str] = os.environ) -> Settings:
    """Region, endpoint and credentials. Raises SourceError where there are none, or a profile is wanted that is not there."""
    profile = _profile(environ)
    found: Settings = {}
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or profile.get("region")
    endpoint = endpoint_url.get() or environ.get("AWS_ENDPOINT_URL_S3") or environ.get("AWS_ENDPOINT_URL")
    if region:
        found["region"] = region
    if endpoint := endpoint or profile.get("endpoint_url"):
        found["endpoint"] = endpoint
    if environ.get("AWS_ACCESS_KEY_ID") or environ.get("AWS_SKIP_SIGNATURE", "").lower() in _TRUE:
        return found
    kept = {ours: profile[theirs] for theirs, ours in _AWS_KEYS.items() if theirs in profile}
    if "access_key_id" in kept:
        return found | kept
    if any(profile.get(each) for each in _AWS_ELSEWHERE):
        name = environ.get("AWS_PROFILE", "default")
        raise SourceError(
            f"the AWS profile {name} gets its credentials by a way that only the aws tool goes",
            f'Let it hand them on: `eval "$(aws configure export-credentials --profile {name} --format env)"`',
        )
    if not any(map(environ.get, _AWS_OTHER)) and not _is_in_ec2(environ):
        raise SourceError("no credentials for S3 are found", f"Log in: {TOOLS['s3://'].log_in}")
    return found


def google(environ: Mapping[str, str] = os.environ) -> Settings:
    """The key's file, where gcloud's configuration has another place, and the endpoint. Raises SourceError for a file that is none."""
    found: Settings = {"base_url": endpoint_url.get()} if endpoint_url.get() else {}
    named = environ.get("GOOGLE_APPLICATION_CREDENTIALS")
    default = (
        Path(environ.get("CLOUDSDK_CONFIG") or "~/.config/gcloud").expanduser() / "application_default_credentials.json"
    )
    if named or default.is_file():
        found["application_credentials"] = named or str(default)
        _require_key(Path(named or default))
    return found


def _require_key(path: Path) -> None:
    try:
        with path.open("rb") as file:
            is_key = isinstance(json.loads(file.read(_LONGEST_BUNDLE)), dict)
    except ValueError:
        is_key = False
    except OSError as error:
        raise SourceError(
            f"Google's credentials {path}: {error.strerror}", f"Log in: {TOOLS['gs://'].log_in}"
        ) from None
    if not is_key:
        raise SourceError(f"Google's credentials {path} are no JSON", f"Log in: {TOOLS['gs://'].log_in}")


def azure(environ: Mapping[str, str] = os.environ) -> Settings:
    """Account, key and endpoint; without a key, what ``az login`` left. Raises SourceError when no account is named."""
    said = environ.get("AZURE_STORAGE_CONNECTION_STRING", "")
    parts = dict(each.split("=", 1) for each in said.split(";") if "=" in each)
    found: Settings = {ours: parts[theirs] for theirs, ours in _CONNECTION.items() if theirs in parts}
    found |= {ours: environ[theirs] for theirs, ours in _AZURE.items() if environ.get(theirs)}
    if endpoint_url.get():
        found["endpoint"] = endpoint_url.get()
    if "account_name" not in found and not environ.get("AZURE_STORAGE_ACCOUNT_NAME"):
        raise SourceError(
            "no Azure storage account is named",
            "Name it: `export AZURE_STORAGE_ACCOUNT=NAME`, and its key or `az login`.",
        )
    has_key = {"account_key", "sas_key"} & found.keys() or any(name.startswith("AZURE_CLIENT_") for name in environ)
    return found if has_key or not shutil.which("az") else found | {"use_azure_cli": True}


def certificate(environ: Mapping[str, str] = os.environ) -> Settings:
    """The CA that the aws tool is told to trust. Raises SourceError when its file cannot be read or is far too large."""
    named = environ.get("AWS_CA_BUNDLE")
    if not named:
        return {}
    try:
        with Path(named).open("rb") as file:
            held = file.read(_LONGEST_BUNDLE + 1)
    except OSError as error:
        raise SourceError(
            f"AWS_CA_BUNDLE names {named}: {error.strerror}", "Let it name a file of certificates."
        ) from None
    if len(held) > _LONGEST_BUNDLE:
        raise SourceError(f"AWS_CA_BUNDLE: {named} is no file of certificates", "Let it name a file in PEM form.")
    return {"root_certificate": held}


def _profile(environ: Mapping[str, str]) -> dict[str, str]:
    """What both files say of the profile, the credentials' file last. Raises SourceError when neither has one that is named."""
    name = environ.get("AWS_PROFILE") or "default"
    files = (
        (
            environ.get("AWS_CONFIG_FILE") or "~/.aws/config",
            ("default",) if name == "default" else (f"profile {name}",),
        ),
        (environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials", (name,)),
    )
    found: dict[str, str] = {}
    is_there = False
    for file, sections in files:
        parser = configparser.RawConfigParser(strict=False)
        try:
            parser.read(Path(file).expanduser(), encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError, OSError):
            raise SourceError(
                f"{file} is no configuration of the aws tool", "`aws configure list` says more."
            ) from None
        for section in filter(parser.has_section, sections):
            is_there = True
            found |= parser.items(section)
    if environ.get("AWS_PROFILE") and not is_there and not environ.get("AWS_ACCESS_KEY_ID"):
        raise SourceError(f"there is no AWS profile {name}", "`aws configure list-profiles` lists them.")
    return found


def _is_in_ec2(environ: Mapping[str, str]) -> bool:
    """Whether an instance's metadata can be asked; looked for briefly, as everywhere else nobody answers."""
    if environ.get("AWS_EC2_METADATA_DISABLED", "").lower() in _TRUE:
        return False
    try:
        socket.create_connection(_METADATA, _PATIENCE).close()
    except OSError:
        return False
    return True
