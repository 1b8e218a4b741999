"""Who may import whom: the table of the design, read from the source and enforced."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "unique_analytics_mcp"
PACKAGE = "unique_analytics_mcp"

SHELL = {"service", "desks", "orders", "polling", "waiting", "progress", "fetching", "reading", "exporting", "querying",
         "gathering", "answering", "watching"}  # fmt: skip
"""The modules that together are the service layer."""

MAY_IMPORT = {
    "errors": set[str](),
    "tracing": set[str](),
    "domain": {"errors"},
    "simulator": {"errors", "domain"},
    "store": {"errors", "domain"},
    "analysis": {"errors", "domain"},
    "render": {"errors", "domain"},
    "charts": {"errors", "domain", "render"},
    "backends": {"errors", "domain"},
    "backends/_http": {"errors", "domain", "tracing", "backends"},
    "backends/client": {"errors", "domain", "backends", "backends/_http", "backends/client"},
    "backends/reports": {"errors", "domain"},
    "backends/simulator": {"errors", "domain", "simulator", "backends/reports"},
    "service": {"errors", "domain", "tracing", "backends", "store", "analysis"},
    "audit": {"errors"},
    "server": {"errors", "domain", "tracing", "service", "render", "charts"},
    "top": {"errors", "domain", "backends", "backends/_http", "backends/client", "backends/reports",
            "backends/simulator", "simulator", "store", "analysis", "service", "server", "render", "charts",
            "audit", "tracing"},
}  # fmt: skip
"""Layer to the other layers it may import; every layer may import itself."""

OWNERS = {
    "httpx": {"backends/_http"},
    "truststore": {"backends/_http"},
    "duckdb": {"analysis"},
    "resvg_py": {"charts"},
    "mcp": {"server"},
    "prometheus_client": {"server"},
    "sse_starlette": {"server"},
    "mcp_types": {"server"},
    "filelock": {"store", "audit"},
    "opentelemetry": {"tracing"},
    "obstore": {"store"},
    "redis": {"store"},
    "rich": {"terminal"},
    "dotenv": {"settings"},
    "pydantic_settings": {"settings"},
    "platformdirs": {"app"},
    "starlette": {"simulator", "backends/simulator", "server"},
    "uvicorn": {"simulator", "server"},
}
"""Third-party library to the only places that may import it."""

TOP = {"__init__", "__main__", "app", "settings", "credentials", "commands", "doctor", "platforms", "run",
       "terminal"}  # fmt: skip


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def place(module: str) -> str:
    """`backends/unique/simulator/rows` and `backends/unique/simulator_rows` are the place `backends/simulator`."""
    parts = [part for part in module.split("/") if part != "__init__"] or ["__init__"]
    if parts[0] != "backends":
        return parts[0]
    if len(parts) == 1:
        return "backends"
    if parts[1].startswith("_"):
        return "backends/_http"
    role = parts[2] if len(parts) > 2 else "client"
    return next((f"backends/{kind}" for kind in ("simulator", "reports") if role.startswith(kind)), "backends/client")


def layer(spot: str) -> str:
    return "service" if spot in SHELL else "top" if spot in TOP else spot


def name_of(path: Path) -> str:
    return path.relative_to(SOURCE).with_suffix("").as_posix()


def imports(path: Path) -> Iterator[str]:
    """Every module imported anywhere in the file, inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} uses a relative import"
            assert node.module is not None
            yield from (_submodule(node.module, alias.name) for alias in node.names)


def _submodule(module: str, name: str) -> str:
    candidate = SOURCE / "/".join(f"{module}.{name}".split(".")[1:])
    if module.startswith(PACKAGE) and (candidate.with_suffix(".py").exists() or candidate.is_dir()):
        return f"{module}.{name}"
    return module


def own_imports(path: Path) -> set[str]:
    inside = (name.removeprefix(PACKAGE).removeprefix(".") for name in imports(path) if name.startswith(PACKAGE))
    return {name.replace(".", "/") or "__init__" for name in inside}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_module_imports_only_the_layers_below_it(path: Path) -> None:
    own = layer(place(name_of(path)))
    allowed = MAY_IMPORT[own] | {own}
    reached = {target: layer(place(target)) for target in own_imports(path) if target != "__init__"}
    assert {target: found for target, found in reached.items() if found not in allowed} == {}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_each_library_is_imported_only_by_its_owner(path: Path) -> None:
    spot = place(name_of(path))
    roots = {name.split(".")[0] for name in imports(path)}
    assert {root for root in roots if spot not in OWNERS.get(root, {spot})} == set()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_a_simulator_never_sees_a_client_nor_a_backend_another(path: Path) -> None:
    parts = name_of(path).split("/")
    if parts[0] != "backends" or len(parts) < 3:
        return
    others = {target for target in own_imports(path) if target.startswith("backends/") and target.count("/") > 1}
    assert {target for target in others if target.split("/")[1] != parts[1]} == set()


def test_no_two_modules_import_each_other_in_a_circle() -> None:
    graph = {name_of(path): _existing(own_imports(path)) for path in modules()}
    while True:
        leaves = {name for name, targets in graph.items() if not targets & graph.keys()}
        if not leaves:
            break
        graph = {name: targets for name, targets in graph.items() if name not in leaves}
    assert graph == {}


def _existing(targets: set[str]) -> set[str]:
    return {target if (SOURCE / f"{target}.py").exists() else f"{target}/__init__" for target in targets}


def test_every_layer_of_the_table_exists() -> None:
    found = {layer(place(name_of(path))) for path in modules()}
    assert found == set(MAY_IMPORT)
