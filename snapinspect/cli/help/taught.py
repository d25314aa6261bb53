"""What the help of each command teaches: lines that work, and the options that matter first.

In the lines ``etcd-backup.db`` is a snapshot of the reader's; a test runs each on one that ships.
"""

from __future__ import annotations

from typing import NamedTuple


class Example(NamedTuple):
    line: str
    about: str


class Taught(NamedTuple):
    """Two to four ``examples``, and the long names of the options to show first where there are many."""

    examples: tuple[Example, ...]
    first: tuple[str, ...] = ()


_CHOICE = ("--namespace", "--selector", "--at")

TAUGHT: dict[str, Taught] = {
    "": Taught(
        (
            Example("snapinspect ls etcd-backup.db -n infra-production", "What is in there"),
            Example("snapinspect get etcd-backup.db deploy/api -n infra-production | kubectl create -f -", "One back"),
            Example("snapinspect log etcd-backup.db -n infra-production --since 3400", "What happened, and by whom"),
        ),
    ),
    "ls": Taught(
        (
            Example("snapinspect ls etcd-backup.db -A", "Everything; without -A, a terminal shows how much of what"),
            Example("snapinspect ls etcd-backup.db deploy,cm -n infra-production", "Two kinds in a namespace"),
            Example("snapinspect ls etcd-backup.db pods -l app=api --at 3400 -o wide", "By label, as of a revision"),
            Example("snapinspect ls etcd-backup.db secrets -o jsonpath='{.items[*].metadata.name}'", "As kubectl's -o"),
        ),
        (
            *("--namespace", "--all-namespaces", "--selector", "--exclude", "--at", "--deleted"),
            *("--output", "--sort-by", "--salvage", "--encryption-config"),
        ),
    ),
    "get": Taught(
        (
            Example("snapinspect get etcd-backup.db deploy/api -n infra-production", "One object, ready to apply"),
            Example(
                "snapinspect get etcd-backup.db deploy/web -n infra-production --deleted | kubectl create -f -",
                "What was deleted, back",
            ),
            Example(
                "snapinspect get etcd-backup.db deploy/api -n infra-production --at 3400 --with-deps",
                "As of a revision, with what it needs",
            ),
            Example("snapinspect get etcd-backup.db svc -n infra-production --minimal -o json", "As a person wrote it"),
        ),
        (
            *("--namespace", "--all-namespaces", "--selector", "--at", "--deleted", "--with-deps"),
            *("--raw", "--minimal", "--output", "--encryption-config"),
        ),
    ),
    "export": Taught(
        (
            Example(
                "snapinspect export etcd-backup.db -n infra-production --with-deps -d out",
                "A namespace, with what it needs",
            ),
            Example("snapinspect export etcd-backup.db --layout single -d whole", "The cluster, one file in order"),
            Example("snapinspect export damaged.db --all -d rescued --salvage", "All that can still be had"),
        ),
        (
            *("--namespace", "--selector", "--at", "--all", "--with-deps"),
            *("--directory", "--layout", "--dry-run", "--salvage", "--encryption-config"),
        ),
    ),
    "info": Taught(
        (
            Example("snapinspect info etcd-backup.db", "Revision, versions, members, the digest"),
            Example(
                "snapinspect info etcd-backup.db --detail -o json", "Kinds, namespaces and encodings, for programs"
            ),
        ),
        (
            *("--detail", "--output", "--prefix", "--salvage", "--wal", "--engine"),
            *("--cacert", "--cert", "--cert-key", "--encryption-config"),
        ),
    ),
    "verify": Taught(
        (
            Example("snapinspect verify etcd-backup.db", "Exit code 0: whole; 3: damaged, and what can still be had"),
            Example("snapinspect verify damaged.db -o json", "The same for programs"),
        ),
        ("--redacted", "--output", "--salvage", "--wal", "--carve", "--jobs", "--encryption-config", "--quiet"),
    ),
    "save": Taught(
        (
            Example("snapinspect save https://127.0.0.1:2379 etcd-backup.db", "With ETCDCTL_CACERT and the like set"),
            Example(
                "snapinspect save https://10.0.0.1:2379 etcd-backup.db "
                "--cacert ca.crt --cert client.crt --cert-key client.key",
                "With the certificates named",
            ),
        ),
    ),
    "rebuild": Taught(
        (
            Example("snapinspect rebuild etcd-backup.db before.db --at 3500", "As it was then, for etcdutl restore"),
            Example("snapinspect rebuild damaged.db whole.db --salvage", "What a damaged one still holds"),
            Example("snapinspect rebuild etcd-backup.db small.db --compact --drop events", "Smaller, without Events"),
            Example("snapinspect rebuild etcd-backup.db shareable.db --redact=strict", "Without what is secret"),
        ),
        (
            *("--at", "--compact", "--drop", "--drop-namespace", "--drop-key", "--bump-revision"),
            *("--redact", "--salvage", "--with-unproven", "--carve"),
        ),
    ),
    "history": Taught(
        (
            Example("snapinspect history etcd-backup.db deploy/api -n infra-production", "Each revision, by whom"),
            Example("snapinspect history etcd-backup.db cm/flappy -n infra-production --patch", "As diffs"),
            Example(
                "snapinspect history fixtures/etcd-3.5/member.tar.gz secret/doomed-secret -o json",
                "With what only the write-ahead log holds",
            ),
        ),
        (
            *("--namespace", "--at", "--patch", "--raw", "--show-secrets"),
            *("--output", "--carve", "--wal", "--salvage", "--encryption-config"),
        ),
    ),
    "deleted": Taught(
        (
            Example("snapinspect deleted etcd-backup.db deploy,secret", "What is gone and can still be recovered"),
            Example("snapinspect deleted etcd-backup.db -n infra-production --since 3400", "After a moment"),
            Example("snapinspect deleted fixtures/etcd-3.5/compacted.db.gz --carve", "Also from free pages"),
        ),
        (*_CHOICE, "--since", "--by", "--output", "--carve", "--wal", "--salvage", "--encryption-config"),
    ),
    "log": Taught(
        (
            Example("snapinspect log etcd-backup.db -n infra-production --since 3400", "What happened after a moment"),
            Example("snapinspect log etcd-backup.db deploy/web -n infra-production --patch", "To one object, as diffs"),
            Example("snapinspect log etcd-backup.db --by kubectl-edit --field .spec.replicas", "Who scaled by hand"),
            Example("snapinspect log monday.db tuesday.db deploy", "From one snapshot to the next"),
        ),
        (
            *("--namespace", "--since", "--until", "--by", "--field", "--events", "--all"),
            *("--patch", "--reverse", "--output"),
        ),
    ),
    "report": Taught(
        (
            Example("snapinspect report etcd-backup.db -o report.html", "One page that opens without a network"),
            Example("snapinspect report tuesday.db monday.db -n infra-production -o night.html", "Against another"),
        ),
        ("--namespace", "--selector", "--since", "--until", "--output", "--force", "--salvage", "--encryption-config"),
    ),
    "browse": Taught(
        (
            Example("snapinspect browse etcd-backup.db", "Objects, and left and right through their revisions"),
            Example("snapinspect browse monday.db tuesday.db", "Tab goes from one to the next"),
        ),
        ("--salvage", "--wal", "--carve", "--encryption-config", "--token-file", "--engine", "--color", "--debug"),
    ),
    "sql": Taught(
        (
            Example(
                "snapinspect sql etcd-backup.db 'SELECT kind, count(*) FROM objects GROUP BY kind'", "One question"
            ),
            Example("snapinspect sql monday.db tuesday.db 'FROM snapshots' -o json", "Of several, for programs"),
            Example("snapinspect sql --tables", "What can be asked about"),
        ),
        ("--tables", "--show-secrets", "--output", "--memory", "--jobs", "--salvage", "--carve", "--encryption-config"),
    ),
    "catalog": Taught(
        (
            Example("snapinspect catalog build monday.db tuesday.db --to catalog", "Made, or brought up to date"),
            Example("snapinspect catalog log catalog deploy/api -n infra-production", "An object's life across nights"),
        ),
    ),
    "catalog build": Taught(
        (
            Example("snapinspect catalog build monday.db tuesday.db --to catalog", "Each snapshot is read once, ever"),
            Example("snapinspect catalog build '*day.db' --to catalog --jobs 1", "A pattern; one process"),
        ),
        (
            *("--to", "--key-file", "--show-secrets", "--memory", "--jobs", "--endpoint-url"),
            *("--engine", "--master", "--encryption-config", "--token-file"),
        ),
    ),
    "catalog query": Taught(
        (
            Example(
                "snapinspect catalog query catalog 'SELECT kind, count(*) FROM objects GROUP BY kind'", "A question"
            ),
            Example("snapinspect catalog query catalog 'FROM snapshots' -o csv", "What it was built from"),
        ),
    ),
    "catalog log": Taught(
        (
            Example("snapinspect catalog log catalog deploy/api -n infra-production", "When it changed, and by whom"),
            Example("snapinspect catalog log catalog deploy/api -n infra-production -o json", "For programs"),
        ),
    ),
    "catalog find-string": Taught(
        (
            Example("snapinspect catalog find-string catalog nginx", "Every state in which a text stands"),
            Example("snapinspect catalog find-string catalog registry.k8s.io -o json", "For programs"),
        ),
    ),
    "catalog check": Taught(
        (
            Example("snapinspect catalog check catalog", "Exit code 0: whole; 3: not"),
            Example("snapinspect catalog check catalog --debug", "With a traceback, if it fails"),
        ),
    ),
    "serve": Taught(
        (
            Example("snapinspect serve etcd-backup.db -- kubectl get deploy -A", "Runs a command with KUBECONFIG set"),
            Example(
                "snapinspect serve etcd-backup.db --deleted -- "
                "kubectl --context etcd-backup.db@deleted get deploy -n infra-production",
                "What is gone, as a context",
            ),
            Example(
                "snapinspect serve etcd-backup.db --at 1500 -- kubectl config get-contexts",
                "As of a moment, beside the last",
            ),
        ),
        (
            *("--at", "--deleted", "--replay", "--speed", "--hide-secrets"),
            *("--address", "--port", "--salvage", "--carve", "--encryption-config"),
        ),
    ),
    "diff": Taught(
        (
            Example("snapinspect diff monday.db tuesday.db -n infra-production", "Two snapshots"),
            Example("snapinspect diff etcd-backup.db --from 3400 --to 3500 -o summary", "Two moments of one"),
            Example("snapinspect diff etcd-backup.db --live -n infra-production", "What the cluster has otherwise now"),
        ),
        (
            *("--from", "--to", "--live", "--namespace", "--selector", "--all"),
            *("--raw", "--show-secrets", "--output", "--kubeconfig"),
        ),
    ),
    "stats": Taught(
        (
            Example("snapinspect stats etcd-backup.db", "What fills it, and what would make it smaller"),
            Example("snapinspect stats etcd-backup.db events --top 5 -o json", "One kind, for programs"),
        ),
        (*_CHOICE, "--exclude", "--top", "--output", "--jobs", "--carve", "--salvage", "--encryption-config"),
    ),
    "find": Taught(
        (
            Example("snapinspect find deploy/web -n infra-production '*day.db'", "Which night to take it from"),
            Example("snapinspect find deploy/web -n infra-production '*day.db' -o name", "For scripts"),
        ),
        (
            *("--namespace", "--raw", "--output", "--jobs", "--salvage", "--wal"),
            *("--endpoint-url", "--encryption-config", "--token-file", "--color"),
        ),
    ),
    "deps": Taught(
        (
            Example("snapinspect deps etcd-backup.db deploy/api -n infra-production", "What it needs, what needs it"),
            Example("snapinspect deps etcd-backup.db deploy/api -n infra-production --at 3400 -o json", "For programs"),
        ),
        ("--namespace", "--at", "--output", "--salvage", "--carve", "--encryption-config", "--token-file", "--color"),
    ),
    "restore": Taught(
        (
            Example("snapinspect restore etcd-backup.db deploy/api -n infra-production --dry-run", "The plan alone"),
            Example("snapinspect restore etcd-backup.db -n infra-production --with-deps", "The plan, a question, done"),
            Example(
                "snapinspect restore etcd-backup.db deploy/web -n infra-production --deleted --yes",
                "What was deleted, without a question",
            ),
            Example(
                "snapinspect restore etcd-backup.db cm -n infra-production --to-namespace try --dry-run --offline",
                "Into another namespace; without a cluster, what the snapshot tells of the plan",
            ),
        ),
        (
            *("--namespace", "--at", "--deleted", "--with-deps"),
            *("--dry-run", "--yes", "--on-conflict", "--to-namespace", "--output", "--context"),
        ),
    ),
    "keys": Taught(
        (
            Example("snapinspect keys etcd-backup.db", "What is encrypted, and with which key"),
            Example(
                "snapinspect keys fixtures/k8s-1.36/aescbc.db.gz --encryption-config fixtures/k8s-1.36/aescbc.enc.yaml",
                "Whether a configuration opens it",
            ),
        ),
        (
            *("--encryption-config", "--token", "--token-file", "--static-resources", "--kms-socket"),
            *("--output", "--salvage", "--engine", "--quiet", "--debug"),
        ),
    ),
    "rules": Taught(
        (
            Example("snapinspect rules Service", "What cleaning does to a Service, and why"),
            Example("snapinspect rules -o yaml", "All of them, to be changed and given to --rules"),
        ),
    ),
    "decode": Taught(
        (
            Example("etcdctl get /registry/deployments/shop/web | snapinspect decode", "As etcdctl prints it"),
            Example("snapinspect decode value.bin -o json", "A file with one stored value"),
        ),
    ),
    "cache": Taught(
        (
            Example("snapinspect cache list", "What was fetched from object stores"),
            Example("snapinspect cache clear", "Remove it"),
        ),
    ),
    "cache list": Taught(
        (
            Example("snapinspect cache list", "What is kept, and how much of the bound it takes"),
            Example("snapinspect cache list -o json", "For programs"),
        ),
    ),
    "cache clear": Taught(
        (
            Example("snapinspect cache clear", "All that no program reads now"),
            Example("snapinspect cache clear --debug", "With a traceback, if it fails"),
        ),
    ),
    "schema": Taught(
        (
            Example("snapinspect schema ls", "What each item of `ls -o json`, and each line of `ls -o jsonl`, is"),
            Example("snapinspect schema catalog log", "Of a command that has two words"),
            Example("snapinspect schema", "All of them in one document"),
        ),
    ),
    "pod": Taught(
        (
            Example("snapinspect pod list", "The temporary etcds in the cluster"),
            Example("snapinspect pod delete --all", "Remove what was left there"),
        ),
    ),
    "pod manifest": Taught(
        (
            Example("snapinspect pod manifest etcd-backup.db", "For this cluster: its image, a node that has it"),
            Example(
                "snapinspect pod manifest etcd-backup.db --image registry.k8s.io/etcd:3.6.4-0 --copy-image busybox:1.36",
                "Without asking a cluster",
            ),
        ),
    ),
    "pod list": Taught(
        (
            Example("snapinspect pod list", "In kube-system"),
            Example("snapinspect pod list --pod-namespace default", "Elsewhere"),
        ),
    ),
    "pod delete": Taught(
        (
            Example("snapinspect pod delete --all", "Every one that snapinspect made"),
            Example("snapinspect pod delete --all --pod-namespace default", "Elsewhere"),
        ),
    ),
}
"""By the command's words behind the program."""
