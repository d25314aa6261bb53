"""How a snapshot arrives and is read, and what is told meanwhile."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from snapinspect.cli.declared import Option, Options

EndpointOption = Annotated[
    str,
    Option(
        "--endpoint-url",
        metavar="URL",
        help="The object store of s3://, gs:// and az:// that is not its inventor's: MinIO, Ceph, SeaweedFS.",
    ),
]


class Engine(StrEnum):
    """``--engine``: what reads the snapshot."""

    direct = "direct"
    etcd = "etcd"
    pod = "pod"


class Connection(Options):
    """How a running etcd is reached. What is not said, ``ETCDCTL_*`` says."""

    cacert: Annotated[str, Option("--cacert", metavar="FILE", help="A live etcd's CA.")] = ""
    cert: Annotated[str, Option("--cert", metavar="FILE", help="The client's certificate.")] = ""
    cert_key: Annotated[str, Option("--cert-key", metavar="FILE", help="The certificate's key.")] = ""
    user: Annotated[
        str,
        Option("--user", metavar="NAME[:PASSWORD]", help="etcd's user."),
    ] = ""
    password: Annotated[str, Option("--password", metavar="PASSWORD", help="etcd's password.")] = ""


class Color(StrEnum):
    """``--color``."""

    auto = "auto"
    always = "always"
    never = "never"


class ReadBy(Options):
    """What reads the snapshot."""

    engine: Annotated[
        Engine,
        Option(
            "--engine",
            help="Read the file itself, or restore it into a temporary etcd, here or in a pod.",
        ),
    ] = Engine.direct


class Arrival(Options):
    """How the snapshot arrives, whatever reads it then, and what is told meanwhile."""

    etcd_bin: Annotated[
        Path | None,
        Option("--etcd-bin", metavar="DIR", help="Where etcd and etcdutl lie."),
    ] = None
    kubeconfig: Annotated[Path | None, Option("--kubeconfig", metavar="FILE", help="As for kubectl.")] = None
    context: Annotated[str, Option("--context", metavar="NAME", help="As for kubectl.")] = ""
    pod_namespace: Annotated[
        str,
        Option("--pod-namespace", metavar="NS", help="Where the pod runs."),
    ] = "kube-system"
    image: Annotated[str, Option("--image", metavar="IMAGE", help="The pod's etcd image.")] = ""
    copy_image: Annotated[
        str,
        Option(
            "--copy-image",
            metavar="IMAGE",
            help="An image with a shell, to receive the file.",
        ),
    ] = ""
    node: Annotated[str, Option("--node", metavar="NODE", help="Where the pod runs.")] = ""
    keep_pod: Annotated[bool, Option("--keep-pod", help="Leave the pod there.")] = False
    prefix: Annotated[
        str | None,
        Option(
            "--prefix",
            metavar="PATH",
            help="Etcd key prefix; found from the data without it.",
        ),
    ] = None
    check: Annotated[bool, Option("--check", help="Compare the SHA-256 first.")] = False
    carve: Annotated[
        bool,
        Option("--carve", help="History that only free pages hold, too."),
    ] = False
    wal: Annotated[
        Path | None,
        Option(
            "--wal",
            metavar="DIR",
            help="The write-ahead log of a lone database; a data directory brings its own.",
        ),
    ] = None
    salvage: Annotated[
        bool,
        Option(
            "--salvage",
            help="Go on reading a damaged file; what it cannot prove current is marked unproven.",
        ),
    ] = False
    max_unpacked: Annotated[
        str,
        Option(
            "--max-unpacked",
            metavar="SIZE",
            help="How much an archive or a pipe may bring (20G); else 16 GiB, and about 100 times the archive's size.",
        ),
    ] = ""
    endpoint_url: EndpointOption = ""
    jobs: Annotated[
        int | None,
        Option(
            "--jobs",
            metavar="N",
            min=1,
            help="Processes for bulk work; as there are cores without it, and one where there is little to do.",
        ),
    ] = None
    encryption_config: Annotated[
        list[str] | None,
        Option(
            "--encryption-config",
            metavar="FILE",
            help="The API server's encryption configuration; repeatable.",
        ),
    ] = None
    token: Annotated[
        str,
        Option(
            "--token",
            metavar="TOKEN",
            help="The token of k3s or RKE2, which opens the keys inside the snapshot; else K3S_TOKEN or RKE2_TOKEN.",
        ),
    ] = ""
    token_file: Annotated[
        Path | None,
        Option("--token-file", metavar="FILE", help="A file with the token of k3s or RKE2."),
    ] = None
    static_resources: Annotated[
        str,
        Option(
            "--static-resources",
            metavar="FILE",
            help="OpenShift's static_kuberesources_*.tar.gz, which holds the keys.",
        ),
    ] = ""
    kms_socket: Annotated[
        list[str] | None,
        Option(
            "--kms-socket",
            metavar="NAME=PATH",
            help="Where a KMS plugin listens; repeatable.",
        ),
    ] = None
    color: Annotated[
        Color,
        Option("--color", help="Colours: on a terminal unless NO_COLOR is set, or as said."),
    ] = Color.auto
    quiet: Annotated[bool, Option("-q", "--quiet", help="Say nothing but errors and warnings.")] = False
    no_progress: Annotated[bool, Option("--no-progress", help="Show no progress bar.")] = False
    debug: Annotated[bool, Option("--debug", help="Show a traceback on errors.")] = False


class Reading(Arrival, ReadBy, Connection):
    """How the snapshot is read. Help shows the options of the last class first."""
