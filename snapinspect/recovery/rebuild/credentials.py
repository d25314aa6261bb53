"""What in a ConfigMap is secret by its looks: a kubeconfig's keys and tokens, passwords, private keys, Helm's releases."""

from __future__ import annotations

import re

from snapinspect.recovery.rebuild.spans import Span

_NAMED = re.compile(
    rb"""(?ix) (?: token | password | passwd | secret | api[-_]?key | access[-_]?key | client-key-data
    | private[-_]?key | credentials? ) [\w.-]{0,64} ["']? [ \t]{0,8} [:=] [ \t]{0,8} ["']? (?P<value> [^\s"',;&]{4,} )"""
)
_PEM = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----(?P<value>[^-]+)-----END", re.DOTALL)
_TOKEN = re.compile(rb"(?P<value>\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*)")
_IN_ADDRESS = re.compile(rb"://[^\s/:@]{1,256}:(?P<value>[^\s/@]{1,1024})@")
_HELM = (b"sh.helm.release.v1", b"OWNER\x12\x06TILLER", b'"OWNER":"TILLER"')
"""Signs of a release that Helm keeps in a ConfigMap: its name, or Helm 2's label."""
_FRONT = 4096


def spans(value: bytes) -> list[Span]:
    """Where credentials stand in the stored object."""
    return [
        Span(*found.span("value")) for look in (_NAMED, _PEM, _TOKEN, _IN_ADDRESS) for found in look.finditer(value)
    ]


def is_helm_release(value: bytes) -> bool:
    """Whether the stored ConfigMap is a release of Helm's, in which charts' values lie."""
    return any(sign in value[:_FRONT] for sign in _HELM)
