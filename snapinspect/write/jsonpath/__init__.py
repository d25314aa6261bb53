"""kubectl's JSONPath: templates around expressions in braces, as ``-o jsonpath`` takes them.

Source of grammar and meaning: client-go ``util/jsonpath`` (``parser.go``, ``jsonpath.go``) with keys that may be
missing, as ``kubectl get`` sets it, and cli-runtime's printers; for the relaxed form kubectl ``pkg/cmd/get/customcolumn.go``.
"""

from snapinspect.write.jsonpath.parser import parse, parse_relaxed
from snapinspect.write.jsonpath.template import Template
from snapinspect.write.jsonpath.text import go_text

__all__ = ["Template", "go_text", "parse", "parse_relaxed"]
