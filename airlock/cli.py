"""The command `airlock`. Each command imports only the rooms it opens, so that none waits for all of them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from infra.errors import InfraError
from sanitizer_lambda.contract import TemplateKind

app = typer.Typer(
    help="An airlock for CSV files: upload, quarantine, sanitize, import, watch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
console = Console(highlight=False, soft_wrap=True)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)


# The longest life of a token, seconds: ten years.
_MAX_TTL = 315_360_000


class Kind(StrEnum):
    """What the rows of a file are; left out, it is recognised from the header."""

    SUITES = "suites"
    PHASES = "phases"
    BOTH = "both"


def fail(sentence: str) -> typer.Exit:
    """Say why on standard error; the caller raises what is returned."""
    complaints.print(sentence, markup=False)
    return typer.Exit(1)


@app.command()
def up(*, once: Annotated[bool, typer.Option(help="End after the samples are processed.")] = False) -> None:
    """Start the whole product on this machine, send the samples of examples/, and serve until Ctrl-C."""
    from airlock.up import up as run  # noqa: PLC0415
    from infra.local.errors import LocalStackError  # noqa: PLC0415

    try:
        if not run(os.environ, console, once=once):
            raise fail("Not every sample was processed.")
    except LocalStackError as error:
        raise fail(str(error)) from error


@app.command()
def api() -> None:
    """Serve the GraphQL API."""
    from gql.server import run  # noqa: PLC0415

    run(os.environ)


@app.command()
def worker() -> None:
    """Import what the sanitizer has cleaned, and sweep what is late."""
    from workers.main import run  # noqa: PLC0415

    run(os.environ)


@app.command()
def migrate() -> None:
    """Bring the database's tables up to date; safe to start twice."""
    from infra.database import migrate as apply  # noqa: PLC0415
    from infra.settings import DatabaseSettings, read  # noqa: PLC0415

    applied = asyncio.run(apply(read(DatabaseSettings, _stack_environ())))
    console.print("\n".join(applied) or "Nothing to apply.")


@app.command()
def token(
    user: Annotated[str, typer.Option(help="The user's email.")],
    ttl: Annotated[int, typer.Option(min=1, max=_MAX_TTL, help="Life of the token, seconds.")] = 3600,
) -> None:
    """Print a bearer token for a user, and nothing else."""
    from gql.auth import mint  # noqa: PLC0415
    from infra.settings import AuthSettings, read  # noqa: PLC0415

    settings = read(AuthSettings, _signing_environ())
    print(mint(user, timedelta(seconds=ttl), settings, datetime.now(UTC)))  # noqa: T201 - the product of the command


@app.command()
def schema() -> None:
    """Print the schema of the API in GraphQL's schema language."""
    from gql.schema import print_schema  # noqa: PLC0415

    print(print_schema())  # noqa: T201 - the product of the command


@app.command()
def bundle(
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the zip is written.")] = Path("sanitizer.zip"),
) -> None:
    """Zip the sanitizer with what it needs, ready for Lambda."""
    from infra.bundle import build, made_for  # noqa: PLC0415

    parameters = " ".join(f"{name}={value}" for name, value in made_for().items())
    console.print(str(build(output)))
    console.print(f"Made for {sys.platform}; deploy it with {parameters}")


@app.command()
def upload(  # noqa: PLR0913 - one argument an option
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    project: Annotated[str | None, typer.Option(help="The project's id; left out, your only one.")] = None,
    token: Annotated[str | None, typer.Option(envvar="AIRLOCK_TOKEN", help="Bearer token.")] = None,
    user: Annotated[str | None, typer.Option(help="Whose token to make, on a local stack.")] = None,
    url: Annotated[str | None, typer.Option(envvar="AIRLOCK_URL", help="The API's GraphQL endpoint.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What its rows are.")] = None,
    reject_rows: Annotated[bool, typer.Option(help="Import the good rows although others are refused.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Check everything and write nothing.")] = False,
) -> None:
    """Send a file through the API and watch it come through; exit 1 with the reason when it fails."""
    from airlock.sending import Sending, send  # noqa: PLC0415

    environ = _stack_environ()
    options: dict[str, Any] = {"dryRun": dry_run, "invalidRows": "REJECT_ROWS" if reject_rows else "REJECT_FILE"}
    if kind is not None:
        options["kind"] = _template_kind(kind)
    sending = Sending(
        file=file,
        url=url or environ.get("AIRLOCK_URL") or f"http://127.0.0.1:{environ.get('PORT') or 8000}/graphql",
        token=token or _token_for(user, environ),
        project=project,
        options=options,
    )
    if not asyncio.run(send(sending, console)):
        raise typer.Exit(1)


