import { expect } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { untilEnded } from '../support/bulk-data.js';
import { base } from '../support/server.js';
import { idsOf, type Limit } from './limit.js';
import type { Path } from './path.js';
import type { Session } from './session.js';
import { hiddenIds } from './world.js';

interface Begun {
  readonly query: string;
  /** Of its status; undefined if it was refused. */
  readonly place: string | undefined;
}

/** A query, or Parameters for an address. */
type Asked = string | { readonly address: string; readonly body: JsonObject };

async function begin(session: Session, asked: Asked): Promise<Begun> {
  const [method, query, sent] =
    typeof asked === 'string' ? ['GET', asked, {}] : ['POST', asked.address, { body: asked.body }];
  const { status, headers } = await session.call(method, query, { headers: { prefer: 'respond-async' }, ...sent });
  const address = headers['content-location'];
  return { query, place: status === 202 ? address?.slice(base.length + 1) : undefined };
}

/** The manifest and each file of an export. */
async function take(session: Session, place: string): Promise<void> {
  const { status, body, text } = await session.call('GET', place, { headers: { accept: 'application/json' } });
  // Exports that fail alike would tell nothing, and prove nothing.
  expect(status, text).toBe(200);
  const { output = [], deleted = [], error = [] } = body as Record<string, readonly { readonly url: string }[]>;
  for (const { url } of [...output, ...deleted, ...error]) {
    await session.get(url, { accept: 'application/fhir+ndjson' });
    // No longer: half of an id that the server made would differ by chance.
    await session.get(url, { accept: 'application/fhir+ndjson', range: 'bytes=0-9' });
  }
}

/** Begun all at once, so that one wait is for all. */
async function exported(session: Session, queries: readonly Asked[]): Promise<void> {
  const begun: Begun[] = [];
  for (const query of queries) begun.push(await begin(session, query));
  const places = begun.flatMap(({ place }) => place ?? []);
  for (const place of places) await untilEnded(() => session.quietly('GET', place));
  for (const place of places) await take(session, place);
}

/** Patients by name, there or not: the file of errors has the same words for hidden ones and for one that nobody has. */
function byName(limit: Limit): Asked {
  const parameter = [...idsOf(limit), ...hiddenIds(limit), 'nobody'].map((id) => ({
    name: 'patient',
    valueReference: { reference: `Patient/${id}` },
  }));
  return { address: 'Patient/$export', body: { resourceType: 'Parameters', parameter } };
}

/** What is planned in one snapshot, by the rows that a search and a read of the caller reach. */
export const exporting: Path = {
  name: '$export',
  covers: ['$export', '$export-file'],
  always: true,
  async whole(session) {
    const { type } = session.limit;
    await exported(session, [
      `$export?_type=${type}`,
      `$export?_type=${type}&_since=2020-01-01T00:00:00Z&includeAssociatedData=RelevantProvenanceResources`,
      `$export?_type=${type}&organizeOutputBy=Patient`,
      `Patient/$export?_typeFilter=${encodeURIComponent(`${type}?_lastUpdated=gt2020`)}`,
      ...(type === 'Patient' ? [byName(session.limit)] : []),
    ]);
    await session.get('$export-file?job=1&file=1');
    await session.get('$export');
  },
};
