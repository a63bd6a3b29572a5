"""The function and its pollers as a process of its own: `python -m infra.local.lambda_server ORDER`.

ORDER is JSON: `folder`, `bundle`, `endpoint_url` and `parameters` of the template. Ends on SIGTERM.
"""

import json
import logging
import signal
import sys
import threading
import time
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from infra.local.errors import LocalStackError
from infra.local.lambda_function import FunctionSpec
from infra.local.lambda_poller import Poller
from infra.local.lambda_runtime import Runtime
from infra.local.lambda_sandbox import Sandbox
from infra.local.stack import local_template

# Seconds a running invocation may go on after SIGTERM; its message comes back if that is not enough.
_FINISH_WITHIN = 2.0


def main() -> None:
    """Poll until SIGTERM."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    over = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: over.set())
    order = json.loads(sys.argv[1])
    folder = Path(order["folder"])
    try:
        spec = FunctionSpec.of(local_template(order["endpoint_url"], order["parameters"]))
        sandbox = Sandbox(folder, Path(order["bundle"]))
    except LocalStackError as error:
        sys.exit(f"ERROR {error}")
    runtimes = [Runtime(spec, sandbox) for _ in range(spec.maximum_concurrency)]
    for runtime in runtimes:
        runtime.start()
    pollers = [Poller(spec, _sqs(spec), runtime.invoke) for runtime in runtimes]
    for poller in pollers:
        threading.Thread(target=poller.run, args=(over,), daemon=True).start()
    (folder / "ready").touch()
    over.wait()
    _let_finish(pollers)
    for runtime in runtimes:
        runtime.stop()


def _let_finish(pollers: list[Poller]) -> None:
    deadline = time.monotonic() + _FINISH_WITHIN
    while any(poller.busy.is_set() for poller in pollers) and time.monotonic() < deadline:
        time.sleep(0.02)


def _sqs(spec: FunctionSpec) -> Any:
    return boto3.client(
        "sqs",
        endpoint_url=spec.place.endpoint_url,
        region_name=spec.place.region,
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 1}),
    )


if __name__ == "__main__":
    main()
