from __future__ import annotations

import asyncio
import base64
import re
import shlex
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gql.curl import curl_command
from gql.errors import OverloadedError
from gql.ids import Kind, global_id, row_key_of, split_id, uuid_of
from gql.negotiation import Form, names, preferred
from gql.payload import PayloadError, read_json, read_request
from gql.watch import MAX_WAITING, Step, Watch
from infra.bus import Progress
from infra.database import open_database
from infra.settings import DatabaseSettings
from infra.storage import PresignedPost
from models import UploadedTemplateFile, UploadStage, UploadStatus

KEY = UUID("00000000-0000-4000-8000-000000000001")


@pytest.fixture(autouse=True, scope="module")
async def models_are_bound() -> AsyncIterator[None]:
    """Rows made here have the columns of their relations only once the models are bound; nothing is connected."""
    async with open_database(DatabaseSettings("postgres://nobody@127.0.0.1/nothing")):
        yield


@given(st.sampled_from(Kind), st.uuids())
def test_an_id_is_read_back_as_its_own_kind_alone(kind: Kind, key: UUID) -> None:
    text = global_id(kind, key)
    assert uuid_of(text, kind) == key
    assert [other for other in Kind if uuid_of(text, other)] == [kind]


@given(st.one_of(st.text(), st.binary().map(lambda raw: base64.b64encode(raw).decode())))
def test_any_other_text_is_no_id_and_never_an_error(text: str) -> None:
    parts = split_id(text)
    assert parts is None or global_id(*parts) == text
    for kind in Kind:
        uuid_of(text, kind)
        row_key_of(text, kind)


@pytest.mark.parametrize("text", ["VXNlcjp4", " VXNlcjo=", "VXNlcjo"])
def test_one_thing_has_one_spelling_of_its_id(text: str) -> None:
    assert uuid_of(text, Kind.USER) is None


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_file_name_is_one_word_of_the_curl_command(name: str) -> None:
    post = PresignedPost("http://storage/bucket", {"key": "a b", "policy": "@x;y"}, datetime.now(UTC))
    words = shlex.split(curl_command(post, name))
    assert words[-1] == post.url
    fields = [words[place + 1] for place, word in enumerate(words) if word == "--form-string"]
    assert fields == ["key=a b", "policy=@x;y"]
    file = words[words.index("--form") + 1].removeprefix("file=@")
    if file.startswith('"'):
        file = re.sub(r"\\(.)", r"\1", file[1:-1], flags=re.DOTALL)
    assert file == name


@given(st.text())
def test_any_accept_header_is_understood_or_ignored(header: str) -> None:
    assert preferred(header, tuple(Form)) in (None, *Form)
    assert names(header, Form.STREAM) in (True, False)


@given(st.one_of(st.text(), st.binary()))
def test_any_payload_is_a_request_or_a_payload_error(text: str | bytes) -> None:
    with suppress(PayloadError):
        read_request(read_json(text))


def step(sequence: int, *, progress: Progress | None = None) -> Step:
    upload = UploadedTemplateFile(id=KEY, organization_id=KEY)
    return Step(upload, sequence, UploadStatus.SANITIZING, UploadStage.READING, datetime.now(UTC), progress=progress)


async def drained(watch: Watch) -> list[tuple[int, int | None]]:
    watch.end()
    return [(item.sequence, item.progress.revision if item.progress else None) async for item in watch]


async def test_a_slow_watcher_gets_every_step_and_only_the_latest_progress() -> None:
    watch = Watch(KEY, frozenset({KEY}))
    for sequence in (1, 2, 3):
        watch.offer(step(sequence))
        for revision in range(10):
            watch.offer(step(sequence, progress=Progress(10 * sequence + revision, 0, None, 0, None)))
    assert await drained(watch) == [(1, None), (2, None), (3, None), (3, 39)]


async def test_progress_of_a_step_that_was_left_is_dropped() -> None:
    watch = Watch(KEY, frozenset({KEY}))
    watch.offer(step(2, progress=Progress(1, 0, None, 0, None)))
    watch.offer(step(3))
    assert await drained(watch) == [(3, None)]


async def test_what_was_told_already_is_not_told_again() -> None:
    watch = Watch(KEY, frozenset({KEY}))
    watch.reach(KEY, 2)
    for sequence in (1, 2, 3, 3):
        watch.offer(step(sequence))
    assert await drained(watch) == [(3, None)]


async def test_steps_of_an_organization_that_was_lost_are_not_told() -> None:
    watch = Watch(KEY, frozenset({KEY}))
    assert not watch.narrow(set())
    watch.offer(step(1))
    assert await drained(watch) == []


async def test_a_watcher_that_has_stopped_reading_is_let_go_in_bounded_memory() -> None:
    watch = Watch(KEY, frozenset({KEY}))
    for sequence in range(1, 3 * MAX_WAITING):
        watch.offer(step(sequence))
    with pytest.raises(OverloadedError):
        await anext(watch)


async def test_a_watcher_that_waits_is_woken() -> None:
    watch = Watch(KEY, frozenset({KEY}))
    waiting = asyncio.create_task(anext(watch))
    await asyncio.sleep(0)
    watch.offer(step(1))
    assert (await waiting).sequence == 1
