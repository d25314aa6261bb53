"""Compiles the hot rooms with mypyc when the package is built or installed in place: the same source, quicker.

``SNAPINSPECT_COMPILE`` is ``yes``, ``no`` or ``auto``, which compiles where there is a C compiler and else says nothing.
The modules are listed in pyproject.toml.
"""

from __future__ import annotations

import os
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_GROUP = "snapinspect"
_OPTIONS = ["--config-file=", "--follow-imports=silent", "--ignore-missing-imports"]
_TOOLS = ["mypy>=1.15", "setuptools>=75"]


class CompilingHook(BuildHookInterface[Any]):
    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        return _TOOLS if self._is_wanted() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        if version == "editable":
            _remove_compiled(root)
        if not self._is_wanted():
            return
        is_in_place = version == "editable"
        built = root if is_in_place else self._scratch()
        try:
            compiled = _compile(root, self.config["modules"], built, in_place=is_in_place)
        except BaseException as error:
            if _choice() == "yes":
                raise
            self.app.display_debug(f"not compiled: {error}")
            _remove_compiled(root)
            return
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        if not is_in_place:
            build_data["force_include"] |= {str(file): str(file.relative_to(built)) for file in compiled}

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        if self._built is not None:
            self._built.cleanup()

    _built: tempfile.TemporaryDirectory[str] | None = None

    def _scratch(self) -> Path:
        """Where a wheel's modules are compiled to, kept until they are packed."""
        self._built = tempfile.TemporaryDirectory(prefix="snapinspect-build-")
        return Path(self._built.name)

    def _is_wanted(self) -> bool:
        if self.target_name != "wheel" or _choice() == "no":
            return False
        compiler = (sysconfig.get_config_var("CC") or "cc").split()[0]
        return _choice() == "yes" or shutil.which(compiler) is not None


def _choice() -> str:
    choice = os.environ.get("SNAPINSPECT_COMPILE") or "auto"
    if choice not in {"yes", "no", "auto"}:
        raise ValueError(f"SNAPINSPECT_COMPILE is {choice!r} and should be yes, no or auto")
    return choice


def _compile(root: Path, modules: list[str], into: Path, *, in_place: bool) -> list[Path]:
    """The extension modules, made from ``modules`` and laid out below ``into`` as the package is."""
    from mypyc.build import mypycify
    from setuptools import Distribution

    before = Path.cwd()
    os.chdir(root)
    with tempfile.TemporaryDirectory(prefix="snapinspect-c-") as scratch:
        try:
            extensions = mypycify(
                [*_OPTIONS, *modules], opt_level="3", debug_level="0", group_name=_GROUP, target_dir=scratch
            )
            command: Any = Distribution({"name": _GROUP, "ext_modules": extensions}).get_command_obj("build_ext")
            command.inplace, command.build_temp = in_place, scratch
            command.build_lib = scratch if in_place else str(into)
            command.ensure_finalized()
            command.run()
            return [into / command.get_ext_filename(extension.name) for extension in extensions]
        finally:
            os.chdir(before)


def _remove_compiled(root: Path) -> None:
    """What an earlier installation in place compiled, as it would hide the source."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    for file in [*root.glob(f"{_GROUP}__mypyc{suffix}"), *(root / _GROUP).rglob(f"*{suffix}")]:
        file.unlink()
