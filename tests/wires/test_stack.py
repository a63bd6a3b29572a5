"""The template: what it says, and that all of it is there once the local stack is made."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from infra.bundle import made_for
from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, Aws
from infra.local.cloud import LocalCloud
from infra.local.errors import LocalStackError
from infra.local.stack import LOCAL_PARAMETERS, STACK_NAME, Stack, local_template
from infra.local.template import TEMPLATE, Template
from infra.settings import AwsSettings, DatabaseSettings, QueueSettings, RedisSettings, StorageSettings, read
from sanitizer_lambda.contract import Limits

Client = Callable[[LocalCloud, str], Any]

BUCKETS = ("QUARANTINE_BUCKET", "FINAL_BUCKET")


@pytest.fixture(scope="module")
def template() -> Template:
    return local_template("http://127.0.0.1:1")


def role(template: Template, logical_id: str) -> dict[str, set[str]]:
    """Read a role: its actions, and on what."""
    (policy,) = template.properties(logical_id)["Policies"]
    rights: dict[str, set[str]] = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        assert statement["Effect"] == "Allow"
        actions, resources = statement["Action"], statement["Resource"]
        for action in actions if isinstance(actions, list) else [actions]:
            rights.setdefault(action, set()).update(resources if isinstance(resources, list) else [resources])
    return rights


def test_the_limits_of_the_template_are_those_of_the_contract(template: Template) -> None:
    variables = template.only("AWS::Lambda::Function")["Environment"]["Variables"]
    assert Limits.from_environ({name: str(value) for name, value in variables.items()}) == Limits()


@pytest.mark.parametrize("seconds", [5, 10, 30, 60, 120, 300, 600, 900])
def test_a_message_is_hidden_for_six_times_the_functions_time(seconds: int) -> None:
    template = local_template("http://127.0.0.1:1", {"FunctionTimeoutSeconds": str(seconds)})
    assert template.properties("QuarantineEventsQueue")["VisibilityTimeout"] == 6 * seconds
    assert template.only("AWS::Lambda::Function")["Timeout"] == str(seconds)


def test_dead_letters_are_kept_longer_than_what_they_come_from(template: Template) -> None:
    for name in ("QuarantineEvents", "SanitizedFiles"):
        queue, dead = template.properties(f"{name}Queue"), template.properties(f"{name}DeadLetterQueue")
        assert dead["MessageRetentionPeriod"] > queue["MessageRetentionPeriod"]
        assert queue["RedrivePolicy"]["deadLetterTargetArn"].endswith(dead["QueueName"])


def test_the_worker_has_no_right_on_quarantined_files(template: Template) -> None:
    rights = role(template, "WorkerRole")
    assert not [each for resources in rights.values() for each in resources if ":s3:::airlock-quarantine" in each]
    assert {action for action in rights if action.startswith("s3:")} == {
        "s3:GetObject",
        "s3:PutObject",
        "s3:ListBucket",
    }
    assert rights["s3:PutObject"] == {"arn:aws:s3:::airlock-final-123456789012-us-east-1/*/rejects.csv"}
    assert rights["sqs:SendMessage"] == {"arn:aws:sqs:us-east-1:123456789012:airlock-quarantine-events"}
    sanitized = "arn:aws:sqs:us-east-1:123456789012:airlock-sanitized-files"
    takes = {action.partition(":")[2] for action, resources in rights.items() if sanitized in resources}
    assert takes == {
        *("ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility", "GetQueueAttributes", "GetQueueUrl"),
    }


def test_the_api_may_put_but_not_read_quarantined_files_and_write_orders_alone(template: Template) -> None:
    rights = role(template, "ApiRole")
    quarantine, final = (f"arn:aws:s3:::airlock-{each}-123456789012-us-east-1" for each in ("quarantine", "final"))
    assert rights["s3:PutObject"] == {f"{quarantine}/*", f"{final}/*/request.json"}
    assert rights["s3:GetObject"] == {f"{final}/*"}
    assert not [action for action in rights if action.startswith("sqs:")]


def test_the_function_may_mark_but_never_destroy_a_version(template: Template) -> None:
    rights = role(template, "SanitizerRole")
    assert "s3:DeleteObject" in rights
    assert "s3:DeleteObjectVersion" not in rights
    assert rights["s3:PutObject"] == {"arn:aws:s3:::airlock-final-123456789012-us-east-1/*"}
    assert rights["sqs:SendMessage"] == {"arn:aws:sqs:us-east-1:123456789012:airlock-sanitized-files"}


def test_no_role_has_a_right_on_everything(template: Template) -> None:
    for logical_id in template.of_type("AWS::IAM::Role"):
        for action, resources in role(template, logical_id).items():
            assert "*" not in action
            assert "*" not in resources


@pytest.mark.parametrize(
    ("parameters", "sentence"),
    [
        ({"NoSuch": "1"}, "The template has no parameter NoSuch."),
        ({"FunctionTimeoutSeconds": "7"}, "The template does not allow FunctionTimeoutSeconds to be 7."),
        ({"MaximumConcurrency": "1"}, "The template does not allow MaximumConcurrency to be 1."),
    ],
)
def test_a_parameter_the_template_does_not_allow_is_one_sentence(parameters: dict[str, str], sentence: str) -> None:
    with pytest.raises(LocalStackError, match=f"^{re.escape(sentence)}$"):
        local_template("http://127.0.0.1:1", parameters)


def test_a_parameter_without_default_must_be_given(template: Template) -> None:
    with pytest.raises(LocalStackError, match="AllowedOrigins needs a value"):
        Template({"CodeBucket": "x"}, template.place)


def test_our_reading_of_the_template_is_cloudformations(wires: LocalCloud, aws_client: Client) -> None:
    """What moto's own CloudFormation made of it, where it makes anything of it."""
    template = wires.stack.template
    (stack,) = aws_client(wires, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
    theirs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    ours = template.outputs()
    assert set(theirs) - set(ours) == {"ApiRoleArn", "WorkerRoleArn"}
    for name, value in ours.items():
        assert theirs[name].rpartition("/")[2] == value.rpartition("/")[2], name
    (function,) = aws_client(wires, "lambda").list_functions()["Functions"]
    expected = template.only("AWS::Lambda::Function")
    for name in ("FunctionName", "Handler", "Runtime", "Architectures"):
        assert function[name] == expected[name]
    assert str(function["MemorySize"]) == str(expected["MemorySize"])
    assert str(function["Timeout"]) == expected["Timeout"]
    variables = function["Environment"]["Variables"]
    assert variables["FINAL_BUCKET"] == expected["Environment"]["Variables"]["FINAL_BUCKET"]
    (mapping,) = aws_client(wires, "lambda").list_event_source_mappings()["EventSourceMappings"]
    wanted = template.only("AWS::Lambda::EventSourceMapping")
    for name in ("BatchSize", "EventSourceArn", "FunctionResponseTypes", "ScalingConfig"):
        assert mapping[name] == wanted[name]


def test_the_roles_of_the_template_are_there(wires: LocalCloud, aws_client: Client) -> None:
    iam = aws_client(wires, "iam")
    names = {each["RoleName"].split("-")[1]: each["RoleName"] for each in iam.list_roles()["Roles"]}
    assert set(names) == {"SanitizerRole", "ApiRole", "WorkerRole"}
    document = iam.get_role_policy(RoleName=names["WorkerRole"], PolicyName="worker")["PolicyDocument"]
    (wanted,) = wires.stack.template.properties("WorkerRole")["Policies"]
    assert document == wanted["PolicyDocument"]


@pytest.mark.parametrize("variable", BUCKETS)
def test_both_buckets_are_versioned_private_encrypted_and_owned(
    wires: LocalCloud, aws_client: Client, variable: str
) -> None:
    s3, bucket = aws_client(wires, "s3"), wires.environment[variable]
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    assert set(block.values()) == {True}
    assert len(block) == 4
    (rule,) = s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    (owner,) = s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    assert owner["ObjectOwnership"] == "BucketOwnerEnforced"


@pytest.mark.parametrize(
    ("variable", "methods"),
    [("QUARANTINE_BUCKET", ["POST", "PUT", "GET", "HEAD"]), ("FINAL_BUCKET", ["GET", "HEAD"])],
)
def test_pages_of_the_given_origins_may_send_and_fetch(
    wires: LocalCloud, aws_client: Client, variable: str, methods: list[str]
) -> None:
    (rule,) = aws_client(wires, "s3").get_bucket_cors(Bucket=wires.environment[variable])["CORSRules"]
    assert rule["AllowedMethods"] == methods
    assert rule["AllowedOrigins"] == LOCAL_PARAMETERS["AllowedOrigins"].split(",")
    assert rule["ExposeHeaders"] == ["ETag", "x-amz-checksum-sha256"]


@pytest.mark.parametrize("variable", BUCKETS)
def test_what_nobody_needs_any_more_goes_by_itself(wires: LocalCloud, aws_client: Client, variable: str) -> None:
    bucket = wires.environment[variable]
    rules = aws_client(wires, "s3").get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    merged: dict[str, Any] = {}
    for rule in rules:
        assert rule["Status"] == "Enabled"
        merged |= rule
    assert merged["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}
    assert merged["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert merged["Expiration"] == {"ExpiredObjectDeleteMarker": True}


def test_the_queues_have_what_the_template_says(wires: LocalCloud, aws_client: Client) -> None:
    sqs, environment = aws_client(wires, "sqs"), wires.environment

    def attributes(variable: str) -> dict[str, str]:
        got = sqs.get_queue_attributes(QueueUrl=environment[variable], AttributeNames=["All"])["Attributes"]
        return dict(got)

    events, sanitized = attributes("QUARANTINE_EVENTS_QUEUE_URL"), attributes("SANITIZED_FILES_QUEUE_URL")
    dead = attributes("QUARANTINE_EVENTS_DLQ_URL")
    assert (events["VisibilityTimeout"], sanitized["VisibilityTimeout"]) == ("360", "60")
    assert (events["ReceiveMessageWaitTimeSeconds"], dead["MessageRetentionPeriod"]) == ("20", "1209600")
    assert json.loads(events["RedrivePolicy"]) == {"deadLetterTargetArn": dead["QueueArn"], "maxReceiveCount": 5}
    assert json.loads(sanitized["RedrivePolicy"])["maxReceiveCount"] == 20
    (statement,) = json.loads(events["Policy"])["Statement"]
    assert statement["Principal"] == {"Service": "s3.amazonaws.com"}
    source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    assert source == f"arn:aws:s3:::{environment['QUARANTINE_BUCKET']}"


def test_a_quarantined_object_is_an_event_and_after_five_receives_a_dead_letter(
    wires: LocalCloud, aws_client: Client
) -> None:
    s3, sqs, environment = aws_client(wires, "s3"), aws_client(wires, "sqs"), wires.environment
    url, bucket = environment["QUARANTINE_EVENTS_QUEUE_URL"], environment["QUARANTINE_BUCKET"]
    sqs.purge_queue(QueueUrl=url)
    s3.put_object(Bucket=environment["FINAL_BUCKET"], Key="not an event", Body=b"1")
    s3.put_object(Bucket=bucket, Key="a b/c.csv", Body=b"123")
    for _ in range(5):
        (message,) = sqs.receive_message(QueueUrl=url, VisibilityTimeout=0, WaitTimeSeconds=5)["Messages"]
    (record,) = json.loads(message["Body"])["Records"]
    assert record["eventName"] == "ObjectCreated:Put"
    assert (record["s3"]["bucket"]["name"], record["s3"]["object"]["size"]) == (bucket, 3)
    assert not sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0).get("Messages")
    (dead,) = sqs.receive_message(QueueUrl=environment["QUARANTINE_EVENTS_DLQ_URL"])["Messages"]
    assert dead["MessageId"] == message["MessageId"]


def test_the_environment_is_what_our_settings_ask_for(wires: LocalCloud) -> None:
    environment = wires.environment
    for kind in (DatabaseSettings, RedisSettings, AwsSettings, StorageSettings, QueueSettings):
        read(kind, environment)
    assert read(AwsSettings, environment).endpoint_url == wires.aws.endpoint_url


def test_making_the_stack_again_changes_nothing_and_sends_no_event(wires: LocalCloud, aws_client: Client) -> None:
    sqs, url = aws_client(wires, "sqs"), wires.environment["QUARANTINE_EVENTS_QUEUE_URL"]
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    wires.stack.create()
    after = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])["Attributes"]
    assert before == after
    (stack,) = aws_client(wires, "cloudformation").describe_stacks(StackName=STACK_NAME)["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE"


def test_a_stack_made_with_another_python_is_brought_to_this_one(tmp_path: Path) -> None:
    keys: dict[str, Any] = {"aws_access_key_id": ACCESS_KEY_ID, "aws_secret_access_key": SECRET_ACCESS_KEY}
    with Aws(tmp_path / "aws") as aws:
        Stack(aws.endpoint_url, {"PythonVersion": "python3.99"}).create()
        Stack(aws.endpoint_url).create()
        client = boto3.client("lambda", endpoint_url=aws.endpoint_url, region_name=REGION, **keys)
        (function,) = client.list_functions()["Functions"]
    assert function["Runtime"] == made_for()["PythonVersion"]


def test_the_template_is_one_aws_would_take() -> None:
    """By AWS's own linter, warnings and all."""
    linter = Path(sys.executable).with_name("cfn-lint")
    done = subprocess.run([linter, TEMPLATE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")
