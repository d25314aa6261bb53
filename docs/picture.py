"""Writes the picture in ``docs/architecture.md`` from the import contracts in ``pyproject.toml``."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
TARGET = Path(__file__).with_name("architecture.md")
_BEGIN, _END = "<!-- made by `make docs` from the contracts in pyproject.toml -->\n", "<!-- end -->\n"

Contract = dict[str, Any]


def page() -> str:
    """The whole page, with the picture as the contracts are now."""
    before, _, rest = TARGET.read_text(encoding="utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{picture()}\n{_END}{after}"


def picture() -> str:
    """The floors, the order within them, and what must never be."""
    contracts: list[Contract] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "importlinter"
    ]["contracts"]
    layered = [contract for contract in contracts if contract["type"] == "layers"]
    others = [contract for contract in contracts if contract["type"] != "layers"]
    parts = [f"**{_sentence(contract['name'])}**\n\n```\n{_floors(contract)}\n```\n" for contract in layered]
    return "\n".join([*parts, "**And:**\n", *map(_rule, others), ""])


def _floors(contract: Contract) -> str:
    """A line for each room, floors apart by a rule; rooms on one floor do not know each other."""
    (container,) = contract["containers"]
    rooms = [[room.strip() for room in layer.split("|")] for layer in contract["layers"]]
    width = max(len(room) for floor in rooms for room in floor)
    floors = ["\n".join(f"{room:{width}}  {_idea(container, room)}" for room in floor) for floor in rooms]
    return f"\n{'─' * width}\n".join(floors)


def _idea(container: str, room: str) -> str:
    """The first sentence of what a room says of itself."""
    path = ROOT.joinpath(*container.split("."), room)
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    summary = (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n\n")[0]
    return " ".join(summary.split())


def _rule(contract: Contract) -> str:
    exceptions = sorted({entry.partition(" -> ")[0] for entry in contract.get("ignore_imports", ())})
    allowed = ", ".join(f"`{name.removeprefix('snapinspect.')}`" for name in exceptions)
    return f"- {_sentence(contract['name'])}" + (f" Excepted: {allowed}." if allowed else "")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
