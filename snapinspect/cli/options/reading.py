"""How a snapshot arrives and is read, and what is told meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from snapinspect.cli.options.panels import CLUSTER, READING, SHOWING


class Engine(StrEnum):
    """``--engine``: what reads the snapshot."""

    direct = "direct"
    etcd = "etcd"
    pod = "pod"


@dataclass(eq=False, repr=False)
class Connection:
    """How a running etcd is reached. What is not said, ``ETCDCTL_*`` says."""

    cacert: Annotated[
        str, typer.Option("--cacert", metavar="FILE", help="A live etcd's CA.", rich_help_panel=READING)
    ] = ""
    cert: Annotated[
        str, typer.Option("--cert", metavar="FILE", help="The client's certificate.", rich_help_panel=READING)
    ] = ""
    cert_key: Annotated[
        str, typer.Option("--cert-key", metavar="FILE", help="The certificate's key.", rich_help_panel=READING)
    ] = ""
    user: Annotated[
        str,
        typer.Option("--user", metavar="NAME[:PASSWORD]", help="etcd's user.", rich_help_panel=READING),
    ] = ""
    password: Annotated[
        str, typer.Option("--password", metavar="PASSWORD", help="etcd's password.", rich_help_panel=READING)
    ] = ""


class Color(StrEnum):
    """``--color``."""

    auto = "auto"
    always = "always"
    never = "never"


@dataclass(eq=False, repr=False)
class Reading(Connection):
    """How the snapshot is read, and what is told meanwhile."""

    engine: Annotated[
        Engine,
        typer.Option(
            "--engine",
            help="Read the file itself, or restore it into a temporary etcd, here or in a pod.",
            rich_help_panel=READING,
        ),
    ] = Engine.direct
    etcd_bin: Annotated[
        Path | None,
        typer.Option("--etcd-bin", metavar="DIR", help="Where etcd and etcdutl lie.", rich_help_panel=READING),
    ] = None
    kubeconfig: Annotated[
        Path | None, typer.Option("--kubeconfig", metavar="FILE", help="As for kubectl.", rich_help_panel=CLUSTER)
    ] = None
    context: Annotated[
        str, typer.Option("--context", metavar="NAME", help="As for kubectl.", rich_help_panel=CLUSTER)
    ] = ""
    pod_namespace: Annotated[
        str,
        typer.Option("--pod-namespace", metavar="NS", help="Where the pod runs.", rich_help_panel=CLUSTER),
    ] = "kube-system"
    image: Annotated[
        str, typer.Option("--image", metavar="IMAGE", help="The pod's etcd image.", rich_help_panel=CLUSTER)
    ] = ""
    copy_image: Annotated[
        str,
        typer.Option(
            "--copy-image",
            metavar="IMAGE",
            help="An image with a shell, to receive the file.",
            rich_help_panel=CLUSTER,
        ),
    ] = ""
    node: Annotated[
        str, typer.Option("--node", metavar="NODE", help="Where the pod runs.", rich_help_panel=CLUSTER)
    ] = ""
    keep_pod: Annotated[bool, typer.Option("--keep-pod", help="Leave the pod there.", rich_help_panel=CLUSTER)] = False
    prefix: Annotated[
        str | None,
        typer.Option(
            "--prefix",
            metavar="PATH",
            help="Etcd key prefix; found from the data without it.",
            rich_help_panel=READING,
        ),
    ] = None
    check: Annotated[bool, typer.Option("--check", help="Compare the SHA-256 first.", rich_help_panel=READING)] = False
    carve: Annotated[
        bool,
        typer.Option("--carve", help="History that only free pages hold, too.", rich_help_panel=READING),
    ] = False
    wal: Annotated[
        Path | None,
        typer.Option(
            "--wal",
            metavar="DIR",
            help="The write-ahead log of a lone database; a data directory brings its own.",
            rich_help_panel=READING,
        ),
    ] = None
    salvage: Annotated[
        bool,
        typer.Option(
            "--salvage",
            help="Go on reading a damaged file; what it cannot prove current is marked unproven.",
            rich_help_panel=READING,
        ),
    ] = False
    max_unpacked: Annotated[
        str,
        typer.Option(
            "--max-unpacked",
            metavar="SIZE",
            help="How much an archive or a pipe may bring (20G); else 16 GiB, and about 100 times the archive's size.",
            rich_help_panel=READING,
        ),
    ] = ""
    endpoint_url: Annotated[
        str,
        typer.Option(
            "--endpoint-url",
            metavar="URL",
            help="The object store of s3://, gs:// and az:// that is not its inventor's: MinIO, Ceph, SeaweedFS.",
            rich_help_panel=READING,
        ),
    ] = ""
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Processes for bulk work; as there are cores without it, and one where there is little to do.",
            rich_help_panel=READING,
        ),
    ] = None
    encryption_config: Annotated[
        list[str] | None,
        typer.Option(
            "--encryption-config",
            metavar="FILE",
            help="The API server's encryption configuration; repeatable.",
            rich_help_panel=READING,
        ),
    ] = None
    token: Annotated[
        str,
        typer.Option(
            "--token",
            metavar="TOKEN",
            help="The token of k3s or RKE2, which opens the keys inside the snapshot; else K3S_TOKEN or RKE2_TOKEN.",
            rich_help_panel=READING,
        ),
    ] = ""
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="The same, from a file.", rich_help_panel=READING),
    ] = None
    static_resources: Annotated[
        str,
        typer.Option(
            "--static-resources",
            metavar="FILE",
            help="OpenShift's static_kuberesources_*.tar.gz, which holds the keys.",
            rich_help_panel=READING,
        ),
    ] = ""
    kms_socket: Annotated[
        list[str] | None,
        typer.Option(
            "--kms-socket",
            metavar="NAME=PATH",
            help="Where a KMS plugin listens; repeatable.",
            rich_help_panel=READING,
        ),
    ] = None
    color: Annotated[
        Color,
        typer.Option(
            "--color", help="Colours: on a terminal unless NO_COLOR is set, or as said.", rich_help_panel=SHOWING
        ),
    ] = Color.auto
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="Say nothing but errors and warnings.", rich_help_panel=SHOWING)
    ] = False
    no_progress: Annotated[
        bool, typer.Option("--no-progress", help="Show no progress bar.", rich_help_panel=SHOWING)
    ] = False
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback on errors.", rich_help_panel=SHOWING)] = False
