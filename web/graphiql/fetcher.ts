// What GraphiQL calls to run an operation.

import type { Fetcher } from '@graphiql/toolkit';
import { getOperationAST, type OperationTypeNode, parse } from 'graphql';
import type { Client } from 'graphql-ws';
import { ask, closing, complaint, type Operation, Told } from '../shared/wire';

const INTROSPECTION = 'IntrospectionQuery'; // the name GraphiQL gives its own request for the schema

/** `onRefusedSchema` hears why the API shows no schema. */
export function fetcher(token: string | null, client: Client, onRefusedSchema: (why: string) => void): Fetcher {
  return async (given) => {
    const operation = settle(given);
    if (operation.kind === 'subscription') return watch(operation, client);
    const { query, operationName, variables } = operation;
    const { body } = await ask({ query, operationName, variables }, token);
    if (operationName === INTROSPECTION && !body.data) {
      const why = complaint(body) ?? 'The API sent no schema.';
      onRefusedSchema(why);
      throw new Told(why);
    }
    return body;
  };
}

type Observable = Exclude<Awaited<ReturnType<Fetcher>>, AsyncIterable<unknown>> & { subscribe: unknown };

function watch({ query, operationName, variables }: Settled, client: Client): Observable {
  const subscribe = (sink: { next(value: unknown): void; error(reason: unknown): void; complete(): void }) => ({
    unsubscribe: client.subscribe(
      { query, operationName, variables },
      {
        next: (result) => sink.next(result),
        complete: () => sink.complete(),
        error: (reason) => {
          if (!Array.isArray(reason)) return sink.error(closing(reason));
          sink.next({ errors: reason });
          sink.complete();
        },
      },
    ),
  });
  return { subscribe } as Observable;
}

interface Settled extends Required<Operation> {
  kind: OperationTypeNode | null;
}

/** GraphiQL learns the operation's name a moment after the text: right after a change of tabs it is the other tab's. */
function settle({ query, operationName = null, variables = null }: Operation): Settled {
  try {
    const document = parse(query);
    const named = getOperationAST(document, operationName);
    const meant = named ?? getOperationAST(document);
    return { query, variables, operationName: meant?.name?.value ?? null, kind: meant?.operation ?? null };
  } catch {
    return { query, variables, operationName, kind: null }; // the API says what is wrong with it
  }
}
