"""The kinds that an API server keeps, how people call them and where in etcd they lie.

``kinds.tsv`` holds one row a kind, of Kubernetes 1.8 to 1.37 and OpenShift 3 and 4. Its sources: names, short
names, scopes and categories from the discovery of a 1.36 API server with every feature gate on, and from
``pkg/registry/**/storage/storage.go`` for kinds that are gone or new; storage paths from
``pkg/kubeapiserver/default_storage_factory_builder.go`` (SpecialDefaultResourcePrefixes) and OpenShift's
counterpart in openshift-apiserver ``pkg/cmd/openshift-apiserver/openshiftapiserver/etcd.go``; everything else
lies under its plural. A kind without a path is served but never stored. Rows of one path stand in the order
in which it should be guessed; OpenShift 3 stored its kinds in the core group, too, hence their second rows.
"""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from snapinspect.model import Body

_ORIGINS = ("kubernetes", "openshift", "custom")
# Compiled by `re` when they are first asked for: a snapshot must open at once.
_VERSION = r"v[0-9]+(?:(?:alpha|beta)[0-9]+)?"
_LABEL = r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
_FIELD_PATH = r"(\.[A-Za-z_][-A-Za-z0-9_]{0,200}){1,20}"
_KIND = r"[A-Za-z]([-A-Za-z0-9]{0,61}[A-Za-z0-9])?"


class Kind(NamedTuple):
    """One kind: ``paths`` lie under the etcd prefix; of ``versions`` the likeliest stored one comes first.

    ``origin`` is ``kubernetes`` or ``openshift`` for what their own API servers serve, else ``custom``. ``selectable``
    are the fields that a CRD lets field selectors ask for, such as ``spec.color``.
    """

    group: str
    kind: str
    plural: str
    singular: str
    short_names: tuple[str, ...]
    namespaced: bool
    categories: tuple[str, ...]
    paths: tuple[str, ...]
    versions: tuple[str, ...]
    origin: str
    selectable: tuple[str, ...] = ()

    @property
    def builtin(self) -> bool:
        """Whether Kubernetes itself serves it: no CRD has to be there first."""
        return self.origin == "kubernetes"

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.versions[0]}" if self.group else self.versions[0]

    @property
    def qualified(self) -> str:
        """``plural.group``, which means this kind and no other."""
        return f"{self.plural}.{self.group}" if self.group else self.plural

    @property
    def directory(self) -> str:
        """How exported files call it: the plural, and the group with it unless Kubernetes serves it."""
        return self.plural if self.builtin else self.qualified


