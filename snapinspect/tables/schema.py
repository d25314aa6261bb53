"""The tables and views that a query may name, with their columns: what ``docs/sql.md`` promises."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa  # type: ignore[import-untyped]


class Column(NamedTuple):
    """``type`` is Arrow's name for it; ``decoded`` when the object must be decoded for it."""

    name: str
    type: str
    decoded: bool = False


_WHERE: Final = (Column("snapshot", "string"), Column("cluster", "string"))
_WHICH: Final = (
    Column("api_version", "string"),
    Column("kind", "string"),
    Column("namespace", "string"),
    Column("name", "string"),
)
TABLES: Final[dict[str, tuple[Column, ...]]] = {
    "snapshots": (
        *_WHERE,
        Column("format", "string"),
        Column("file_size", "int64"),
        Column("revision", "int64"),
        Column("compact_revision", "int64"),
        Column("taken", "timestamp"),
    ),
    "objects": (
        *_WHERE,
        Column("key", "string"),
        *_WHICH,
        Column("uid", "string"),
        Column("created", "timestamp"),
        Column("create_revision", "int64"),
        Column("revision", "int64"),
        Column("revisions", "int64"),
        Column("size", "int64"),
        Column("encoding", "string"),
        Column("labels", "map", decoded=True),
        Column("owner", "string", decoded=True),
        Column("body", "string", decoded=True),
    ),
    "revisions": (
        *_WHERE,
        Column("key", "string"),
        *_WHICH,
        Column("revision", "int64"),
        Column("create_revision", "int64"),
        Column("version", "int64"),
        Column("operation", "string"),
        Column("time", "timestamp"),
        Column("size", "int64"),
        Column("source", "string"),
        Column("managers", "list", decoded=True),
        Column("body", "string", decoded=True),
    ),
    "deletions": (
        *_WHERE,
        Column("key", "string"),
        *_WHICH,
        Column("deleted_revision", "int64"),
        Column("last_revision", "int64"),
        Column("deleted", "timestamp"),
        Column("size", "int64"),
        Column("source", "string"),
    ),
    "references": (
        *_WHERE,
        *_WHICH,
        Column("path", "string"),
        Column("to_kind", "string"),
        Column("to_namespace", "string"),
        Column("to_name", "string"),
        Column("held", "bool"),
    ),
    "problems": (*_WHERE, Column("code", "string"), Column("subject", "string"), Column("reason", "string")),
}

_PODS: Final = """
    SELECT snapshot, cluster, api_version, kind, namespace, name,
        json(body) -> (CASE kind
            WHEN 'Pod' THEN '$.spec'
            WHEN 'CronJob' THEN '$.spec.jobTemplate.spec.template.spec'
            ELSE '$.spec.template.spec' END) AS spec
    FROM objects
    WHERE kind IN ('Pod', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'ReplicationController', 'Job', 'CronJob')
"""
VIEWS: Final = {
    "containers": f"""
    WITH pods AS ({_PODS}), lists AS (
        SELECT *, unnest(['containers', 'initContainers', 'ephemeralContainers']) AS list FROM pods
    )
    SELECT snapshot, cluster, api_version, kind, namespace, name, list,
        container ->> '$.name' AS container, container ->> '$.image' AS image, container -> '$.resources' AS resources,
        container -> '$.securityContext' AS security_context
    FROM (SELECT *, unnest(from_json(spec -> ('$.' || list), '["json"]')) AS container FROM lists)
    """,  # noqa: S608 - of constants
    "images": """
    SELECT snapshot, cluster, image, count(*) AS containers, list(DISTINCT namespace || '/' || name) AS used_by
    FROM containers GROUP BY snapshot, cluster, image
    """,
    "secrets_used": """
    SELECT snapshot, cluster, namespace, to_name AS secret, held, kind, name, path
    FROM "references" WHERE to_kind = 'Secret'
    """,
    "rbac": """
    SELECT snapshot, cluster, kind, namespace, name,
        subject ->> '$.kind' AS subject_kind, subject ->> '$.namespace' AS subject_namespace, subject ->> '$.name' AS subject,
        body ->> '$.roleRef.kind' AS role_kind, body ->> '$.roleRef.name' AS role
    FROM (
        SELECT *, unnest(from_json(json(body) -> '$.subjects', '["json"]')) AS subject
        FROM objects WHERE kind IN ('RoleBinding', 'ClusterRoleBinding')
    )
    """,
}
"""What people ask most, by name; each is SQL on the tables."""


SQL_TYPES: Final = {
    "string": "VARCHAR",
    "int64": "BIGINT",
    "bool": "BOOLEAN",
    "timestamp": "TIMESTAMPTZ",
    "map": "MAP(VARCHAR, VARCHAR)",
    "list": "VARCHAR[]",
}
"""What DuckDB calls the types of columns."""


def arrow_schema(columns: Iterable[Column]) -> pa.Schema:
    """The columns as Arrow has them."""
    import pyarrow as pa

    types = {
        "string": pa.string(),
        "int64": pa.int64(),
        "bool": pa.bool_(),
        "timestamp": pa.timestamp("s", tz="UTC"),
        "map": pa.map_(pa.string(), pa.string()),
        "list": pa.list_(pa.string()),
    }
    return pa.schema([(column.name, types[column.type]) for column in columns])
