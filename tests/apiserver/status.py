"""A failure as an API server tells it: ``k8s.io/apimachinery/pkg/api/errors``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from apiserver.objects import Resource


class Refusal(Exception):
    """A ``v1 Status`` of failure."""

    def __init__(self, code: int, reason: str, message: str, causes: tuple[dict[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.message = message
        self.causes = causes

    def status(self) -> dict[str, Any]:
        details = {"causes": list(self.causes)}
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "code": self.code,
            **({"details": details} if self.causes else {}),
        }

    @classmethod
    def not_found(cls, resource: Resource, name: str) -> Refusal:
        return cls(404, "NotFound", f'{resource.qualified} "{name}" not found')

    @classmethod
    def exists(cls, resource: Resource, name: str) -> Refusal:
        return cls(409, "AlreadyExists", f'{resource.qualified} "{name}" already exists')

    @classmethod
    def outdated(cls, resource: Resource, name: str) -> Refusal:
        said = "the object has been modified; please apply your changes to the latest version and try again"
        return cls(409, "Conflict", f'Operation cannot be fulfilled on {resource.qualified} "{name}": {said}')

    @classmethod
    def invalid(cls, resource: Resource, name: str, path: str, said: str) -> Refusal:
        kind = f"{resource.kind}.{resource.group}" if resource.group else resource.kind
        return cls(
            422,
            "Invalid",
            f'{kind} "{name}" is invalid: {path}: {said}',
            ({"reason": "FieldValueInvalid", "field": path},),
        )

    @classmethod
    def disputed(cls, fields: list[tuple[tuple[str, ...], str]]) -> Refusal:
        """``k8s.io/apimachinery/pkg/util/managedfields/internal/conflict.go``; owners are as ``"kubectl" using v1``."""
        causes = tuple(
            {"reason": "FieldManagerConflict", "message": f"conflict with {owner}", "field": _path(path)}
            for path, owner in fields
        )
        if len(fields) == 1:
            return cls(
                409, "Conflict", f"Apply failed with 1 conflict: {causes[0]['message']}: {causes[0]['field']}", causes
            )
        lines = []
        for owner in sorted({owner for _, owner in fields}):
            lines.append(f"conflicts with {owner}:")
            lines += [f"- {_path(path)}" for path, who in fields if who == owner]
        return cls(409, "Conflict", f"Apply failed with {len(fields)} conflicts: " + "\n".join(lines), causes)


def _path(path: tuple[str, ...]) -> str:
    return "".join(f"[{step}]" if "=" in step else f".{step}" for step in path)
