"""Compiles the .proto files into the package: ``python protos/compile.py [--check]``.

With ``--check`` nothing is written; exit code 1 says that a compiled file disagrees.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tool.compiler import CompileError, stale, write

HERE = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile the .proto files into the package.")
    parser.add_argument("--check", action="store_true", help="only say whether the compiled files agree")
    parser.add_argument("--protos", type=Path, default=HERE, metavar="DIR", help="the folder of .proto files")
    parser.add_argument("--package", type=Path, default=HERE.parent, metavar="DIR", help="the folder over snapinspect/")
    options = parser.parse_args()
    try:
        return check(options.protos, options.package) if options.check else build(options.protos, options.package)
    except CompileError as error:
        parser.exit(1, f"{error}\n")


def build(protos: Path, package: Path) -> int:
    for path in write(protos, package):
        sys.stdout.write(f"{path}\n")
    return 0


def check(protos: Path, package: Path) -> int:
    disagreeing = stale(protos, package)
    for path in disagreeing:
        sys.stderr.write(f"{path} disagrees with {protos}: run python protos/compile.py\n")
    return 1 if disagreeing else 0


if __name__ == "__main__":
    sys.exit(main())
