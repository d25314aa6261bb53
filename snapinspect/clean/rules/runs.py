"""Custom resources that stand for one run, as a Job does: what has finished would run again.

The kinds are those of the projects' own API types; how each says that it has finished differs, so that it is told by
general signs in ``status``: a time of completion, a phase at its end, a condition that says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.rule import EVERY, Exclusion, Notice
from snapinspect.clean.served import is_kubernetes
from snapinspect.clean.subject import dig, mapping, mappings, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

RUNS: Final = {
    "actions.github.com": ("EphemeralRunner",),
    "actions.kio.kasten.io": ("BackupAction", "ExportAction", "ImportAction", "RestoreAction", "RunAction"),
    "apps.kruise.io": ("BroadcastJob", "ImageListPullJob", "ImagePullJob"),
    "argoproj.io": ("AnalysisRun", "Experiment", "Workflow"),
    "autopilot.k0sproject.io": ("Plan",),
    "batch.volcano.sh": ("Job",),
    "build.openshift.io": ("Build",),
    "catalog.cattle.io": ("Operation",),
    "clone.kubevirt.io": ("VirtualMachineClone",),
    "control.k8ssandra.io": ("CassandraTask", "K8ssandraTask"),
    "core.kubestash.com": ("BackupSession", "RestoreSession"),
    "cr.kanister.io": ("ActionSet",),
    "dataprotection.kubeblocks.io": ("Backup", "Restore"),
    "deckhouse.io": ("DeckhouseRelease", "ModuleRelease"),
    "harvesterhci.io": ("SupportBundle", "Upgrade", "VirtualMachineBackup", "VirtualMachineRestore"),
    "job.min.io": ("MinIOJob",),
    "jobset.x-k8s.io": ("JobSet",),
    "k6.io": ("K6", "TestRun"),
    "k8s.mariadb.com": ("PhysicalBackup", "Restore"),
    "k8up.io": ("Archive", "Backup", "Check", "Prune", "Restore"),
    "kpack.io": ("Build",),
    "kubeflow.org": (
        "Experiment",
        "JAXJob",
        "MPIJob",
        "MXJob",
        "PaddleJob",
        "PyTorchJob",
        "TFJob",
        "Trial",
        "XGBoostJob",
    ),
    "kubevirt.io": ("VirtualMachineInstanceMigration",),
    "kyverno.io": ("UpdateRequest",),
    "litmuschaos.io": ("ChaosEngine", "ChaosResult"),
    "longhorn.io": ("SupportBundle", "SystemBackup", "SystemRestore"),
    "mariadb.mmontes.io": ("Restore",),
    "medusa.k8ssandra.io": ("MedusaBackupJob", "MedusaRestoreJob", "MedusaTask"),
    "mysql.oracle.com": ("MySQLBackup",),
    "mysql.presslabs.org": ("MysqlBackup",),
    "operations.kubeblocks.io": ("OpsRequest",),
    "operators.coreos.com": ("InstallPlan",),
    "pgv2.percona.com": ("PerconaPGBackup", "PerconaPGRestore"),
    "pingcap.com": ("Backup", "CompactBackup", "Restore"),
    "postgres-operator.crunchydata.com": ("PGUpgrade",),
    "postgresql.cnpg.io": ("Backup",),
    "ps.percona.com": ("PerconaServerMySQLBackup", "PerconaServerMySQLRestore"),
    "psmdb.percona.com": ("PerconaServerMongoDBBackup", "PerconaServerMongoDBRestore"),
    "pxc.percona.com": ("PerconaXtraDBClusterBackup", "PerconaXtraDBClusterRestore"),
    "ray.io": ("RayJob",),
    "resources.cattle.io": ("Backup", "Restore"),
    "shipwright.io": ("BuildRun",),
    "snapshot.kubevirt.io": ("VirtualMachineRestore",),
    "sparkoperator.k8s.io": ("SparkApplication",),
    "stackgres.io": ("SGBackup", "SGDbOps"),
    "stash.appscode.com": ("BackupSession", "RestoreSession"),
    "tekton.dev": ("CustomRun", "PipelineRun", "Run", "TaskRun"),
    "tower.ansible.com": ("AnsibleJob",),
    "trainer.kubeflow.org": ("TrainJob",),
    "velero.io": (
        "Backup",
        "DataDownload",
        "DataUpload",
        "DeleteBackupRequest",
        "DownloadRequest",
        "PodVolumeBackup",
        "PodVolumeRestore",
        "Restore",
        "ServerStatusRequest",
    ),
}
"""By group; the OpsRequests of KubeDB are told by their group and ending."""
OPERATIONS: Final = ("ops.kubedb.com", "OpsRequest")

COMPLETED: Final = (
    "completedAt",
    "completionTime",
    "completionTimestamp",
    "finishTime",
    "finishedAt",
    "restoreCompletionTs",
    "stoppedAt",
    "terminationTime",
)
PHASES: Final = (
    ("phase",),
    ("state",),
    ("status",),
    ("result",),
    ("jobStatus",),
    ("applicationState", "state"),
)
ENDS: Final = frozenset(
    {
        "aborted",
        "cancelled",
        "canceled",
        "complete",
        "completed",
        "done",
        "error",
        "errored",
        "expired",
        "failed",
        "failure",
        "finished",
        "finalizingpartiallyfailed",
        "partiallyfailed",
        "stopped",
        "submission_failed",
        "succeeded",
        "successful",
        "success",
    }
)
RUN_ENDS: Final = ENDS | {
    *("ready", "rejected", "failedvalidation", "processed", "terminated"),
    *("deployed", "skipped", "superseded"),
}
"""What ends a run, but is said of lasting things as well."""
LASTING: Final = frozenset(
    {
        ("operators.coreos.com", "ClusterServiceVersion"),
        ("cdi.kubevirt.io", "DataVolume"),
        ("helm.cattle.io", "HelmChart"),
        ("database.arangodb.com", "ArangoDeployment"),
    }
)
"""Kinds whose status says that their setting up has finished: they stand for what lasts."""


def is_run(kind_of: tuple[str, str]) -> bool:
    """Whether a (group, kind) stands for one run."""
    group, kind = kind_of
    return kind in RUNS.get(group, ()) or (group == OPERATIONS[0] and kind.endswith(OPERATIONS[1]))


def has_ended(status: Any, ends: frozenset[str] = ENDS) -> bool:
    """Whether a status says that what it is of has finished, well or badly."""
    found = mapping(status)
    if any(found.get(field) for field in COMPLETED) or found.get("complete") is True:
        return True
    if any(text(dig(found, *path)).casefold() in ends for path in PHASES):
        return True
    return any(
        end.get("type") in ("Complete", "Completed", "Succeeded", "Failed", "Finished") and end.get("status") == "True"
        for end in mappings(found.get("conditions"))
    )


def run_has_ended(subject: Subject) -> bool:
    return is_run(subject.kind_of) and has_ended(subject.at("status"), RUN_ENDS)


def seems_to_have_ended(subject: Subject) -> bool:
    """Whether a custom resource of a kind that is not known here may be a run that is over."""
    return (
        bool(subject.kind_of[0])
        and not is_kubernetes(subject.kind_of)
        and not is_run(subject.kind_of)
        and subject.kind_of not in LASTING
        and has_ended(subject.at("status"))
    )


RULES: Final = (
    Exclusion(
        "finished-run",
        EVERY,
        "it stood for one run, which is over, and would run again",
        "ran",
        when=run_has_ended,
        only="when it is a workflow, a build, a backup or restore or another run (of Argo, Tekton, OpenShift, Velero, "
        "Percona, Spark, Kubeflow …) that has finished",
        trap="Without its status it is a new run: a database restore would overwrite the data.",
    ),
    Notice(
        "run-again",
        EVERY,
        "it stood for one run, which is over: applied, it runs again",
        when=run_has_ended,
        only="when it is a run that has finished",
    ),
    Notice(
        "seems-finished",
        EVERY,
        "its status says that it has finished: if it stands for one run, it runs again when it is applied",
        when=seems_to_have_ended,
        only="when it is a custom resource whose status has a time of completion, a phase at its end or such a condition",
    ),
)