class KindTable:
    """All kinds of one snapshot: the known ones and those that its CustomResourceDefinitions add."""

    def __init__(
        self,
        kinds: Iterable[Kind],
        defined: Iterable[tuple[str, str]] = (),
        strays: Callable[[], Iterable[Kind]] = tuple,
    ) -> None:
        """``defined`` names, by group and kind, those of ``kinds`` that a CRD of the snapshot defines.

        ``strays`` finds more kinds, and is asked when a word means none of these.
        """
        self._kinds = {(kind.group, kind.kind): kind for kind in kinds}
        self._defined = frozenset(defined)
        self._find_strays = strays

    @staticmethod
    @cache
    def builtin() -> KindTable:
        """What is known without looking into a snapshot."""
        lines = Path(__file__).with_name("kinds.tsv").read_text(encoding="utf-8").splitlines()
        return KindTable(_from_row(line.split("\t")) for line in lines[1:])

    def with_custom(self, crd_bodies: Iterable[Body]) -> KindTable:
        """A new table that also knows these CRDs (v1 or v1beta1); one that makes no sense adds nothing."""
        kinds, defined = dict(self._kinds), set(self._defined)
        for body in crd_bodies:
            custom = _from_crd(body)
            if custom:
                identity = (custom.group, custom.kind)
                kinds[identity] = _merged(kinds[identity], custom) if identity in kinds else custom
                defined.add(identity)
        return KindTable(kinds.values(), defined)

    def with_served(self, kinds: Iterable[Kind]) -> KindTable:
        """A new table that also knows these, which a live cluster serves; a kind that is known stays as it is."""
        known = {**{(kind.group, kind.kind): kind for kind in kinds}, **self._kinds}
        return KindTable(known.values(), self._defined, self._find_strays)

    def with_strays(self, find: Callable[[], Iterable[Kind]]) -> KindTable:
        """A new table that also knows what ``find`` gives, which is asked when a word means nothing else."""
        return KindTable(self._kinds.values(), self._defined, find)

    def __iter__(self) -> Iterator[Kind]:
        return iter(self._kinds.values())

    def resolve(self, word: str) -> tuple[Kind, ...]:
        """What ``word`` means: a kind, plural, singular or short name in any case, bare or with ``.group`` or
        ``.version.group``, or a category. Empty if nothing is called that.

        A bare word that the API server's own kinds and custom resources go by means the former, as with
        kubectl. Kinds that only some releases serve don't displace a custom resource: both are meant.
        """
        matches = self._matches(word.lower())
        certain = {kind.origin for kind in matches if self._is_served(kind)}
        if not certain:
            return matches or self.category(word) or _among(_by_word(self._strays), word.lower())
        leading = min(certain, key=_ORIGINS.index)
        return tuple(kind for kind in matches if kind.origin == leading)

    def means_something(self, word: str) -> bool:
        """Whether ``resolve`` knows what ``word`` means."""
        return bool(self.resolve(word))

    def is_settled(self, word: str) -> bool:
        """Whether ``word`` means kinds that Kubernetes serves, whatever else a CRD defines."""
        matches, group = self._matches(word.lower()), word.lower().partition(".")[2]
        return any(kind.builtin and self._is_served(kind) and group in {"", kind.group} for kind in matches)

    def others(self, word: str) -> tuple[Kind, ...]:
        """The snapshot's custom resources that go by ``word``, too, but are only meant by ``plural.group``."""
        preferred = self.resolve(word)
        return tuple(
            kind
            for kind in self._matches(word.lower())
            if kind not in preferred and (kind.group, kind.kind) in self._defined
        )

    def category(self, word: str) -> tuple[Kind, ...]:
        """The kinds of a category such as ``all``."""
        return tuple(kind for kind in self._kinds.values() if word.lower() in kind.categories)

    def for_object(self, group: str, kind: str) -> Kind:
        """The kind of an object that says so of itself; an unknown one is made up, with a guessed plural."""
        return self._kinds.get((group, kind)) or guess(group, kind)

    def at(self, path: str) -> tuple[Kind, ...]:
        """The kinds that are stored under ``path``, the likeliest first."""
        return self.by_path.get(path, ())

    def suggest(self, word: str) -> list[str]:
        """Up to three words that look like ``word``, for an error's hint."""
        import difflib

        words = [*self._by_word, *(kind.plural for kind in self._strays)]
        return difflib.get_close_matches(word.lower(), words, n=3, cutoff=0.7)

    @cached_property
    def by_path(self) -> dict[str, tuple[Kind, ...]]:
        """The kinds of each storage path, the likeliest first."""
        paths: dict[str, list[Kind]] = defaultdict(list)
        for kind in self._kinds.values():
            for path in kind.paths:
                paths[path].append(kind)
        return {path: tuple(sorted(kinds, key=_preference)) for path, kinds in paths.items()}

    @cached_property
    def _by_word(self) -> dict[str, list[Kind]]:
        return _by_word(self._kinds.values())

    @cached_property
    def _strays(self) -> tuple[Kind, ...]:
        return tuple(self._find_strays())

    @cached_property
    def _is_openshift(self) -> bool:
        return any(group.endswith(".openshift.io") for group, _ in self._defined)

    def _is_served(self, kind: Kind) -> bool:
        """Whether this cluster's API server serves the kind for certain."""
        if kind.origin == "openshift":
            return self._is_openshift
        return kind.builtin and re.fullmatch(r"v[0-9]+", kind.versions[0]) is not None

    def _matches(self, word: str) -> tuple[Kind, ...]:
        return _among(self._by_word, word)


def _by_word(kinds: Iterable[Kind]) -> dict[str, list[Kind]]:
    words: dict[str, list[Kind]] = defaultdict(list)
    for kind in kinds:
        for word in dict.fromkeys((kind.plural, kind.singular, kind.kind.lower(), *kind.short_names)):
            words[word].append(kind)
    return dict(words)


