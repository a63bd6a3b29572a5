from __future__ import annotations

import time
from typing import Any

import pytest
from graphql import OperationDefinitionNode, get_introspection_query, parse

from gql.cost import cost
from gql.documents import Documents
from gql.errors import RequestError
from gql.limits import QueryLimits, check
from gql.schema import schema
from tests.api.running import Running
from tests.api.world import User

LIMITS = QueryLimits()
# No document may hold up the other clients for longer, seconds; four times the aim, as tests share the machine.
STALL = 0.4


def doubled(depth: int) -> str:
    """A chain of fragments each of which spreads the next one twice: 2^depth once it is all spread."""
    links = (
        f"fragment f{n} on Query {{ a: node(id: 1) {{ id }} ...f{n + 1} b: __typename ...f{n + 1} }}"
        for n in range(depth)
    )
    return f"{{ ...f0 }} {' '.join(links)} fragment f{depth} on Query {{ __typename }}"


HOSTILE = {
    "many aliases": "{" + " ".join(f"a{n}: __typename" for n in range(60)) + "}",
    "many repetitions": "{" + " __typename" * 600 + "}",
    "many directives": "{ __typename" + " @include(if: true)" * 200 + "}",
    "many tokens": "{" + " a" * 3_000 + "}",
    "many characters": "{ __typename #" + "x" * 30_000 + "\n}",
    "many comments": "{ __typename }\n" + "#\n" * 5_000,
    "deep": "{" + "node(id: 1) {" * 100 + "id" + "}" * 101,
    "deep lists": "{ node(id: " + "[" * 900 + "]" * 900 + ") { id } }",
    "deeply introspective": "{ __schema { types {" + "fields { type {" * 7 + "name" + "}}" * 7 + "}}}",
    "spread twice and again": doubled(25),
    "a chain of fragments": "{ ...f0 }"
    + "".join(f"fragment f{n} on Query {{ ...f{n + 1} }}" for n in range(250))
    + "fragment f250 on Query { __typename }",
    "fragments in a circle": "{ ...a } fragment a on Query { ...b ...b } fragment b on Query { ...a ...a }",
    "many operations": " ".join(f"query q{n} {{ __typename }}" for n in range(500)),
    "many variables": "query (" + " ".join(f"$v{n}: ID" for n in range(400)) + ") { __typename }",
    "many fields without a name in the schema": "{" + " ".join(f"nothing{n}" for n in range(900)) + "}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_document_is_refused_before_it_costs_anything(name: str) -> None:
    documents = Documents(schema, LIMITS)
    began = time.process_time()
    with pytest.raises(RequestError):
        documents.get(HOSTILE[name])
    assert time.process_time() - began < STALL


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_document_is_answered_like_any_other(ada: User, name: str) -> None:
    answer = await ada.ask(HOSTILE[name])
    assert answer.status == 200
    assert set(answer.codes) <= {
        "LIMIT_EXCEEDED",
        "GRAPHQL_PARSE_FAILED",
        "GRAPHQL_VALIDATION_FAILED",
        "OPERATION_RESOLUTION_FAILURE",
    }


def test_the_longest_introspection_query_stays_within_the_limits() -> None:
    query = get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    )
    Documents(schema, LIMITS).get(query)


def test_a_fragment_is_measured_once_however_often_it_is_spread() -> None:
    began = time.process_time()
    errors = check(parse(doubled(60)), LIMITS)
    assert time.process_time() - began < STALL
    assert {error.message.split(":")[1].split()[0] for error in errors} == {"fields", "aliases"}


@pytest.mark.parametrize(
    ("limits", "query"),
    [
        ({"max_depth": 3}, "{ viewer { user { ...u } } } fragment u on User { name { deeper } }"),
        ({"max_fields": 5}, "{ viewer { user { ...u } } v: viewer { user { ...u } } } fragment u on User { name }"),
        ({"max_aliases": 1}, "{ ...q } fragment q on Query { a: __typename b: __typename }"),
        ({"max_repeats": 2}, "{ viewer { user { id id id } } }"),
        ({"max_repeats": 2}, "{ __typename ...q } fragment q on Query { __typename __typename __typename }"),
        ({"max_repeats": 2}, "query @a @a @a { __typename }"),
    ],
)
def test_each_limit_sees_through_fragments_and_lies_one_past_what_it_allows(limits: dict[str, int], query: str) -> None:
    (name, allowed), *_ = limits.items()
    assert len(check(parse(query), QueryLimits(**limits))) == 1
    assert check(parse(query), QueryLimits(**{name: allowed + 1})) == []


