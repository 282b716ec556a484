"""The house rules that no linter holds: sizes, what a floor may import, reasons that must be given, forbidden words."""

import ast
import re
import statistics
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "abate"
FILES = sorted(SOURCE.rglob("*.py"))
MODULES = pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))

FUNCTION_MEDIAN, FUNCTION_P95, FUNCTION_MAX = 10, 45, 80
FILE_SOFT, FILE_MAX = 400, 600

PURE_FLOORS = {
    "domain": ("abate.domain",),
    "extend": ("abate.domain", "abate.extend"),
    "policy": ("abate.domain", "abate.extend", "abate.policy", "re2"),  # linear in the text, whatever a rule asks
    "compliance": ("abate.domain", "abate.extend", "abate.compliance"),
}
"""What each room may import besides the standard library."""

EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "lib", "misc", "manager", "managers", "models"}
"""Each is where naming stopped."""

MACHINE_WORDS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.~])/(?:work|root|home/\w+|Users/\w+)/",  # a path of the machine it was written on
        r"\bpypi\." + r"(?:org|python\.org)",  # an index host; split so that this file holds none
        r"pythonhosted\." + "org",
        r"--(?:extra-)?" + r"index-url",
    )
)
TEXT_SUFFIXES = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".html",
    ".css",
    ".js",
    ".json",
    ".csv",
    ".sql",
    ".ini",
    ".mako",
    ".yml",
    "",
}


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def parsed(path: Path) -> tuple[ast.Module, list[str]]:
    text = path.read_text("utf-8")
    return ast.parse(text), text.splitlines()


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"


def of_room(*rooms: str) -> list[Path]:
    return [path for path in FILES if path.relative_to(SOURCE).parts[0] in rooms]


def test_functions_are_short():
    found = sorted((length(node), where(path, node.lineno)) for path in FILES for node in functions(parsed(path)[0]))
    lengths = [size for size, _ in found]
    too_long = [f"{at}: {size} lines" for size, at in found if size > FUNCTION_MAX]
    assert not too_long
    assert statistics.median(lengths) <= FUNCTION_MEDIAN
    assert lengths[int(0.95 * (len(lengths) - 1))] <= FUNCTION_P95, found[-20:]


@MODULES
def test_a_file_is_read_in_one_sitting(path):
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= FILE_MAX
    if lines > FILE_SOFT:
        warnings.warn(
            f"{where(path, 1)} has {lines} lines; above {FILE_SOFT} look for the second subject", stacklevel=1
        )


@MODULES
def test_a_module_has_a_name_that_says_something(path):
    assert not EMPTY_NAMES & {part.removesuffix(".py") for part in path.relative_to(SOURCE).parts}


@MODULES
def test_a_module_opens_with_a_sentence(path):
    assert ast.get_docstring(parsed(path)[0]) or not path.read_text("utf-8").strip()


