// How a page speaks to the API of its own origin: operations over HTTP, subscriptions over graphql-transport-ws.

import type { ExecutionResult } from 'graphql';
import { type Client, createClient } from 'graphql-ws';

const ENDPOINT = '/graphql';

// The library retries 4403 because a right may be granted later; a token won't change under an open socket.
const FORBIDDEN = 4403;

export interface Operation {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

export interface Answer {
  status: number;
  body: ExecutionResult;
}

/** Something to tell a person in one sentence; it has no stack, because the sentence is all there is to show. */
export class Told extends Error {
  constructor(sentence: string) {
    super(sentence);
    delete this.stack;
  }
}

/** The answer, whatever its status; `Told` when there is no answer or it is none of GraphQL's. */
export async function ask(operation: Operation, token: string | null, signal?: AbortSignal): Promise<Answer> {
  const response = await fetch(ENDPOINT, {
    method: 'POST',
    credentials: 'omit',
    headers: {
      accept: 'application/graphql-response+json, application/json;q=0.9',
      'content-type': 'application/json',
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(operation),
    signal: signal ?? null,
  }).catch((reason: unknown) => {
    if (signal?.aborted) throw reason;
    throw new Told(`The API at ${location.origin} does not answer. Is it running?`);
  });
  const text = await response.text();
  const body = parsed(text);
  if (!isResult(body)) throw new Told(`The API answered ${response.status} without a GraphQL result. ${excerpt(text)}`);
  return { status: response.status, body };
}

/** One client a token; it connects with the first subscription and hangs up after the last. */
export function socket(token: string | null): Client {
  return createClient({
    url: new URL(ENDPOINT, location.href).href.replace(/^http/, 'ws'),
    connectionParams: token === null ? {} : { Authorization: `Bearer ${token}` },
    keepAlive: 15_000, // ms; finds a dead connection well before a proxy's usual minute
    connectionAckWaitTimeout: 10_000, // ms
    shouldRetry: (reason) => isClose(reason) && reason.code !== FORBIDDEN,
  });
}

/** Why a socket ended, for a person. */
export function closing(reason: unknown): Told {
  if (isClose(reason)) {
    const why = reason.reason === '' ? 'no reason given' : reason.reason;
    return new Told(`The API closed the socket: ${reason.code}, ${why}.`);
  }
  return new Told(reason instanceof Error ? reason.message : 'The socket failed.');
}

/** The errors of a result as one line; `null` where it has none. */
export function complaint({ errors }: ExecutionResult): string | null {
  return errors?.length ? errors.map(({ message }) => message).join(' ') : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Enough of a page of plain text or HTML to know it by. */
function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 200 ? `${line.slice(0, 200)}…` : line;
}

function isClose(reason: unknown): reason is { code: number; reason: string } {
  return typeof reason === 'object' && reason !== null && 'code' in reason && 'reason' in reason;
}

function isResult(body: unknown): body is ExecutionResult {
  return typeof body === 'object' && body !== null && ('data' in body || 'errors' in body);
}
