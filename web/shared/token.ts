// The bearer token of this browser tab: it lives in sessionStorage, and never in an address, a cookie or localStorage.

const KEY = 'airlock:token';

/** What a person pastes is often a whole header or a quoted string; `null` where nothing is left. */
export function clean(pasted: string): string | null {
  const bare = pasted
    .trim()
    .replace(/^["']|["']$/g, '')
    .replace(/^(authorization:\s*)?bearer\s+/i, '')
    .replace(/\s+/g, '');
  return bare === '' ? null : bare;
}

export function remember(token: string | null): void {
  if (token === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, token);
}

export function recall(): string | null {
  return sessionStorage.getItem(KEY);
}

/** Takes `#token=…` out of the address, history entry included, and gives what stood there. */
export function takeFromFragment(): string | null {
  const given = new URLSearchParams(location.hash.slice(1)).get('token');
  if (given === null) return null;
  history.replaceState(history.state, '', location.pathname + location.search);
  return clean(given);
}

/** When the token says it ends; `null` where it can't be read. Shown only: the server decides. */
export function expiry(token: string): Date | null {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const { exp } = JSON.parse(atob(payload)) as { exp?: unknown };
    return typeof exp === 'number' ? new Date(exp * 1000) : null;
  } catch {
    return null;
  }
}
