"""Reads our CloudFormation template: parameters put in, references resolved as AWS would."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from infra.local.errors import LocalStackError

TEMPLATE = Path(__file__).resolve().parent.parent / "template.yaml"

# Where in a resource's properties CloudFormation looks for a name that was given; what `!Ref` returns, but for queues.
_NAMES = {
    "AWS::S3::Bucket": "BucketName",
    "AWS::SQS::Queue": "QueueName",
    "AWS::Lambda::Function": "FunctionName",
    "AWS::Logs::LogGroup": "LogGroupName",
}

_ARNS = {
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SQS::Queue": "arn:aws:sqs:{region}:{account}:{name}",
    "AWS::Lambda::Function": "arn:aws:lambda:{region}:{account}:function:{name}",
    "AWS::Logs::LogGroup": "arn:aws:logs:{region}:{account}:log-group:{name}:*",
}


@dataclass(frozen=True)
class Place:
    """Where a stack stands; queues have addresses on an endpoint, everything else has names alone."""

    stack: str
    account: str
    region: str
    endpoint_url: str

    def queue_url(self, name: str) -> str:
        """Return the address of a queue."""
        return f"{self.endpoint_url}/{self.account}/{name}"


class Template:
    """The template with values for its parameters, as one stack of an account in a region."""

    def __init__(self, parameters: Mapping[str, str], place: Place, body: str | None = None) -> None:
        """Raise LocalStackError for a parameter that is unknown, missing or outside what the template allows."""
        self.body = TEMPLATE.read_text(encoding="utf-8") if body is None else body
        self.parameters = dict(parameters)
        self.place = place
        self._document: dict[str, Any] = yaml.load(self.body, _Loader)  # noqa: S506 -- a SafeLoader, see below
        self._values = _values(self._document["Parameters"], self.parameters)

    def properties(self, logical_id: str) -> dict[str, Any]:
        """Return a resource's properties, resolved."""
        resolved: dict[str, Any] = self._resolve(self._resource(logical_id).get("Properties", {}))
        return resolved

    def of_type(self, kind: str) -> list[str]:
        """Return the logical ids of all resources of a type such as `AWS::S3::Bucket`, in the template's order."""
        return [name for name, resource in self._document["Resources"].items() if resource["Type"] == kind]

    def only(self, kind: str) -> dict[str, Any]:
        """Return the resolved properties of the one resource of a type."""
        (logical_id,) = self.of_type(kind)
        return self.properties(logical_id)

    def outputs(self) -> dict[str, Any]:
        """Return the outputs whose values are known before anything is made: all but roles."""
        values = {name: output["Value"] for name, output in self._document["Outputs"].items()}
        roles = set(self.of_type("AWS::IAM::Role"))
        return {name: self._resolve(value) for name, value in values.items() if not roles & set(_attribute(value))}

    def _resource(self, logical_id: str) -> dict[str, Any]:
        resource: dict[str, Any] = self._document["Resources"][logical_id]
        return resource

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._resolve(item) for item in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name in _FUNCTIONS:
                return _FUNCTIONS[name](self, argument)
        return {key: self._resolve(item) for key, item in value.items()}

    def _ref(self, name: str) -> Any:
        pseudo = {
            "AWS::AccountId": self.place.account,
            "AWS::Partition": "aws",
            "AWS::Region": self.place.region,
            "AWS::StackName": self.place.stack,
        }
        if name in pseudo or name in self._values:
            return pseudo.get(name, self._values.get(name))
        named = self._name(name)
        return self.place.queue_url(named) if self._resource(name)["Type"] == "AWS::SQS::Queue" else named

    def _get_attribute(self, path: str | list[str]) -> str:
        logical_id, attribute = _attribute({"Fn::GetAtt": path})
        kind = self._resource(logical_id)["Type"]
        if attribute != "Arn" or kind not in _ARNS:
            # Roles get random names, so their ARNs are known to the account alone; nothing here needs them.
            return f"{logical_id}.{attribute}"
        return _ARNS[kind].format(name=self._name(logical_id), region=self.place.region, account=self.place.account)

    def _substitute(self, text: str) -> str:
        def value(match: re.Match[str]) -> str:
            name = match[1]
            return str(self._get_attribute(name) if "." in name else self._ref(name))

        return re.sub(r"\$\{([\w:.]+)\}", value, text)

    def _find_in_map(self, path: list[Any]) -> Any:
        name, first, second = (self._resolve(step) for step in path)
        return self._document["Mappings"][name][first][second]

    def _name(self, logical_id: str) -> str:
        resource = self._resource(logical_id)
        return str(self._resolve(resource["Properties"][_NAMES[resource["Type"]]]))


_FUNCTIONS: dict[str, Callable[[Template, Any], Any]] = {
    "Ref": Template._ref,  # noqa: SLF001 -- its own methods, by the names CloudFormation gives them
    "Fn::GetAtt": Template._get_attribute,  # noqa: SLF001
    "Fn::Sub": Template._substitute,  # noqa: SLF001
    "Fn::FindInMap": Template._find_in_map,  # noqa: SLF001
}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms: `!Ref x` is `{Ref: x}`, `!Sub x` is `{Fn::Sub: x}`."""


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = suffix if suffix == "Ref" else f"Fn::{suffix}"
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.ScalarNode)
    return {name: loader.construct_scalar(node)}


_Loader.add_multi_constructor("!", _short_form)


def _attribute(value: Any) -> list[str]:
    """Split the argument of a `Fn::GetAtt` into logical id and attribute; empty for any other value."""
    path = value.get("Fn::GetAtt", []) if isinstance(value, dict) else []
    return path.split(".", 1) if isinstance(path, str) else list(path)


def _values(declared: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    if unknown := sorted(set(given) - set(declared)):
        raise LocalStackError(f"The template has no parameter {', '.join(unknown)}.")
    return {name: _value(name, declaration, given.get(name)) for name, declaration in declared.items()}


def _value(name: str, declaration: Mapping[str, Any], given: str | None) -> Any:
    text = declaration.get("Default") if given is None else given
    if text is None:
        raise LocalStackError(f"The template's parameter {name} needs a value.")
    if declaration["Type"] == "CommaDelimitedList":
        return [item.strip() for item in str(text).split(",")]
    value = int(text) if declaration["Type"] == "Number" else str(text)
    if value not in declaration.get("AllowedValues", [value]) or not _within(value, declaration):
        raise LocalStackError(f"The template does not allow {name} to be {value}.")
    return value


def _within(value: int | str, declaration: Mapping[str, Any]) -> bool:
    if isinstance(value, str):
        return True
    return bool(declaration.get("MinValue", value) <= value <= declaration.get("MaxValue", value))
