"""How each cloud's own tool is called by whom a store refused: lines to paste."""

from __future__ import annotations

from posixpath import dirname
from shlex import quote
from typing import NamedTuple

from snapinspect.sources.cloud.addresses import Address, endpoint_url


class Tool(NamedTuple):
    """``log_in`` and ``again`` are ways to credentials, the first ones and new ones; ``who`` tells whose they are.

    ``objects`` lists what lies beside the object, ``buckets`` where else it may lie; ``right`` is what its reader must be allowed to do.
    """

    log_in: str
    again: str
    who: str
    objects: str
    buckets: str
    right: str


TOOLS = {
    "s3://": Tool(
        "`aws configure` asks for them, `export AWS_PROFILE=NAME` names a profile; a bucket that all may read: "
        "`export AWS_SKIP_SIGNATURE=true`",
        "`aws sso login`",
        "`aws sts get-caller-identity`",
        "`aws s3 ls {directory}{endpoint}`",
        "`aws s3 ls{endpoint}`",
        "s3:GetObject, and s3:ListBucket where a prefix or a pattern is named; who builds a catalog, s3:PutObject and s3:DeleteObject, too",
    ),
    "gs://": Tool(
        "`gcloud auth application-default login`; a bucket that all may read: `export GOOGLE_SKIP_SIGNATURE=true`",
        "`gcloud auth application-default login`",
        "`gcloud auth list`",
        "`gcloud storage ls {directory}`",
        "`gcloud storage ls`",
        "roles/storage.objectViewer; who builds a catalog, roles/storage.objectAdmin",
    ),
    "az://": Tool(
        "`az login`, or `export AZURE_STORAGE_KEY=KEY`; a container that all may read: `export AZURE_SKIP_SIGNATURE=true`",
        "`az login`",
        "`az account show`",
        "`az storage blob list --container-name {bucket} --prefix {prefix} --output table`",
        "`az storage container list --output table`",
        "Storage Blob Data Reader; who builds a catalog, Storage Blob Data Contributor",
    ),
}
_WEB = Tool(
    "put them into the URL, https://NAME:PASSWORD@HOST/…, or sign it",
    "a signed URL is good for a while only: get a new one",
    "whoever signed it knows",
    "`curl -I {shown}`",
    "`curl -I {shown}`",
    "GET",
)
"""A web server has no tool of its own."""


def tool_for(address: Address) -> Tool:
    """The lines, filled in for an address."""
    directory = dirname(address.key)
    fields = {
        "shown": quote(address.shown),
        "bucket": quote(address.bucket),
        "prefix": quote(f"{directory}/" if directory else ""),
        "directory": quote(f"{address.scheme}{address.bucket}/{directory}{'/' if directory else ''}"),
        "endpoint": f" --endpoint-url {quote(endpoint_url.get())}" if endpoint_url.get() else "",
    }
    return Tool(*(line.format(**fields) for line in TOOLS.get(address.scheme, _WEB)))
