import type { JsonObject } from '../../src/r4/json/json.js';
import { untilEnded } from '../support/bulk-data.js';
import { base } from '../support/server.js';
import { hiddenIds } from './world.js';
import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';
import type { Session } from './session.js';

/** What the caller may write and may not, at ids of their own, hidden ones, and one that nobody has. */
export function linesOf(limit: Limit): string {
  const { own, hidden } = limit;
  const makers = [own, ...Object.values(hidden).slice(0, 1)];
  const ids = [...idsOf(limit), ...hiddenIds(limit).slice(0, 3), 'nobody-imported'];
  const resources: JsonObject[] = ids.flatMap((id) => makers.map((make) => make(id)[0]));
  return resources.map((one) => `${JSON.stringify(one)}\n`).join('');
}

/** Each line is an update by its caller: what becomes of it tells nothing of what is there. */
export const importing: Path = {
  name: '$import',
  covers: ['$import'],
  alike: true,
  async whole(session) {
    const { limit } = session;
    const headers = { prefer: 'respond-async', 'content-type': 'application/fhir+ndjson' };
    const begun = await session.call('POST', '$import', { body: linesOf(limit), headers });
    const address = begun.headers['content-location'];
    if (begun.status !== 202 || address === undefined) return;
    await takeResult(session, address);
  },
};

/** What an import ended with, its errors, and what can be read after it. */
export async function takeResult(session: Session, address: string): Promise<void> {
  const { limit } = session;
  const place = address.slice(base.length + 1);
  await untilEnded(() => session.quietly('GET', place));
  const { body } = await session.call('GET', place, { headers: { accept: 'application/json' } });
  const { error = [] } = body as Record<string, readonly { readonly url: string }[]>;
  for (const { url } of error) await session.get(url, { accept: 'application/fhir+ndjson' });
  for (const id of idsOf(limit)) await session.get(`${limit.type}/${id}`);
}
