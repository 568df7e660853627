// US Core's own SearchParameters are loaded over HTTP and work (https://hl7.org/fhir/us/core/search-parameters-and-operations.html)
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { idsOf, parametersOf, type Send, untilActive } from '../support/custom-parameters.js';
import { shareOf } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';

const data = new URL('../../../shared/data/us-core/', import.meta.url);
/** The last are those of 8.0.0, whose package is there as its ballot. */
const versions = ['3.1.1', '6.1.0', 'current-ballot'];
const isThere = versions.every((version) => existsSync(new URL(`${version}/definitions`, data)));

/** Fails with what the server says. */
async function store(send: Send, resource: Resource): Promise<void> {
  const { status, text } = await send('PUT', `${resource.resourceType}/${resource.id}`, resource);
  if (status !== 201) throw new Error(`${resource.resourceType}/${resource.id}: ${text}`);
}

interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [name: string]: unknown;
}

const read = (path: string): readonly Resource[] =>
  gunzipSync(readFileSync(new URL(path, data)))
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Resource);

describe.skipIf(!isThere).each(shareOf(versions, 3))('US Core %s (skipped where its package is absent)', (version) => {
  let server: TestServer;
  let send: Send;
  let definitions: readonly Resource[];
  beforeAll(async () => {
    definitions = read(`${version}/definitions/SearchParameter.ndjson.gz`);
    server = await startServer({ VALIDATION: 'structure' });
    send = (method, path, body) =>
      server.call(method, path, { token: server.token('user/*.cruds admin/*.cruds'), ...(body && { body }) });
    for (const type of ['Patient', 'Condition', 'Encounter']) {
      if (!existsSync(new URL(`${version}/examples/${type}.ndjson.gz`, data))) continue;
      for (const resource of read(`${version}/examples/${type}.ndjson.gz`)) {
        await store(send, resource);
      }
    }
  });
  afterAll(() => server.close());

  it('loads whole in one transaction, and each of its parameters works or is one of R4', async () => {
    const entry = definitions.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `SearchParameter/${resource.id}` },
    }));
    const loaded = await send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry });
    expect([loaded.status, loaded.text]).toEqual([200, expect.anything()]);
    const states = new Map<string, string>();
    for (const { id } of definitions) states.set(id, String(parametersOf(await untilActive(send, id))['state']));
    const active = [...states].filter(([, state]) => state === 'active').map(([id]) => id);
    expect([...new Set(states.values())].toSorted()).toEqual(['active', 'document']);
    expect(active).toEqual(expect.arrayContaining(['us-core-race', 'us-core-ethnicity']));
    for (const { base, code } of definitions) {
      for (const type of base as readonly string[]) {
        const { status, text } = await send('GET', `${type}?${code as string}:missing=false&_count=1`);
        // `_id` and `_lastUpdated` have no `:missing`.
        const isFine = status === 200 || (status === 400 && text.includes(':missing'));
        expect([type, code, isFine ? 200 : text]).toEqual([type, code, 200]);
      }
    }
  });

  it('finds patients by race and ethnicity', async () => {
    const patients = read(`${version}/examples/Patient.ndjson.gz`);
    for (const [code, extension] of [
      ['race', 'us-core-race'],
      ['ethnicity', 'us-core-ethnicity'],
    ] as const) {
      const byCode = new Map<string, string[]>();
      for (const patient of patients) {
        const values = codesIn(patient, extension);
        for (const value of values) byCode.set(value, [...(byCode.get(value) ?? []), patient.id]);
      }
      expect(byCode.size).toBeGreaterThan(0);
      for (const [value, ids] of byCode) {
        expect(idsOf(await send('GET', `Patient?${code}=${value}&_count=100`)).toSorted()).toEqual(ids.toSorted());
      }
    }
  });
});

/** The codes that a patient's race or ethnicity has, each once. */
function codesIn(patient: Resource, extension: string): readonly string[] {
  const extensions = (patient['extension'] ?? []) as readonly {
    url: string;
    extension?: readonly { valueCoding?: { code: string } }[];
  }[];
  const found = extensions
    .filter(({ url }) => url.endsWith(`/${extension}`))
    .flatMap((one) => (one.extension ?? []).flatMap(({ valueCoding }) => valueCoding?.code ?? []));
  return [...new Set(found)];
}
