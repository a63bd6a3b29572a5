"""Gives a bucket what its template says: moto's CloudFormation makes it, and drops most of its properties."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


def configure_bucket(s3: "S3Client", properties: Mapping[str, Any]) -> None:
    """Apply the properties of an `AWS::S3::Bucket`, as resolved; applying them again changes nothing."""
    name = properties["BucketName"]
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"])
    s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=properties["OwnershipControls"])
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration=_encryption(properties))
    s3.put_bucket_cors(Bucket=name, CORSConfiguration=_cors(properties))
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration=_lifecycle(properties))
    notify(s3, name, properties.get("NotificationConfiguration", {}))


def notify(s3: "S3Client", name: str, notification: Mapping[str, Any]) -> None:
    """Set the bucket's notification unless it is set: each time it is, S3 sends a test event."""
    wanted = [
        {"QueueArn": each["Queue"], "Events": [each["Event"]]} for each in notification.get("QueueConfigurations", [])
    ]
    present = s3.get_bucket_notification_configuration(Bucket=name).get("QueueConfigurations", [])
    if [{"QueueArn": each["QueueArn"], "Events": each["Events"]} for each in present] != wanted:
        configuration: Any = {"QueueConfigurations": wanted}
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=configuration)


def _encryption(properties: Mapping[str, Any]) -> Any:
    rules = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    return {"Rules": [{"ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"]} for rule in rules]}


def _cors(properties: Mapping[str, Any]) -> Any:
    """Spell CloudFormation's rules as S3 does."""
    spelled = {"ExposedHeaders": "ExposeHeaders", "MaxAge": "MaxAgeSeconds"}
    rules = properties["CorsConfiguration"]["CorsRules"]
    return {"CORSRules": [{spelled.get(key, key): value for key, value in rule.items()} for rule in rules]}


def _lifecycle(properties: Mapping[str, Any]) -> Any:
    return {"Rules": [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Spell one of CloudFormation's rules as S3 does; a rule here is about the whole bucket."""
    spelled: dict[str, Any] = {"ID": rule["Id"], "Filter": {"Prefix": ""}}
    for key, value in rule.items():
        if key == "ExpiredObjectDeleteMarker":
            spelled["Expiration"] = {key: value}
        elif key != "Id":
            spelled[key] = value
    return spelled
