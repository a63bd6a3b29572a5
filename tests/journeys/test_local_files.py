"""`airlock sanitize` and `airlock detect` on files of this machine."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from airlock.files import Job, clash, detect_lines, read_list, run_jobs, shown
from sanitizer_lambda.contract import RejectionCode

AIRLOCK = [sys.executable, "-m", "airlock"]
_SUITES = b"Code,Name\n1A,One\n"


def airlock(*arguments: str, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*AIRLOCK, *arguments],
        input=data,
        capture_output=True,
        timeout=60,
        env={**os.environ, "COLUMNS": "200", **environment},
        check=False,
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound file of suites."""
    path = tmp_path / "in.csv"
    path.write_bytes(_SUITES)
    return path


def test_standard_output_gets_the_clean_file_and_no_more(file: Path) -> None:
    for name in ("-", "/dev/stdout"):
        done = airlock("sanitize", str(file), "-o", name)
        assert (done.returncode, done.stdout) == (0, b"code,name\n1A,One\n")


def test_a_file_that_comes_through_a_pipe_is_sanitized() -> None:
    done = airlock("sanitize", "/dev/stdin", "-o", "-", data=_SUITES)
    assert (done.returncode, done.stdout) == (0, b"code,name\n1A,One\n")


def test_a_life_longer_than_any_calendar_is_an_error_of_its_option() -> None:
    done = airlock("token", "--user", "a@example.com", "--ttl", "9" * 18, JWT_SECRET="x" * 64)
    assert done.returncode == 2
    assert b"--ttl" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_list_may_name_files_by_any_bytes(tmp_path: Path) -> None:
    name = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.csv")
    Path(name).write_bytes(_SUITES)
    (tmp_path / "list").write_bytes(os.fsencode(name) + b"\t" + os.fsencode(tmp_path / "out.csv") + b"\r\n\n")
    done = airlock("sanitize", "--list", str(tmp_path / "list"))
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "out.csv").read_bytes() == b"code,name\n1A,One\n"
    done = airlock("detect", "--json", name)
    assert json.loads(done.stdout)["file"].endswith(r"caf\xe9.csv")


@pytest.mark.parametrize("line", [b"only one", b"a\t", b"\tb", b"a\tb\tc", b"a\0\tb"])
def test_a_line_of_a_list_that_names_no_two_files_is_said_by_number(tmp_path: Path, line: bytes) -> None:
    (tmp_path / "list").write_bytes(b"\xef\xbb\xbfa\tb\n" + line + b"\n")
    with pytest.raises(ValueError, match="line 2: in<TAB>out is expected"):
        read_list(tmp_path / "list")


def test_no_output_takes_the_place_of_the_source_or_of_another(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    assert clash([Job(file, out, tmp_path / "report", tmp_path / "rejects")]) is None
    for job in (Job(file, file), Job(file, out, report=file), Job(file, out, rejects=file), Job(file, out, out)):
        assert clash([job]) is not None
    assert clash([Job(file, Path(os.devnull), Path(os.devnull))]) is None
    done = airlock("sanitize", str(file), "-o", str(out), "--report", str(file))
    assert done.returncode == 1
    assert file.read_bytes() == _SUITES


def test_a_folder_that_is_not_there_is_named_as_it_was_given(file: Path, tmp_path: Path) -> None:
    ((_, sentence),) = run_jobs([Job(file, tmp_path / "no" / "out.csv")], kind=None, structure_only=False)
    assert sentence == f"No such file or directory: {tmp_path}/no/out.csv"


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b" \n\n\t\n", b"\xff\xfe", "\n\n".encode("utf-16")])
def test_a_file_of_nothing_is_said_to_be_empty(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(data)
    ((line, refused),) = detect_lines([path], as_json=True)
    assert refused
    assert json.loads(line)["error"] == RejectionCode.FILE_EMPTY
    assert run_jobs([Job(path, tmp_path / "out.csv")], kind=None, structure_only=True) == []
    ((_, sentence),) = run_jobs([Job(path, tmp_path / "clean.csv")], kind=None, structure_only=False)
    assert sentence.endswith("(FILE_EMPTY)")


def test_what_was_detected_is_one_line_a_file(file: Path) -> None:
    ((line, refused),) = detect_lines([file], as_json=False)
    assert not refused
    assert line.startswith(f'{shown(file)}: encoding "utf-8", bom false, delimiter ",", newline "LF", header_line 1')


def test_the_report_of_a_refused_file_is_written_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"%PDF-1.7\n")
    job = Job(tmp_path / "in.csv", tmp_path / "out.csv", tmp_path / "report.json")
    ((_, sentence),) = run_jobs([job], kind=None, structure_only=False)
    report = json.loads((tmp_path / "report.json").read_bytes())
    assert sentence == "This is a PDF document, not a CSV file; export the table as CSV. (NOT_CSV)"
    assert report["rejection"]["code"] == RejectionCode.NOT_CSV
    assert not (tmp_path / "out.csv").exists()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(alphabet=st.sampled_from("aB1 ,;\"'\t|\n\ré\u200b\ufeff\ufffd\U0001f600日\\=<"), max_size=200),
    st.sampled_from(["utf-8", "utf-16", "utf-32", "cp1252", "gb18030"]),
)
def test_repairing_the_structure_alone_fails_on_no_text(tmp_path: Path, text: str, encoding: str) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(text.encode(encoding, "ignore"))
    assert run_jobs([Job(source, output)], kind=None, structure_only=True) == []
    with output.open(encoding="utf-8", newline="") as file:
        assert len({len(row) for row in csv.reader(file)}) <= 2 + text.count("\n") + text.count("\r")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_repairing_the_structure_alone_refuses_or_repairs_any_bytes(tmp_path: Path, data: bytes) -> None:
    source, output = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(data)
    refused = run_jobs([Job(source, output)], kind=None, structure_only=True)
    assert [sentence.rsplit("(")[-1] for _, sentence in refused] in ([], ["NOT_CSV)"], ["NOT_TEXT)"])
    assert list(detect_lines([source], as_json=True))
