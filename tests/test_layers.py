"""Who may import whom: the table of the design, read from the source and enforced."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "unique_analytics_mcp"
PACKAGE = "unique_analytics_mcp"

SHELL = {"service", "desks", "orders", "polling", "waiting", "progress", "fetching", "reading", "exporting", "querying",
         "gathering", "answering", "watching", "clock"}  # fmt: skip
"""The modules that together are the service layer."""

MAY_IMPORT = {
    "errors": set[str](),
    "tracing": set[str](),
    "background": set[str](),
    "paths": set[str](),
    "domain": {"errors"},
    "simulator": {"errors", "domain"},
    "store": {"errors", "domain", "background", "paths"},
    "analysis": {"errors", "domain"},
    "render": {"errors", "domain"},
    "charts": {"errors", "domain", "render"},
    "backends": {"errors", "domain"},
    "backends/_http": {"errors", "domain", "tracing", "background", "backends"},
    "backends/client": {"errors", "domain", "backends", "backends/_http", "backends/client"},
    "backends/reports": {"errors", "domain"},
    "backends/simulator": {"errors", "domain", "simulator", "backends/reports"},
    "service": {"errors", "domain", "tracing", "background", "backends", "store", "analysis"},
    "audit": {"errors", "paths"},
    "server": {"errors", "domain", "tracing", "background", "service", "render", "charts"},
    "top": {"errors", "domain", "backends", "backends/_http", "backends/client", "backends/reports",
            "backends/simulator", "simulator", "store", "analysis", "service", "server", "render", "charts",
            "audit", "tracing", "paths"},
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


@cache
def imports(path: Path) -> frozenset[str]:
    """Every module imported anywhere in the file, inside functions too."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
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


def test_a_module_imports_only_the_layers_below_it() -> None:
    reached = {(name_of(path), target) for path in modules() for target in own_imports(path) if target != "__init__"}
    pairs = {pair: (layer(place(pair[0])), layer(place(pair[1]))) for pair in reached}
    assert {pair: (own, found) for pair, (own, found) in pairs.items() if found not in MAY_IMPORT[own] | {own}} == {}


def test_each_library_is_imported_only_by_its_owner() -> None:
    found = {(name_of(path), name.split(".")[0]) for path in modules() for name in imports(path)}
    assert {(name, root) for name, root in found if place(name) not in OWNERS.get(root, {place(name)})} == set()


def test_each_library_that_is_imported_is_asked_for_by_name() -> None:
    """One that only comes along with another one leaves with it."""
    project = tomllib.loads((SOURCE.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    demanded = [*project["dependencies"], *project["optional-dependencies"]["otel"]]
    asked = {re.split(r"[^\w-]", line)[0].lower() for line in demanded}
    roots = {name.split(".")[0] for path in modules() for name in imports(path)} - {PACKAGE, "_typeshed"}
    bringing = packages_distributions()
    bound = {"pydantic_core"}  # to the one version of pydantic
    foreign = roots - sys.stdlib_module_names - bound
    assert {root for root in foreign if not asked & {canonical(name) for name in bringing[root]}} == set()


def canonical(name: str) -> str:
    return name.lower().replace("_", "-")


def test_a_simulator_never_sees_a_client_nor_a_backend_another() -> None:
    reached = {(name_of(path), target) for path in modules() for target in own_imports(path)}
    folders = {pair: [module.split("/") for module in pair] for pair in reached}
    inside = {
        pair: (own[1], other[1])
        for pair, (own, other) in folders.items()
        if own[0] == other[0] == "backends" and min(len(own), len(other)) > 2
    }
    assert {pair for pair, (own, other) in inside.items() if own != other} == set()


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
