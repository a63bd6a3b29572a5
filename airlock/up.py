"""`airlock up`: start the product, send the samples, say where everything is, and serve until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Mapping
from contextlib import suppress

from rich.console import Console

from airlock.client import Client
from airlock.product import DEMO_TOKEN_TTL, Product
from airlock.samples import SAMPLES, push_sample

# How often the running processes are looked at, seconds.
LOOK_EVERY = 0.5

FIRST_QUERY = "{ viewer { user { name } projects { edges { node { id name } } } } }"


def up(environ: Mapping[str, str], console: Console, *, once: bool) -> bool:
    """Start everything, send the samples, and serve until Ctrl-C; return whether all samples were processed.

    With ``once`` it ends after the samples. Raises LocalStackError.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        # Also where whoever started us had SIGINT ignored, as shells do for what runs in the background.
        signal.signal(number, signal.default_int_handler)
    began = time.monotonic()
    with Product(environ) as product:
        console.print(f"Airlock is up after {time.monotonic() - began:.1f} s; its data is in {product.home}.")
        done = asyncio.run(_push_samples(product, console))
        if not once:
            with suppress(KeyboardInterrupt):
                _say_where(product, console)
                _serve(product, console)
            console.print("Ending.")
    return done


async def _push_samples(product: Product, console: Console) -> bool:
    done = True
    for sample in SAMPLES:
        async with Client(product.environment["AIRLOCK_URL"], product.token(sample.email)) as client:
            done &= await push_sample(sample, client, console)
    return done


def _say_where(product: Product, console: Console) -> None:
    email = SAMPLES[0].email
    token = product.token(email)
    console.print(f"\nGraphQL and GraphiQL  {product.url}/graphql")
    console.print(f"Logs                  {product.home / 'logs'}")
    console.print(f"\nA token for {email}, good for {DEMO_TOKEN_TTL}:")
    console.out(token, highlight=False)
    console.print("\nA first query to copy:")
    body = '{"query":"' + FIRST_QUERY + '"}'
    console.out(
        f"curl -s {product.url}/graphql -H 'Content-Type: application/json' "
        f"-H 'Authorization: Bearer {token}' -d '{body}'",
        highlight=False,
    )
    console.print("\nCtrl-C ends it all; the data stays.")


def _serve(product: Product, console: Console) -> None:
    while True:
        time.sleep(LOOK_EVERY)
        if sentence := product.mend():
            console.print(sentence)