def _among(by_word: Mapping[str, list[Kind]], word: str) -> tuple[Kind, ...]:
    """The kinds that go by ``word``; a question mark behind it, as of a kind that only the key tells, is no part of it."""
    name, dot, rest = word.removesuffix("?").partition(".")
    named = by_word.get(name, ())
    return _of_group(named, rest) if dot else tuple(named)


def _of_group(kinds: Iterable[Kind], rest: str) -> tuple[Kind, ...]:
    """Those whose group is ``rest``, or ``rest`` after its version, or, as kubectl allows, begins with it."""
    version, _, after_version = rest.partition(".")
    groups = [rest, after_version] if re.fullmatch(_VERSION, version) else [rest]
    for group in groups:
        exact = tuple(kind for kind in kinds if kind.group == group)
        if exact:
            return exact
    return tuple(kind for kind in kinds if groups[-1] and kind.group.startswith(groups[-1]))


def _preference(kind: Kind) -> int:
    return _ORIGINS.index(kind.origin)


def _from_row(row: list[str]) -> Kind:
    group, kind, plural, singular, short_names, scope, categories, paths, versions, origin = row
    return Kind(
        group,
        kind,
        plural,
        singular,
        _listed(short_names),
        scope == "Namespaced",
        _listed(categories),
        _listed(paths),
        _listed(versions),
        origin,
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(",")) if cell else ()


@lru_cache(maxsize=4096)
def guess(group: str, kind: str) -> Kind:
    """A kind that no table knows; the plural is kubectl's guess (apimachinery ``UnsafeGuessKindToResource``)."""
    singular = kind.lower()
    if singular.endswith("endpoints"):
        plural = singular
    elif singular.endswith("s"):
        plural = singular + "es"
    elif singular.endswith("y"):
        plural = singular[:-1] + "ies"
    else:
        plural = singular + "s"
    path = f"{group}/{plural}" if "." in group else plural
    return Kind(group, kind, plural, singular, (), True, (), (path,), ("v1",), "custom")


def _from_crd(body: Body) -> Kind | None:
    """The kind that a CRD defines, or None if it breaks what an API server would have validated."""
    spec = _mapping(body.get("spec"))
    names = _mapping(spec.get("names"))
    group, kind, plural = spec.get("group"), names.get("kind"), names.get("plural")
    if not (_fits(group, _SUBDOMAIN) and _fits(kind, _KIND) and _fits(plural, _LABEL)):
        return None
    singular = names.get("singular")
    return Kind(
        group,
        kind,
        plural,
        singular if _fits(singular, _LABEL) else kind.lower(),
        _words(names.get("shortNames")),
        spec.get("scope") != "Cluster",
        _words(names.get("categories")),
        (f"{group}/{plural}",),
        _crd_versions(spec),
        "custom",
        _selectable(spec),
    )


def _crd_versions(spec: dict[str, Any]) -> tuple[str, ...]:
    """The version that is stored, then the others in the order of the CRD."""
    versions = [_mapping(version) for version in _list(spec.get("versions"))]
    versions.sort(key=lambda version: version.get("storage") is not True)
    names = [version.get("name") for version in versions] or [spec.get("version")]
    return tuple(name for name in names if _fits(name, _LABEL)) or ("v1",)


def _selectable(spec: dict[str, Any]) -> tuple[str, ...]:
    """What any of its versions lets be asked for. Source: apiextensions ``v1/types.go`` (SelectableField)."""
    holders = [spec, *map(_mapping, _list(spec.get("versions")))]
    paths = [_mapping(field).get("jsonPath") for holder in holders for field in _list(holder.get("selectableFields"))]
    return tuple(dict.fromkeys(path.removeprefix(".") for path in paths if _fits(path, _FIELD_PATH)))


def _merged(known: Kind, custom: Kind) -> Kind:
    """A CRD may move a known kind of OpenShift, but never redefine what Kubernetes serves."""
    paths = tuple(dict.fromkeys((*custom.paths, *known.paths)))
    return (known if known.origin != "custom" else custom)._replace(paths=paths)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _fits(value: Any, form: str) -> TypeGuard[str]:
    return isinstance(value, str) and re.fullmatch(form, value) is not None


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in value if _fits(word, _LABEL)) if isinstance(value, list) else ()