@app.command()
def sanitize(  # noqa: PLR0913 - one argument an option
    file: Annotated[
        Path | None,
        typer.Argument(exists=True, dir_okay=False, readable=True, help="The file, or /dev/stdin."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the clean file is written; - is standard output.")
    ] = None,
    *,
    report: Annotated[
        Path | None, typer.Option(help="Where the report is written, as JSON: what was detected, changed and refused.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where the refused rows are written.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="What its rows are.")] = None,
    structure_only: Annotated[
        bool, typer.Option(help="Repair encoding, delimiter and rows alone; change no header and no cell.")
    ] = False,
    list_file: Annotated[
        Path | None,
        typer.Option("--list", exists=True, dir_okay=False, help="A file of many files: lines of in<TAB>out."),
    ] = None,
) -> None:
    """Sanitize local files with the code the Lambda runs."""
    from airlock.files import Job, clash, read_list, run_jobs, shown  # noqa: PLC0415

    template_kind = None if kind is None else _template_kind(kind)
    if structure_only and (report or rejects or kind):
        raise typer.BadParameter("--structure-only knows no template: it has no --kind, --report and --rejects")
    if list_file is not None and (file or output or report or rejects):
        raise typer.BadParameter("--list names all files itself")
    if list_file is not None:
        try:
            jobs = read_list(list_file)
        except ValueError as error:
            raise fail(str(error)) from error
    elif file is not None and output is not None:
        jobs = [Job(file, output, report, rejects)]
    else:
        raise typer.BadParameter("give a file and -o OUTPUT, or --list FILE")
    if sentence := clash(jobs):
        raise fail(sentence)
    refused = run_jobs(jobs, kind=template_kind, structure_only=structure_only)
    for job, sentence in refused:
        complaints.print(f"{shown(job.source)}: {sentence}", markup=False)
    if refused:
        raise typer.Exit(1)


@app.command()
def detect(
    files: Annotated[
        list[Path],
        typer.Argument(exists=True, dir_okay=False, readable=True, help="The files, or /dev/stdin."),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line and file.")] = False,
) -> None:
    """Say how files would be read: encoding, delimiter, quote, escape, newline, header line."""
    from airlock.files import detect_lines  # noqa: PLC0415

    refused = False
    for line, failed in detect_lines(files, as_json=as_json):
        print(line, flush=True)  # noqa: T201 - the product of the command
        refused |= failed
    if refused:
        raise typer.Exit(1)


def _template_kind(kind: Kind) -> TemplateKind:
    return {
        Kind.SUITES: TemplateKind.SUITE_TEMPLATES,
        Kind.PHASES: TemplateKind.PHASE_TEMPLATES,
        Kind.BOTH: TemplateKind.SUITES_WITH_PHASES,
    }[kind]


def _stack_environ() -> dict[str, str]:
    from airlock.local import with_running_stack  # noqa: PLC0415

    return with_running_stack(os.environ)


def _signing_environ(environ: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """Return the environment that has the signing key, or say how to come by one."""
    environ = _stack_environ() if environ is None else environ
    if not environ.get("JWT_SECRET"):
        raise fail("JWT_SECRET is not set, and no stack runs from here that has one: start it with `make run`.")
    return environ


def _token_for(user: str | None, environ: Mapping[str, str]) -> str:
    """Make a token for ``user`` where the signing key is at hand, as it is on a local stack."""
    from gql.auth import mint  # noqa: PLC0415
    from infra.settings import AuthSettings, read  # noqa: PLC0415

    if user is None:
        raise typer.BadParameter("a token is needed: --token, AIRLOCK_TOKEN, or --user EMAIL on a local stack")
    return mint(user, timedelta(hours=1), read(AuthSettings, _signing_environ(environ)), datetime.now(UTC))


def main() -> None:
    """Run the command; what can go wrong is one sentence on standard error."""
    try:
        app()
    except InfraError as error:
        complaints.print(str(error), markup=False)
        sys.exit(1)
    except BrokenPipeError:
        # The reader of our output has gone; Python would complain again when it closes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        complaints.print(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", markup=False)
        sys.exit(1)
