"""The whole cloud of one stack, in one folder: Postgres, Valkey, and S3 and SQS with the stack of our template."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from pathlib import Path
from typing import Self

from infra.local.aws import Aws
from infra.local.folder import OwnedFolder
from infra.local.lambda_host import LambdaHost
from infra.local.postgres import Postgres
from infra.local.stack import Stack
from infra.local.valkey import Valkey


class LocalCloud:
    """Everything outside our own processes; a context manager. `home` keeps its data from one start to the next.

    `parameters` are those of the template. `durable` False lets Postgres forget its last seconds when the machine
    dies, which tests don't mind. Each part may be used alone.
    """

    def __init__(self, home: Path, *, parameters: Mapping[str, str] | None = None, durable: bool = True) -> None:
        self._folder = OwnedFolder(home)
        self._parameters = parameters
        self.home = self._folder.path
        self.postgres = Postgres(self.home / "postgres", durable=durable)
        self.valkey = Valkey(self.home / "valkey")
        self.aws = Aws(self.home / "aws")
        self.function: LambdaHost | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @cached_property
    def stack(self) -> Stack:
        """The stack on this cloud's S3 and SQS; only while they run."""
        return Stack(self.aws.endpoint_url, self._parameters)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach all of it, as environment variables."""
        return {**self.stack.environment, "DATABASE_URL": self.postgres.url(), "REDIS_URL": self.valkey.url()}

    def start(self) -> None:
        """Start all parts at once, and return when all answer. Raises LocalStackError, with nothing left running."""
        self._folder.claim()
        try:
            _together(self.postgres.start, self.valkey.start, self._start_aws)
        except BaseException:
            self.stop()
            raise

    def start_function(self, bundle: Path) -> LambdaHost:
        """Run the bundle for each event of the quarantine; it ends with the cloud. Raises LocalStackError."""
        self.function = LambdaHost(self.home / "lambda", self.stack, bundle)
        self.function.start()
        return self.function

    def stop(self) -> None:
        """End all parts; their data stays."""
        if self.function is not None:
            self.function.stop()
            self.function = None
        try:
            _together(self.postgres.stop, self.valkey.stop, self.aws.stop)
        finally:
            self.__dict__.pop("stack", None)
            self._folder.release()

    def _start_aws(self) -> None:
        self.aws.start()
        self.stack.create()


def _together(*actions: Callable[[], None]) -> None:
    """Do all at once; raise the first error after all have ended."""
    with ThreadPoolExecutor(len(actions)) as pool:
        for done in [pool.submit(action) for action in actions]:
            done.result()
