"""LibreOffice opens what the sanitizer makes of attacks and computes nothing; of the attacks themselves it computes.

Opt-in: ``python -m pytest -m libreoffice tests/sanitizer``, where `soffice` is installed (Debian: `libreoffice-calc`).
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest

from sanitizer_lambda.contract import ParseHints, SanitizeRequest
from sanitizer_lambda.sanitize import Sinks, sanitize

SOFFICE = shutil.which("soffice")

pytestmark = [
    pytest.mark.libreoffice,
    pytest.mark.skipif(SOFFICE is None, reason="soffice is not installed: apt-get install libreoffice-calc"),
]

# Seconds for a hundred small files and a cold start.
_PATIENCE = 180

# Cells that LibreOffice takes for formulas, by name; `;` divides arguments in English files as well.
COMPUTED = {
    "sum": "=1+1",
    "reference": "=A1",
    "function": "=SUM(1)",
    "dde": "=cmd|' /C calc'!A0",
    "dde function": '=DDE("cmd";"/C calc";"x")',
    "link": '=HYPERLINK("http://127.0.0.1:9/?"&A1)',
    "web": '=WEBSERVICE("http://127.0.0.1:9/")',
    "other file": "='file:///etc/passwd'#$passwd.A1",
    "nul": "\0=1+1",
    "double sign": "=-1+1",
    "text": '="a"&"b"',
    "array": "={1,2}",
}
# Cells that other programs take for formulas, or that once were one.
OTHERS = {
    "plus": "+1+1",
    "minus": "-1*2",
    "at": "@SUM(1)",
    "space": " =1+1",
    "no-break space": "\u00a0=1+1",
    "wide space": "\u3000=1+1",
    "tab": "\t=1+1",
    "carriage return": "\r=1+1",
    "line feed": "\n=1+1",
    "after a line break": "x\n=1+1",
    "quote": '"=1+1"',
    "full width": "\uff1d1+1",
    "byte order mark": "\ufeff=1+1",
    "zero width": "\u200b=1+1",
    "brace": "{=1+1}",
    "sheets": '=IMPORTXML(CONCAT("http://127.0.0.1:9/?";A1);"//a")',
    "after a quote": 'a";=1+1',
    "markup": "<b>=1+1</b>",
    "link before": "javascript:x =1+1",
    "escape": "\x1b[31m=1+1",
    "percent": "%3D1+1",
    "number": "-5",
    "phone": "+1-416-555-0199",
}
DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Attack:
    """A file of one attack in a cell of its own."""

    name: str
    cell: str
    delimiter: str

    @property
    def file(self) -> str:
        """Return a name for its files."""
        return f"{self.name.replace(' ', '_')}-{ord(self.delimiter)}"

    @property
    def raw(self) -> bytes:
        """Return the file, the cell in quotes where it must be."""
        special = any(mark in self.cell for mark in (self.delimiter, '"', "\n", "\r"))
        cell = '"' + self.cell.replace('"', '""') + '"' if special else self.cell
        rows = [["Code", "Name", "Notes"], ["1A", "One", cell], ["2B", cell, "x"], ["3C", "Three", "y"]]
        return "".join(self.delimiter.join(row) + "\n" for row in rows).encode()

    @property
    def clean(self) -> bytes:
        """Return what the sanitizer makes of it."""
        out, refused, lines = io.BytesIO(), io.BytesIO(), io.BytesIO()
        request = SanitizeRequest(
            len(self.raw), hashlib.sha256(self.raw).hexdigest(), hints=ParseHints(delimiter=self.delimiter)
        )
        report = sanitize([self.raw], request, Sinks(out, refused, lines), source_version="v")
        assert report.rejection is None
        assert report.rows_clean == 3, report
        return out.getvalue()


ATTACKS = [Attack(name, cell, mark) for mark in DELIMITERS for name, cell in (COMPUTED | OTHERS).items()]


def formulas(folder: Path, files: Iterable[tuple[str, bytes]], delimiter: str) -> dict[str, list[str]]:
    """Return the formulas that LibreOffice finds in each file, opened with that delimiter."""
    folder.mkdir()
    paths = []
    for name, data in files:
        paths.append(folder / f"{name}.csv")
        paths[-1].write_bytes(data)
    _convert(folder, paths, delimiter)
    return {path.stem: _formulas_in((folder / "out" / f"{path.stem}.fods").read_text()) for path in paths}


def _formulas_in(document: str) -> list[str]:
    assert "<table:table-cell" in document
    return re.findall(r'table:formula="([^"]*)"', document)


def _convert(folder: Path, paths: list[Path], delimiter: str) -> None:
    assert SOFFICE is not None
    # Delimiter, double quotes, UTF-8, from line 1 on.
    reading = f"CSV:{ord(delimiter)},34,76,1"
    command = [SOFFICE, f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", f"--infilter={reading}"]
    command += ["--convert-to", "fods", "--outdir", str(folder / "out"), *map(str, paths)]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            assert process.wait(_PATIENCE) == 0
        except BaseException:
            # The launcher's child would go on.
            os.killpg(process.pid, signal.SIGKILL)
            raise


@pytest.mark.parametrize("delimiter", DELIMITERS, ids=["comma", "semicolon", "tab"])
def test_libreoffice_computes_the_attacks_as_they_come(tmp_path: Path, delimiter: str) -> None:
    attacks = [attack for attack in ATTACKS if attack.delimiter == delimiter and attack.name in COMPUTED]
    found = formulas(tmp_path / "raw", ((attack.file, attack.raw) for attack in attacks), delimiter)
    assert [name for name, computed in found.items() if not computed] == []


def test_libreoffice_computes_nothing_of_what_the_sanitizer_makes_of_them(tmp_path: Path) -> None:
    found = formulas(tmp_path / "clean", ((attack.file, attack.clean) for attack in ATTACKS), ",")
    assert len(found) == len(ATTACKS) >= 60
    assert {name: computed for name, computed in found.items() if computed} == {}
