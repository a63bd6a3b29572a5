"""What a queue message of S3 notifications says."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizer_lambda.contract import ContractError, UploadKey
from sanitizer_lambda.events import Arrival, arrivals

EVENTS = Path(__file__).resolve().parent.parent / "aws_events"
BUCKET = "airlock-quarantine-123456789012-us-east-1"
KEY = UploadKey(
    UUID("0b0e3f9e-0a39-4a5c-9d55-0f5f3a1f2c01"),
    UUID("7d4a3a62-0d1c-4c1b-8c3b-9a6f52f9a002"),
    UUID("5c1c1a6a-8b4e-4b07-bb0e-2f7f7ad5e003"),
)


def read(name: str) -> list[Arrival]:
    return arrivals((EVENTS / f"{name}.json").read_text())


def test_an_event_of_the_cloud_names_one_version() -> None:
    (arrival,) = read("object_created_post")
    version = "096fKKXTRTtl3on89fVO.nfljtsv6qko"
    assert arrival == Arrival(BUCKET, KEY, version, "d41d8cd98f00b204e9800998ecf8427e", 1024)


def test_a_local_event_has_an_encoded_key_and_no_version() -> None:
    (arrival,) = read("object_created_multipart_local")
    assert arrival == Arrival(BUCKET, KEY, None, "6b1d9f5a1d9f0f9f0f9f0f9f0f9f0f9f-13", 104857600)


@pytest.mark.parametrize("name", ["test_event", "object_removed"])
def test_events_about_something_else_name_no_arrival(name: str) -> None:
    assert read(name) == []


@pytest.mark.parametrize(
    "body",
    [
        "",
        "null",
        "[]",
        "7",
        "{}",
        '{"Records": 1}',
        '{"Records": [{"eventName": "ObjectCreated:Put"}]}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": 1}, "object": {"key": 2}}}]}',
        '{"Records": [{"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": "b"}, "object": {"key": "a"}}}]}',
        "[" * 100_000,
    ],
)
def test_what_is_no_notification_of_ours_is_an_error(body: str) -> None:
    with pytest.raises(ContractError):
        arrivals(body)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Records", "eventName", "s3", "object", "bucket", "key", "name"]), inner)
    ),
    max_leaves=10,
)


@given(_json)
def test_no_message_raises_anything_but_a_contract_error(message: object) -> None:
    with suppress(ContractError):
        arrivals(json.dumps(message))
