"""What the template says of the function and of the queue that feeds it."""

from dataclasses import dataclass
from typing import Self

from infra.local.template import Place, Template


@dataclass(frozen=True, kw_only=True)
class FunctionSpec:
    """One function with its event source.

    `memory_megabytes` is in MiB, as AWS counts them; `batch_size` in messages; `maximum_concurrency` in invocations at
    a time. With `partial_failures` the function may name the messages it failed on; otherwise a batch is all or none.
    """

    name: str
    handler: str
    execution_environment: str
    memory_megabytes: int
    timeout_seconds: float
    environment: dict[str, str]
    queue_url: str
    queue_arn: str
    batch_size: int
    maximum_concurrency: int
    partial_failures: bool
    place: Place

    @property
    def arn(self) -> str:
        """The function's name in the account."""
        return f"arn:aws:lambda:{self.place.region}:{self.place.account}:function:{self.name}"

    @classmethod
    def of(cls, template: Template) -> Self:
        """Read the template's one function and its one mapping."""
        function = template.only("AWS::Lambda::Function")
        mapping = template.only("AWS::Lambda::EventSourceMapping")
        return cls(
            name=function["FunctionName"],
            handler=function["Handler"],
            execution_environment=f"AWS_Lambda_{function['Runtime']}",
            memory_megabytes=int(function["MemorySize"]),
            timeout_seconds=float(function["Timeout"]),
            environment={name: str(value) for name, value in function["Environment"]["Variables"].items()},
            queue_url=template.place.queue_url(mapping["EventSourceArn"].rpartition(":")[2]),
            queue_arn=mapping["EventSourceArn"],
            batch_size=int(mapping["BatchSize"]),
            maximum_concurrency=int(mapping["ScalingConfig"]["MaximumConcurrency"]),
            partial_failures="ReportBatchItemFailures" in mapping.get("FunctionResponseTypes", []),
            place=template.place,
        )
