import { setTimeout as sleep } from 'node:timers/promises';
import type { Path } from './path.js';
import type { Session } from './session.js';
import { base } from '../support/server.js';

/** Longer than between two questions about a job. */
const pause = 1050;
const mostQuestions = 30;

/** The manifest and each file of an export, or why there is none. */
async function exported(session: Session, query: string): Promise<void> {
  const begun = await session.call('GET', query, { headers: { prefer: 'respond-async' } });
  const address = begun.headers['content-location'];
  if (begun.status !== 202 || address === undefined) return;
  const place = address.slice(base.length + 1);
  for (let questions = 0; questions < mostQuestions; questions++) {
    const { status } = await session.quietly('GET', place);
    if (status !== 202 && status !== 429) break;
    await sleep(pause);
  }
  await sleep(pause);
  const { body } = await session.call('GET', place, { headers: { accept: 'application/json' } });
  const { output = [], deleted = [], error = [] } = body as Record<string, readonly { readonly url: string }[]>;
  for (const { url } of [...output, ...deleted, ...error]) {
    await session.get(url, { accept: 'application/fhir+ndjson' });
    // No longer: half of an id that the server made would differ by chance.
    await session.get(url, { accept: 'application/fhir+ndjson', range: 'bytes=0-9' });
  }
}

/** What is planned in one snapshot, by the rows that a search and a read of the caller reach. */
export const exporting: Path = {
  name: '$export',
  covers: ['$export', '$export-file'],
  always: true,
  async whole(session) {
    const { type } = session.limit;
    await exported(session, `$export?_type=${type}`);
    await exported(
      session,
      `$export?_type=${type}&_since=2020-01-01T00:00:00Z&includeAssociatedData=RelevantProvenanceResources`,
    );
    await exported(session, `Patient/$export?_typeFilter=${encodeURIComponent(`${type}?_lastUpdated=gt2020`)}`);
    await session.get('$export-file?job=1&file=1');
    await session.get('$export');
  },
};
