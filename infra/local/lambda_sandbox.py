"""What a function finds on its machine: its bundle, AWS's runtime and SDK, and nothing of ours."""

import hashlib
import re
import shutil
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from infra.local.aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from infra.local.errors import LocalStackError
from infra.local.lambda_function import FunctionSpec
from infra.local.process import Command

# What AWS puts beside a function; all else it imports must be in its bundle.
_PROVIDED = ("awslambdaric", "boto3")

# Without the environment (-I) and without site-packages (-S) only the standard library is left; the bundle comes first,
# as in AWS, so that it may carry a newer SDK.
_BOOT = (
    "import sys; sys.path[:0] = sys.argv[1:3]; del sys.argv[1:3]; "
    "from awslambdaric.__main__ import main; main(sys.argv)"
)


class Sandbox:
    """A folder with the unpacked bundle and links to what AWS provides. `log` gets all that the function prints."""

    def __init__(self, folder: Path, bundle: Path) -> None:
        """Unpack and link. Raises LocalStackError when the bundle can't be read or a provided library is missing."""
        self.log = folder / "log"
        self._folder = folder
        self._task = _unpacked(bundle, folder)
        self._runtime = folder / "runtime"
        shutil.rmtree(self._runtime, ignore_errors=True)
        self._runtime.mkdir(parents=True)
        for name in _closure(_PROVIDED):
            _link(distribution(name), self._runtime)

    def command(self, spec: FunctionSpec, runtime_api: str) -> Command:
        """Return how one runtime of the function is started; it reports to the Runtime API at `host:port`."""
        python = str(Path(sys.executable).resolve())
        return Command(
            name=f"The function {spec.name}",
            argv=[
                *(python, "-I", "-S", "-X", "utf8", "-c", _BOOT),
                *(str(self._task), str(self._runtime), spec.handler),
            ],
            log=self.log,
            cwd=self._task,
            environment=self._environment(spec, runtime_api),
        )

    def _environment(self, spec: FunctionSpec, runtime_api: str) -> dict[str, str]:
        """Return what AWS documents under "Defined runtime environment variables", and the template's own."""
        return {
            **spec.environment,
            "_HANDLER": spec.handler,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
            "AWS_DEFAULT_REGION": spec.place.region,
            "AWS_ENDPOINT_URL": spec.place.endpoint_url,
            "AWS_EXECUTION_ENV": spec.execution_environment,
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_megabytes),
            "AWS_LAMBDA_FUNCTION_NAME": spec.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{spec.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "AWS_LAMBDA_RUNTIME_API": runtime_api,
            "AWS_REGION": spec.place.region,
            "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
            # Not AWS's: without it the SDK would read the settings of whoever started the stack.
            "HOME": str(self._folder),
            "LAMBDA_RUNTIME_DIR": str(self._runtime),
            "LAMBDA_TASK_ROOT": str(self._task),
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": ":UTC",
        }


def _unpacked(bundle: Path, folder: Path) -> Path:
    """Unpack the bundle, once for each content; what older ones left is removed."""
    try:
        task = folder / f"task-{hashlib.sha256(bundle.read_bytes()).hexdigest()[:16]}"
        for other in set(folder.glob("task-*")) - {task}:
            shutil.rmtree(other)
        if not task.exists():
            fresh = folder / "task-new"
            with zipfile.ZipFile(bundle) as content:
                content.extractall(fresh)
            fresh.rename(task)
    except (OSError, zipfile.BadZipFile) as error:
        raise LocalStackError(f"The bundle {bundle} can't be unpacked: {error}.") from error
    return task


def _closure(names: tuple[str, ...]) -> set[str]:
    """Find these distributions and all they require, by normalized name."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name not in found:
            found.add(name)
            waiting.extend(_required(name))
    return found


def _required(name: str) -> Iterator[str]:
    for requirement in _installed(name).requires or ():
        text, _, marker = requirement.partition(";")
        match = re.match(r"[\w.-]+", text)
        # A marker is about another Python, another system or an extra: what is installed is what applied.
        if match and "extra" not in marker and (not marker or _is_installed(match[0])):
            yield match[0]


def _installed(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise LocalStackError(f"{name} is not installed: install this project with its `local` extra.") from None


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def _link(library: Distribution, folder: Path) -> None:
    """Link a distribution's modules and packages into the folder."""
    for top in {file.parts[0] for file in library.files or ()} - {"..", "__pycache__"}:
        link = folder / top
        if not link.is_symlink():
            link.symlink_to(Path(str(library.locate_file(top))).resolve())
