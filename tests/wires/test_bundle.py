"""The bundle: the sanitizer, its two libraries, and nothing else."""

import dataclasses
import importlib.util
import os
import subprocess
import sys
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from infra.bundle import LIBRARIES, MAX_BYTES, BundleError, Entry, build, installed
from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_runtime import Runtime
from infra.local.lambda_sandbox import Sandbox
from infra.local.stack import local_template

ROOT = Path(__file__).resolve().parents[2]

PROBE = """
import sys
before = set(sys.modules)
import nh3, re2
import sanitizer_lambda.contract
def handler(event, context):
    cleaned = nh3.clean("<b>x</b><script>y</script>", tags=set())
    matched = bool(re2.search(b"a+", b"caab"))
    origins = {name: sys.modules[name].__file__ for name in ("nh3", "re2", "sanitizer_lambda")}
    return [cleaned, matched, origins, sorted({name.partition(".")[0] for name in set(sys.modules) - before})]
"""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("bundle") / "bundle.zip")


def test_it_holds_the_package_the_two_libraries_and_nothing_else(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as content:
        names = content.namelist()
    tops = {name.partition("/")[0].partition("-")[0] for name in names}
    assert tops == {"sanitizer_lambda", "nh3", "re2", "google_re2"}
    sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / "sanitizer_lambda").rglob("*.py")}
    assert sources <= set(names)
    assert not [name for name in names if name.endswith(("RECORD", "INSTALLER")) or ".." in name]
    assert any(name.endswith("LICENSE") for name in names)


def test_beside_each_source_lies_bytecode_that_is_never_checked_against_it(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as content:
        names = set(content.namelist())
        bytecode = {name for name in names if name.endswith(".pyc")}
        sources = {PurePosixPath(name) for name in names if name.endswith(".py")}
        assert bytecode == {importlib.util.cache_from_source(str(source)) for source in sources}
        for name in bytecode:
            data = content.read(name)
            # PEP 552: of the flags, the lowest says "by hash", the next "check the source".
            assert data[:8] == importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
            assert str(ROOT).encode() not in data


def test_another_process_in_another_state_makes_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    script = "import sys, sanitizer_lambda.handler, infra.bundle as b, pathlib as p; b.build(p.Path(sys.argv[1]))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "7", "TMPDIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", script, tmp_path / "b.zip"], env=environment, check=True)
    assert (tmp_path / "b.zip").read_bytes() == bundle.read_bytes()


def test_it_is_small(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as content:
        assert sum(info.file_size for info in content.infolist()) <= MAX_BYTES


def test_the_same_input_makes_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    assert build(tmp_path / "again.zip").read_bytes() == bundle.read_bytes()
    (tmp_path / "x.py").write_text("1")
    first = build(tmp_path / "1.zip", [Entry("x.py", tmp_path / "x.py")]).read_bytes()
    os.utime(tmp_path / "x.py", (0, 0))
    (tmp_path / "x.py").chmod(0o700)
    assert build(tmp_path / "2.zip", [Entry("x.py", tmp_path / "x.py")]).read_bytes() == first


def test_its_files_can_be_read_and_its_libraries_run_by_anybody(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as content:
        for info in content.infolist():
            assert info.external_attr >> 16 & 0o444 == 0o444, info.filename
            assert bool(info.external_attr >> 16 & 0o111) == (".so" in info.filename)


def test_what_it_carries_works_where_nothing_else_is(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(PROBE)
    libraries = [*installed(LIBRARIES), Entry("probe.py", tmp_path / "probe.py")]
    sandbox = Sandbox(tmp_path / "lambda", build(tmp_path / "bundle.zip", libraries))
    spec = dataclasses.replace(FunctionSpec.of(local_template("http://127.0.0.1:1")), handler="probe.handler")
    runtime = Runtime(spec, sandbox)
    try:
        ended = runtime.invoke({})
    finally:
        runtime.stop()
    assert ended.error is None
    cleaned, matched, origins, imported = ended.payload
    assert (cleaned, matched) == ("x", True)
    assert all(Path(origin).is_relative_to(tmp_path / "lambda") for origin in origins.values())
    assert not {"pydantic", "boto3", "botocore", "yaml", "infra"} & set(imported)


def test_a_source_that_cannot_be_compiled_is_one_error_and_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("def")
    with pytest.raises(BundleError, match="SyntaxError"):
        build(tmp_path / "out" / "bundle.zip", [Entry("x.py", tmp_path / "x.py")])
    assert not (tmp_path / "out").exists()


def test_a_library_that_is_not_installed_is_one_sentence() -> None:
    with pytest.raises(BundleError, match=r"^no-such-library is not installed$"):
        installed(["no-such-library"])


def test_a_bundle_that_grew_too_large_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with (tmp_path / "huge.so").open("wb") as huge:
        huge.truncate(MAX_BYTES)
    folder = tmp_path / "out"
    with pytest.raises(BundleError, match=r"would unpack to [\d,]+ bytes; 15,000,000 are allowed"):
        build(folder / "bundle.zip", [Entry("huge.so", tmp_path / "huge.so")])
    assert not folder.exists()
