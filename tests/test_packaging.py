"""The wheel holds all that the program needs, and runs where there is no checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import snapinspect

ROOT = Path(__file__).resolve().parents[1]
SMALL = ROOT / "fixtures" / "k8s-1.36" / "small.db"
PACKAGES = ("snapinspect", "pyspark_snapinspect")
DATA = {".css", ".js", ".binpb", ".gz", ".tsv", ".typed"}
"""What a module is not, and yet the package needs."""


def output_of(*command: str | Path, cwd: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {
        "SNAPINSPECT_COMPILE": "no"
    }
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as a release is, with the build backend in an environment of its own."""
    built = tmp_path_factory.mktemp("wheel")
    output_of(sys.executable, "-m", "build", "--wheel", "--outdir", built, ROOT, cwd=built)
    (found,) = built.iterdir()
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of the programs of an environment with this wheel, and with the dependencies of ours."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home)
    python = home / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index")
    output_of(*pip, wheel, cwd=home)
    (packages,) = home.glob("lib/python*/site-packages")
    # Behind its own packages, so that an editable installation of the project is not found first.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


def test_the_wheel_holds_every_module_and_all_data(wheel: Path) -> None:
    files = [path for package in PACKAGES for path in (ROOT / package).rglob("*")]
    expected = {str(path.relative_to(ROOT)) for path in files if path.suffix in DATA | {".py"}}
    assert {"snapinspect/kube/schemas.binpb", "snapinspect/kube/kinds.tsv", "snapinspect/py.typed"} <= expected
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        for name in expected:
            assert archive.read(name) == (ROOT / name).read_bytes()
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_wheel_is_for_any_machine(wheel: Path) -> None:
    assert wheel.name == f"snapinspect-{snapinspect.__version__}-py3-none-any.whl"


def test_it_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    where = output_of(installed / "python", "-c", "import snapinspect; print(snapinspect.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parent)
    listed = output_of(installed / "snapinspect", "ls", SMALL, cwd=tmp_path)
    assert len(listed.splitlines()) == 638
    recovered = output_of(installed / "snapinspect", "get", SMALL, "widget/ints", cwd=tmp_path)
    assert recovered.startswith("apiVersion: example.com/v1\nkind: Widget\n")
    assert "hash: 4173747854" in output_of(installed / "snapinspect", "info", SMALL, "-o", "yaml", cwd=tmp_path)


def test_it_is_a_kubectl_plugin(installed: Path, tmp_path: Path) -> None:
    shown = output_of(installed / "kubectl-snapinspect", "--version", cwd=tmp_path)
    assert shown == f"snapinspect {snapinspect.__version__} (interpreted)\n"
