import { GraphiQL } from 'graphiql';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type Standing, standing as findStanding } from '../shared/standing';
import { expiry, recall, remember, takeFromFragment } from '../shared/token';
import { socket } from '../shared/wire';
import { Bar } from './bar';
import { EXAMPLES } from './examples';
import { fetcher as createFetcher } from './fetcher';
import { FillProject } from './fill';

// setTimeout takes 31 bits of milliseconds, about 24 days; a token that lives longer is not waited for.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

interface PageProps {
  /** Of the address; it gets a tab of its own, before the examples. */
  query: string | null;
  variables: string | null;
}

export function Page({ query, variables }: PageProps) {
  const [token, setToken] = useToken();
  const standing = useStanding(token);
  const [schemaRefused, setSchemaRefused] = useState<string | null>(null);
  const client = useMemo(() => socket(token), [token]);
  useEffect(() => () => void client.dispose(), [client]);
  const fetcher = useMemo(() => createFetcher(token, client, setSchemaRefused), [token, client]);
  const asked = query === null ? {} : { initialQuery: query, initialVariables: variables ?? '' };
  const tabs = query === null ? EXAMPLES : [{ query, variables }, ...EXAMPLES];
  return (
    <>
      <Bar standing={standing} token={token} onToken={setToken} />
      <Notice standing={standing} schemaRefused={schemaRefused} />
      <main>
        <GraphiQL
          {...asked}
          defaultEditorToolsVisibility="variables"
          defaultTabs={tabs}
          fetcher={fetcher}
          inputValueDeprecation
          isHeadersEditorEnabled={false}
          onSchemaChange={() => setSchemaRefused(null)}
          schemaDescription
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo>
            <></>
          </GraphiQL.Logo>
          <FillProject projectId={standing.kind === 'known' ? standing.projectId : null} />
        </GraphiQL>
      </main>
    </>
  );
}

function Notice({ standing, schemaRefused }: { standing: Standing; schemaRefused: string | null }) {
  if (standing.kind === 'none')
    return (
      <p className="notice" role="note">
        No token yet, so the API shows no schema and answers nobody. <code>airlock token --user EMAIL</code> prints one.
      </p>
    );
  if (standing.kind === 'refused')
    return (
      <p className="notice refused" role="alert">
        This token was not accepted: {standing.why}
      </p>
    );
  if (standing.kind === 'known' && schemaRefused !== null)
    return (
      <p className="notice refused" role="alert">
        The API shows no schema, so there is no completion here; operations still run. It said: {schemaRefused}
      </p>
    );
  return null;
}

/** The tab's token: from the address, where it stands for a moment only, or kept from before. */
function useToken(): [string | null, (token: string | null) => void] {
  const [token, set] = useState(recall);
  const keep = useCallback((next: string | null) => {
    remember(next);
    set(next);
  }, []);
  useEffect(() => {
    const arrive = () => {
      const given = takeFromFragment();
      if (given !== null) keep(given);
    };
    addEventListener('hashchange', arrive);
    return () => removeEventListener('hashchange', arrive);
  }, [keep]);
  return [token, keep];
}

function useStanding(token: string | null): Standing {
  const [standing, set] = useState<Standing>({ kind: token === null ? 'none' : 'asking' });
  useEffect(() => {
    if (token === null) return set({ kind: 'none' });
    const gone = new AbortController();
    set({ kind: 'asking' });
    findStanding(token, gone.signal).then(set, () => undefined); // only an abort rejects
    const left = (expiry(token)?.getTime() ?? Infinity) - Date.now();
    const timer =
      left > 0 && left < LONGEST_TIMER_MS ? setTimeout(() => set({ kind: 'refused', why: 'It has expired.' }), left) : 0;
    return () => {
      gone.abort();
      clearTimeout(timer);
    };
  }, [token]);
  return standing;
}
