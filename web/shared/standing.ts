// Who the API takes the holder of a token for.

import { ask, complaint, Told } from './wire';

export type Standing =
  | { kind: 'none' }
  | { kind: 'asking' }
  | { kind: 'known'; email: string; projectId: string | null }
  | { kind: 'refused'; why: string };

interface ViewerData {
  viewer: { user: { email: string }; projects: { edges: { node: { id: string } }[] } };
}

const WHO = `query Standing {
  viewer { user { email } projects(first: 1) { edges { node { id } } } }
}`;

/** Never throws but for an abort: a refusal is an answer. */
export async function standing(token: string, signal: AbortSignal): Promise<Standing> {
  try {
    const { body } = await ask({ query: WHO, operationName: 'Standing' }, token, signal);
    const viewer = (body.data as Partial<ViewerData> | null | undefined)?.viewer;
    if (viewer === undefined) return { kind: 'refused', why: complaint(body) ?? 'The API did not say why.' };
    return { kind: 'known', email: viewer.user.email, projectId: viewer.projects.edges[0]?.node.id ?? null };
  } catch (reason) {
    if (reason instanceof Told) return { kind: 'refused', why: reason.message };
    throw reason;
  }
}
