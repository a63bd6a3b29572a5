from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gql.page import WEB, Page
from tests.api.running import Running

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


async def test_a_browser_gets_the_page_under_our_policy(api: Running, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{api.url}/graphql", params={"query": "{ __typename }"}, headers={"Accept": BROWSER})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert policy == "; ".join((WEB / "csp.txt").read_text().split("\n")).strip("; ")
    assert "default-src 'none'" in policy


async def test_the_address_of_the_host_leads_to_the_page(api: Running, http: httpx.AsyncClient) -> None:
    answer = await http.get(f"{api.url}/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/graphql")


def test_a_page_that_is_not_built_says_how_to_build_it(tmp_path: Path) -> None:
    page = Page(tmp_path).response()
    assert b"make web" in page.body
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.fixture
async def built(tmp_path: Path) -> tuple[Page, httpx.AsyncClient]:
    (tmp_path / "csp.txt").write_text("default-src 'none'\nscript-src 'self'\n")
    for name, text in (("graphiql/index.html", "<p>built"), ("assets/a-1f.js", "1"), ("secret.txt", "no")):
        path = tmp_path / "dist" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    page = Page(tmp_path)
    transport = httpx.ASGITransport(Starlette(routes=[Mount("/assets", page.assets)]))
    return page, httpx.AsyncClient(transport=transport, base_url="http://test")


async def test_the_page_and_its_files_are_served_as_they_were_built(built: tuple[Page, httpx.AsyncClient]) -> None:
    page, client = built
    assert page.response().body == b"<p>built"
    async with client:
        file = await client.get("/assets/a-1f.js")
        assert (file.text, file.headers["content-security-policy"]) == ("1", "default-src 'none'; script-src 'self'")
        assert "immutable" in file.headers["cache-control"]
        for name in ("nothing.js", "../secret.txt", "%2e%2e/secret.txt", ""):
            assert (await client.get(f"/assets/{name}")).status_code in (404, 405)
