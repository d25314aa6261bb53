"""Which values a person sent: those of the last ``kubectl apply``, and those that server-side apply owns.

An entry of operation ``Apply`` lists what was sent; one of ``Update`` lists what was there, defaults included
(``sigs.k8s.io/structured-merge-diff`` ``fieldpath`` has the form of ``fieldsV1``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from snapinspect.clean.subject import mapping, parse_json, text

if TYPE_CHECKING:
    from snapinspect.clean.subject import Subject

KEYS: Final = ("name", "containerPort", "port", "mountPath", "devicePath", "key", "topologyKey", "ip")
"""By which elements of lists are told apart, best first."""


class Sent:
    """What was sent at one place of an object: values of manifests, and sets of fields."""

    __slots__ = ("_fields", "_values")

    def __init__(self, values: list[Any], fields: list[dict[str, Any]]) -> None:
        self._values = values
        self._fields = fields

    def below(self, key: str) -> Sent:
        """What was sent in a field."""
        values = [value[key] for value in self._values if isinstance(value, dict) and key in value]
        fields = [mapping(owned[f"f:{key}"]) for owned in self._fields if f"f:{key}" in owned]
        return Sent(values, fields)

    def element(self, index: int, item: Any) -> Sent:
        """What was sent of an element of a list."""
        values = [sent for value in self._values if isinstance(value, list) for sent in _same(value, index, item)]
        fields = [mapping(below) for owned in self._fields for key, below in owned.items() if _is_meant(key, item)]
        return Sent(values, fields)

    def has(self, key: str) -> bool:
        """Whether a field was sent, whatever its value."""
        return any(isinstance(value, dict) and key in value for value in self._values) or any(
            f"f:{key}" in owned for owned in self._fields
        )


def sent_by_people(subject: Subject) -> Sent:
    """What was sent of an object."""
    applied = [
        mapping(entry.get("fieldsV1")) for entry in subject.managed_fields if text(entry.get("operation")) == "Apply"
    ]
    return Sent([subject.last_applied] if subject.last_applied else [], applied)


def _same(sent: list[Any], index: int, item: Any) -> list[Any]:
    if isinstance(item, dict):
        for key in KEYS:
            if key in item and any(isinstance(one, dict) and key in one for one in sent):
                return [one for one in sent if isinstance(one, dict) and one.get(key) == item[key]]
    return sent[index : index + 1]


def _is_meant(key: Any, item: Any) -> bool:
    told = text(key)
    if not told.startswith("k:"):
        return False
    wanted = parse_json(told.removeprefix("k:"))
    return isinstance(wanted, dict) and isinstance(item, dict) and all(item.get(k) == v for k, v in wanted.items())
