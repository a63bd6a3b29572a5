// The strip above GraphiQL: what this is, and who is asking.

import { type FormEvent, useState } from 'react';
import mark from '../shared/airlock.svg';
import type { Standing } from '../shared/standing';
import { clean, expiry } from '../shared/token';

interface BarProps {
  standing: Standing;
  token: string | null;
  onToken(token: string | null): void;
}

export function Bar({ standing, token, onToken }: BarProps) {
  const asks = token === null || standing.kind === 'refused';
  return (
    <header className="bar">
      <a className="brand" href="/graphql">
        <img src={mark} alt="" width="24" height="24" />
        <span>
          Airlock <small>GraphiQL</small>
        </span>
      </a>
      {asks ? <TokenForm onToken={onToken} /> : <Holder standing={standing} token={token} onToken={onToken} />}
    </header>
  );
}

function TokenForm({ onToken }: Pick<BarProps, 'onToken'>) {
  const [pasted, setPasted] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const token = clean(pasted);
    if (token !== null) onToken(token);
  };
  // Masked by style and not by type=password: a password manager must not offer to keep it.
  return (
    <form className="token" onSubmit={submit}>
      <input
        aria-label="Bearer token"
        autoCapitalize="off"
        autoComplete="off"
        name="bearer"
        placeholder="Paste a bearer token"
        spellCheck={false}
        value={pasted}
        onChange={(event) => setPasted(event.target.value)}
      />
      <button type="submit" disabled={clean(pasted) === null}>
        Use token
      </button>
    </form>
  );
}

function Holder({ standing, token, onToken }: BarProps & { token: string }) {
  const until = expiry(token);
  return (
    <div className="holder">
      <p role="status">
        {standing.kind === 'known' ? <strong>{standing.email}</strong> : 'Asking who this is…'}
        {until && (
          <span className="until">
            <span className="wide">token </span>until {clock(until)}
          </span>
        )}
      </p>
      <button type="button" onClick={() => onToken(null)}>
        Forget<span className="wide"> token</span>
      </button>
    </div>
  );
}

/** The hour alone for today, the date with it for any other day. */
function clock(at: Date): string {
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString(undefined, today ? { timeStyle: 'short' } : { dateStyle: 'medium', timeStyle: 'short' });
}