@pytest.mark.parametrize("path", of_room(*PURE_FLOORS), ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_middle_imports_nothing_from_outside(path):
    allowed = PURE_FLOORS[path.relative_to(SOURCE).parts[0]]
    for node in ast.walk(parsed(path)[0]):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{where(path, node.lineno)}: imports are written in full"
            names = [node.module or ""]
        for name in names:
            inside = any(name == room or name.startswith(f"{room}.") for room in allowed)
            assert inside or name.split(".")[0] in sys.stdlib_module_names, f"{where(path, node.lineno)}: {name}"


@pytest.mark.parametrize("path", of_room("domain", "extend"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_every_public_object_of_the_contract_is_documented(path):
    bare = [name for name, node in _public(parsed(path)[0]) if not ast.get_docstring(node)]
    assert not bare


def _public(tree: ast.Module | ast.ClassDef, prefix: str = "") -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef) and not node.name.startswith("_"):
            yield f"{prefix}{node.name}", node
            if isinstance(node, ast.ClassDef):
                yield from _public(node, f"{node.name}.")


@pytest.mark.parametrize("path", of_room("domain", "extend"), ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_value_is_frozen_and_built_by_keyword(path):
    for node in ast.walk(parsed(path)[0]):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                text = ast.unparse(decorator)
                if text.startswith("dataclass"):
                    assert "frozen=True" in text, where(path, node.lineno)
                    assert "kw_only=True" in text, where(path, node.lineno)


@MODULES
def test_a_broad_except_says_why(path):
    tree, lines = parsed(path)
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler) and _is_broad(node):
            around = lines[node.lineno - 2 : node.body[0].lineno]
            assert any(_comment(line) for line in around), f"{where(path, node.lineno)}: say why it catches everything"


def _is_broad(node: ast.ExceptHandler) -> bool:
    """Tidying up and raising again catches nothing; what ends otherwise does."""
    if isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None:
        return False
    caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
    return any(kind is None or ast.unparse(kind) in {"Exception", "BaseException"} for kind in caught)


def _comment(line: str) -> str:
    """The comment's own words: what ``noqa`` and ``type: ignore`` say to a machine is no reason."""
    written = line.partition("#")[2]
    return re.sub(r"^\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[\w, -]+\])?)\s*[-#]*\s*", "", written).strip()


@MODULES
def test_a_late_import_says_why(path):
    """A comment on the import or above its block, or one line ``# late: numba, duckdb - reason`` for the whole file."""
    tree, lines = parsed(path)
    listed = re.findall(r"^# late: ([\w., ]+) - \S", "\n".join(lines), re.MULTILINE)
    allowed = {name.strip() for names in listed for name in names.split(",")}
    for function in functions(tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom) and not _names(node) <= allowed:
                assert _explained(lines, node), f"{where(path, node.lineno)}: say why it is imported this late"


def _names(node: ast.Import | ast.ImportFrom) -> set[str]:
    return {node.module or ""} if isinstance(node, ast.ImportFrom) else {alias.name for alias in node.names}


def _explained(lines: list[str], node: ast.Import | ast.ImportFrom) -> bool:
    if any(_comment(line) for line in lines[node.lineno - 1 : node.end_lineno]):
        return True
    above = node.lineno - 2
    while re.match(r"\s*((import|from) .*)?$", lines[above]) and not _comment(lines[above]):
        above -= 1
    return bool(_comment(lines[above]))


@MODULES
def test_comments_carry_reasons_and_no_decoration(path):
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        assert not re.search(r"#\s*([-=*#~_+])\1{2,}", line), f"{where(path, number)}: banner"
        assert not re.search(r"#.*\b(TODO|FIXME|XXX)\b", line), f"{where(path, number)}: open an issue instead"
        if re.search(r"#\s*(noqa|type: ignore|pragma: no cover)", line):
            silenced = re.sub(r".*#\s*(noqa: [A-Z0-9, ]+[A-Z0-9]+|type: ignore\[[\w, -]+\]|pragma: no cover)", "", line)
            assert re.search(r"\w", silenced), f"{where(path, number)}: a silenced check gives its reason"


def test_the_floors_hold():
    """Import-linter says: imports point down, rooms of one floor do not know each other, no cycles.

    In a process of its own, because it sets up logging for the whole process, which silences other tests.
    """
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_no_file_knows_the_machine_it_was_written_on():
    found = [
        f"{where(path, number)}: {line.strip()[:100]}"
        for path in project_files()
        for number, line in enumerate(path.read_text("utf-8", errors="replace").splitlines(), 1)
        if any(word.search(line) for word in MACHINE_WORDS)
    ]
    assert not found


def project_files() -> Iterator[Path]:
    """Every text file that is not ignored: what ``.gitignore`` names as a folder is not entered."""
    ignored = {line.rstrip("/") for line in (ROOT / ".gitignore").read_text("utf-8").splitlines() if line.endswith("/")}
    for top in sorted(ROOT.iterdir()):
        if top.name not in ignored | {".git"}:
            inside = top.rglob("*") if top.is_dir() else [top]
            yield from (path for path in inside if path.is_file() and _is_text(path) and not ignored & set(path.parts))


def _is_text(path: Path) -> bool:
    return path.suffix in TEXT_SUFFIXES and path.name != ".coverage"