async def test_a_document_is_parsed_and_validated_once(ada: User, api: Running) -> None:
    documents = api.server.engine.documents
    query = "query ($id: ID!) { upload(id: $id) { id filename } }"
    hits, misses = documents.hits, documents.misses
    for number in range(5):
        assert (await ada.ask(query, id=str(number))).data == {"upload": None}
    assert (documents.hits - hits, documents.misses - misses) == (4, 1)


def test_the_cache_forgets_the_oldest_documents_and_keeps_within_its_room() -> None:
    documents = Documents(schema, LIMITS, cache_chars=100)
    queries = [f"query q{n} {{ __typename viewer {{ __typename }} }}" for n in range(5)]
    for query in queries:
        documents.get(query)
    documents.get(queries[-1])
    assert (documents.hits, documents.misses) == (1, 5)
    documents.get(queries[0])
    assert (documents.hits, documents.misses) == (1, 6)


def test_a_refused_document_takes_no_room_in_the_cache() -> None:
    documents = Documents(schema, LIMITS, cache_chars=100)
    documents.get("{ __typename }")
    for number in range(10):
        with pytest.raises(RequestError):
            documents.get(f"{{ nothing{number} }}")
    documents.get("{ __typename }")
    assert documents.hits == 1


@pytest.mark.parametrize("first", [0, -1, 101, 2_147_483_647])
async def test_a_page_has_1_to_100_items(ada: User, first: int) -> None:
    answer = await ada.ask("query ($n: Int!) { viewer { projects(first: $n) { totalCount } } }", n=first)
    assert answer.codes == ["BAD_USER_INPUT"]


@pytest.mark.parametrize("size", [2**53, 1.5, "7", True, None])
async def test_a_wrong_value_is_told_by_its_place_and_not_by_our_insides(ada: User, size: Any) -> None:
    mutation = "mutation ($i: RequestUploadInput!) { requestUpload(input: $i) { upload { id } } }"
    answer = await ada.ask(mutation, i={"projectId": "x", "filename": "a.csv", "sizeBytes": size})
    assert answer.codes == ["BAD_USER_INPUT"]
    assert "at .sizeBytes: " in answer.body["errors"][0]["message"]


NESTED = """
query ($n: Int!) {
  viewer { projects(first: $n) { ...p } }
}
fragment p on ProjectConnection { pageInfo { hasNextPage } edges { node { ...q } } }
fragment q on Project { organization { name } id name }
"""


async def test_a_query_that_could_be_too_costly_is_measured_by_its_variables(ada: User) -> None:
    query = """
    query ($p: ID!, $n: Int!, $m: Int!) {
      suiteTemplates(projectId: $p, first: $n) {
        edges { node { phases(first: $m) { edges { node { code name sequence durationDays } } } } }
      }
    }
    """
    assert (await ada.ask(query, p="x", n=10, m=100)).data == {"suiteTemplates": None}
    refused = await ada.ask(query, p="x", n=100, m=100)
    assert refused.codes == ["LIMIT_EXCEEDED"]
    assert (await ada.ask(query.replace("first: $m", "first: 100").replace(", $m: Int!", ""), p="x", n=100)).codes == [
        "LIMIT_EXCEEDED"
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ viewer { user { id email } } }", 4),
        ("{ viewer { projects(first: 10) { edges { node { id } } } } }", 2 + 10 * 3),
        ("{ viewer { projects { edges { node { id } } } } }", 2 + 20 * 3),
        ("{ viewer { projects { totalCount } } }", 2 + 20),
        ('{ node(id: "x") { ... on TemplateUpload { events(first: 10) { edges { cursor } } } } }', 2 + 10 * 2),
        ("{ __schema { types { name } } }", 3),
        ("query ($n: Int = 5) { viewer { projects(first: $n) { edges { node { id } } } } }", 2 + 5 * 3),
        ("{ viewer { projects(first: 99999999999) { edges { node { id } } } } }", 2 + 100 * 3),
        ("{ viewer { projects(first: -3) { edges { node { id } } } } }", 2 + 3),
        (NESTED, 2 + 7 * (2 + 6)),
        (NESTED.replace("(first: $n)", ""), 2 + 20 * (2 + 6)),
    ],
)
def test_the_cost_is_the_number_of_fields_resolved_at_worst(query: str, expected: int) -> None:
    document = parse(query)
    (operation,) = (item for item in document.definitions if isinstance(item, OperationDefinitionNode))
    assert cost(schema, document, operation, {"n": 7} if "$n: Int!" in query else {}) == expected


def test_what_the_variables_will_be_is_taken_for_the_largest_page() -> None:
    document = parse(NESTED)
    (operation,) = (item for item in document.definitions if isinstance(item, OperationDefinitionNode))
    assert cost(schema, document, operation, None) == 2 + 100 * 8
