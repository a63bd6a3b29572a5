"""How many fields an operation resolves at worst: lists within lists multiply, which no other limit sees."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
)

from gql.limits import MAX_PAGE

# The argument that says how many items a list has.
_SIZE = "first"


def cost(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any] | None,
) -> int:
    """Return the fields resolved at worst; where ``variables`` are not known, for the largest pages they could ask.

    The document is valid.
    """
    defaults = {
        definition.variable.name.value: definition.default_value
        for definition in operation.variable_definitions or ()
        if definition.default_value is not None
    }
    fragments = {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }
    root = schema.get_root_type(operation.operation)
    return _Cost(schema, fragments, variables, defaults).selections(operation.selection_set, root)


class _Cost:
    """Measures selections; each fragment once, however often it is spread."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any] | None,
        defaults: Mapping[str, ValueNode],
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables
        self._defaults = defaults
        self._known: dict[str, int] = {}

    def selections(self, node: SelectionSetNode, on: GraphQLNamedType | None) -> int:
        return sum(self._selection(selection, on) for selection in node.selections)

    def _selection(self, node: SelectionNode, on: GraphQLNamedType | None) -> int:
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self._known:
                fragment = self._fragments[name]
                self._known[name] = self.selections(fragment.selection_set, self._type(fragment.type_condition))
            return self._known[name]
        if isinstance(node, InlineFragmentNode):
            narrowed = self._type(node.type_condition) if node.type_condition else on
            return self.selections(node.selection_set, narrowed)
        if not isinstance(node, FieldNode) or node.selection_set is None:
            return 1
        fields = on.fields if isinstance(on, GraphQLObjectType | GraphQLInterfaceType) else {}
        field = fields.get(node.name.value)
        inner = self.selections(node.selection_set, get_named_type(field.type) if field else None)
        return 1 + self._times(node, field) * inner

    def _type(self, node: NamedTypeNode) -> GraphQLNamedType | None:
        return self._schema.get_type(node.name.value)

    def _times(self, node: FieldNode, field: GraphQLField | None) -> int:
        size = field.args.get(_SIZE) if field else None
        if size is None:
            return 1
        given = next((item.value for item in node.arguments or () if item.name.value == _SIZE), None)
        number = size.default_value if given is None else self._number(given)
        return min(max(number, 1), MAX_PAGE) if type(number) is int else MAX_PAGE

    def _number(self, value: ValueNode) -> Any:
        """Return what a value is, or anything but an integer where that is not known."""
        if isinstance(value, IntValueNode):
            return int(value.value[:4])
        if not isinstance(value, VariableNode) or self._variables is None:
            return None
        name = value.name.value
        if name in self._variables:
            return self._variables[name]
        return self._number(self._defaults[name]) if name in self._defaults else None
