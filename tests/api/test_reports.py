"""What the sanitizer says of a file, as a client reads it."""

from __future__ import annotations

import hashlib
import io

from gql.ids import Kind, global_id
from sanitizer_lambda.contract import SanitizeRequest
from sanitizer_lambda.contract.wire import to_json
from sanitizer_lambda.sanitize import Sinks, sanitize
from tests.api.world import Tenant, User, World

_QUERY = """
query ($id: ID!) { upload(id: $id) {
  detected { encoding bom delimiter quote escape newline headerLine confidence }
  columns { position header column matchedBy score runnerUp unit }
  sanitization {
    ruleSetVersion sha256Before sha256After bytesBefore bytesAfter
    rules { rule cells examples { line column before after } }
    setAside { reason lines firstLine }
  }
} }
"""


async def test_a_client_reads_all_that_the_sanitizer_says(ada: User, acme: Tenant, world: World) -> None:
    rows = "".join(f'S{number};"Suite; {number}";7{number};rosé\r\n' for number in range(20)).encode()
    data = (
        b"Price list\r\n\r\nSuite Code;Name;Area (m2);Colour\r\n" + rows + b"X1;=1+1;5;y\r\nX2;caf\xe9 \xc3\xa9;5;y\r\n"
    )
    clean = io.BytesIO()
    sinks = Sinks(clean, io.BytesIO(), io.BytesIO())
    report = sanitize([data], SanitizeRequest(len(data)), sinks, source_version="v")
    upload = await world.upload(acme, by=ada, report=to_json(report))
    found = (await ada.ask(_QUERY, id=global_id(Kind.UPLOAD, upload.id))).data["upload"]
    confidence = found["detected"].pop("confidence")
    assert 0.3 < confidence <= 1
    assert found["detected"] == {
        "encoding": "utf-8", "bom": False, "delimiter": ";", "quote": '"', "escape": None, "newline": "CRLF",
        "headerLine": 3,
    }  # fmt: skip
    assert [(one["position"], one["column"], one["matchedBy"], one["unit"]) for one in found["columns"]] == [
        (0, "code", "SYNONYM", None),
        (1, "name", "EXACT", None),
        (2, "area", "EXACT", "SQM"),
        (3, None, "IGNORED", None),
    ]
    assert found["sanitization"] == {
        "ruleSetVersion": report.rule_set_version,
        "sha256Before": hashlib.sha256(data).hexdigest(),
        "sha256After": hashlib.sha256(clean.getvalue()).hexdigest(),
        "bytesBefore": len(data),
        "bytesAfter": len(clean.getvalue()),
        "rules": [
            {
                "rule": "FORMULA_NEUTRALISED",
                "cells": 1,
                "examples": [{"line": 24, "column": "name", "before": "=1+1", "after": "'=1+1"}],
            },
            {
                "rule": "BYTES_REPLACED",
                "cells": 1,
                "examples": [{"line": 25, "column": "name", "before": "caf\\xE9 é", "after": "caf\ufffd é"}],
            },
        ],
        "setAside": [
            {"reason": "PREAMBLE", "lines": 1, "firstLine": 1},
            {"reason": "BLANK_ROW", "lines": 1, "firstLine": 2},
        ],
    }


async def test_of_a_file_that_needed_nothing_zero_changes_are_told(ada: User, acme: Tenant, world: World) -> None:
    data = b"Code,Name\n1A,One\n"
    report = sanitize([data], SanitizeRequest(len(data)), Sinks(*(io.BytesIO() for _ in range(3))), source_version="v")
    upload = await world.upload(acme, by=ada, report=to_json(report))
    found = (await ada.ask(_QUERY, id=global_id(Kind.UPLOAD, upload.id))).data["upload"]["sanitization"]
    assert (found["rules"], found["setAside"]) == ([], [])
