"""Makes the stack of our template on the local AWS, and what its CloudFormation leaves out."""

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.bundle import made_for
from infra.local.aws import ACCESS_KEY_ID, ACCOUNT, REGION, SECRET_ACCESS_KEY
from infra.local.bucket import configure_bucket
from infra.local.errors import LocalStackError
from infra.local.template import Place, Template

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sqs import SQSClient

STACK_NAME = "airlock"

# Values for a laptop; sizes and addresses only. What is not here is the template's default, as on AWS.
LOCAL_PARAMETERS: dict[str, str] = {
    "CodeBucket": "local",
    "PythonVersion": made_for()["PythonVersion"],
    "AllowedOrigins": "*",
    # The least the template allows; a laptop has few processors.
    "MaximumConcurrency": "2",
    # Enough for any file a laptop holds, and a failed one is tried again after 6 minutes instead of 90.
    "FunctionTimeoutSeconds": "60",
}

# A tag of the stack that says what it was made from; CloudFormation gives a list parameter back in another form.
_DIGEST_TAG = "airlock:made-from"

# Outputs of the template, by the environment variable each of them becomes.
_VARIABLES = {
    "QUARANTINE_BUCKET": "QuarantineBucket",
    "FINAL_BUCKET": "FinalBucket",
    "QUARANTINE_EVENTS_QUEUE_URL": "QuarantineEventsQueueUrl",
    "QUARANTINE_EVENTS_DLQ_URL": "QuarantineEventsDeadLetterQueueUrl",
    "SANITIZED_FILES_QUEUE_URL": "SanitizedFilesQueueUrl",
    "SANITIZED_FILES_DLQ_URL": "SanitizedFilesDeadLetterQueueUrl",
}


class Stack:
    """The one stack on an endpoint. `parameters` override LOCAL_PARAMETERS.

    All of the template is there but the buckets' policies: they refuse plain HTTP, which is all this machine speaks.
    """

    def __init__(self, endpoint_url: str, parameters: Mapping[str, str] | None = None) -> None:
        self.template = local_template(endpoint_url, parameters)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to reach it, as environment variables."""
        outputs = self.template.outputs()
        return {**aws_environment(self.template.place), **{name: outputs[key] for name, key in _VARIABLES.items()}}

    def create(self) -> None:
        """Make the stack, or bring it up to date with the template. Raises LocalStackError."""
        try:
            self._deploy(self._client("cloudformation"))
            self._configure_buckets(self._client("s3"))
            self._configure_queues(self._client("sqs"))
        except (BotoCoreError, ClientError) as error:
            raise LocalStackError(f"The stack could not be made from the template: {error}") from error

    def _client(self, service: Any) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.template.place.endpoint_url,
            region_name=self.template.place.region,
            aws_access_key_id=ACCESS_KEY_ID,
            aws_secret_access_key=SECRET_ACCESS_KEY,
            config=Config(retries={"total_max_attempts": 1}),
        )

    def _deploy(self, cloudformation: "CloudFormationClient") -> None:
        parameters: Any = [
            {"ParameterKey": name, "ParameterValue": value} for name, value in self.template.parameters.items()
        ]
        request: Any = {"StackName": STACK_NAME, "TemplateBody": self.template.body, "Parameters": parameters}
        request |= {"Capabilities": ["CAPABILITY_IAM"], "Tags": [{"Key": _DIGEST_TAG, "Value": self._digest()}]}
        stack = _found(cloudformation)
        if stack is None:
            cloudformation.create_stack(**request)
        elif request["Tags"][0] not in stack.get("Tags", []):
            cloudformation.update_stack(**request)
        else:
            return
        status = (_found(cloudformation) or {}).get("StackStatus")
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            raise LocalStackError(f"The stack could not be made from the template: its status is {status}.")
        self._configure_roles(self._client("iam"))

    def _digest(self) -> str:
        """Tell this template with these parameters from any other."""
        return hashlib.sha256(json.dumps([self.template.body, self.template.parameters]).encode()).hexdigest()

    def _configure_roles(self, iam: Any) -> None:
        """Put the policies of roles again: moto keeps those it gets from a template in a form it can't read itself."""
        names = [role["RoleName"] for role in iam.list_roles()["Roles"]]
        for logical_id in self.template.of_type("AWS::IAM::Role"):
            (name,) = (each for each in names if each.startswith(f"{STACK_NAME}-{logical_id}-"))
            for policy in self.template.properties(logical_id)["Policies"]:
                document = json.dumps(policy["PolicyDocument"])
                iam.put_role_policy(RoleName=name, PolicyName=policy["PolicyName"], PolicyDocument=document)

    def _configure_buckets(self, s3: "S3Client") -> None:
        for logical_id in self.template.of_type("AWS::S3::Bucket"):
            configure_bucket(s3, self.template.properties(logical_id))

    def _configure_queues(self, sqs: "SQSClient") -> None:
        """Set all attributes at once: moto drops the policy of a queue when anything else is set without it."""
        policies = self._queue_policies()
        for logical_id in self.template.of_type("AWS::SQS::Queue"):
            properties = self.template.properties(logical_id)
            url = self.template.place.queue_url(properties.pop("QueueName"))
            attributes: Any = {name: _text(each) for name, each in {**properties, **policies.get(url, {})}.items()}
            sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)

    def _queue_policies(self) -> dict[str, dict[str, Any]]:
        policies = map(self.template.properties, self.template.of_type("AWS::SQS::QueuePolicy"))
        return {url: {"Policy": policy["PolicyDocument"]} for policy in policies for url in policy["Queues"]}


def local_template(endpoint_url: str, parameters: Mapping[str, str] | None = None) -> Template:
    """Return the template as the local stack has it; `parameters` override LOCAL_PARAMETERS."""
    place = Place(STACK_NAME, ACCOUNT, REGION, endpoint_url)
    return Template({**LOCAL_PARAMETERS, **(parameters or {})}, place)


def aws_environment(place: Place) -> dict[str, str]:
    """Return the variables every AWS client reads."""
    return {
        "AWS_ENDPOINT_URL": place.endpoint_url,
        "AWS_REGION": place.region,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
    }


def _found(cloudformation: "CloudFormationClient") -> Mapping[str, Any] | None:
    try:
        return cloudformation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ValidationError":
            return None
        raise


def _text(value: Any) -> str:
    """Write an attribute of a queue as SQS takes it."""
    if isinstance(value, dict):
        return json.dumps(value)
    return str(value).lower() if isinstance(value, bool) else str(value)
