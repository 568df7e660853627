// docs/adr/0142: what a PATCH stores is what was checked, and nothing waits for the check but who asked
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { PROFILE_VALIDATOR, type ProfileValidator } from '../../src/fhir/hooks/profile-validator.js';
import { type JsonObject, writeJson } from '../../src/r4/json/json.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

/** A validator that answers when the test lets it. */
class SlowValidator implements ProfileValidator {
  readonly name = 'slow';
  readonly timeout = 20_000;
  readonly seen: string[] = [];
  #gate: Promise<void> | undefined;
  #open = (): void => undefined;

  close(): void {
    this.seen.length = 0;
    this.#gate = new Promise((open) => (this.#open = open));
  }

  open(): void {
    this.#gate = undefined;
    this.#open();
  }

  async validate(resource: JsonObject): Promise<readonly []> {
    this.seen.push(writeJson(resource));
    await this.#gate;
    return [];
  }
}

const validator = new SlowValidator();
let server: TestServer;
let client: Client;
beforeAll(async () => {
  const parts = [{ provide: PROFILE_VALIDATOR, useValue: validator }];
  server = await startServer({}, [FhirModule.forFeature({ name: '@acme/slow', parts })]);
  client = new Client(server.database.connection);
  await client.connect();
});
afterEach(() => validator.open());
afterAll(async () => {
  await client.end();
  await server.close();
});

const jsonPatch = 'application/json-patch+json';
const send = (method: string, path: string, body: object, contentType?: string) =>
  server.call(method, path, {
    token: server.token('user/*.cruds'),
    body,
    ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
  });

const publisher = [{ op: 'add', path: '/publisher', value: 'Ward 7' }];
const fhirPathPatch = {
  resourceType: 'Parameters',
  parameter: [
    {
      name: 'operation',
      part: [
        { name: 'type', valueCode: 'add' },
        { name: 'path', valueString: 'ValueSet' },
        { name: 'name', valueString: 'publisher' },
        { name: 'value', valueString: 'Ward 7' },
      ],
    },
  ],
};
const binaryOf = (patch: object) => ({
  resourceType: 'Binary',
  contentType: jsonPatch,
  data: Buffer.from(JSON.stringify(patch)).toString('base64'),
});

/** A definition: its writes take a transaction, since a package may own it. */
async function aValueSet(id: string): Promise<void> {
  const url = `http://acme.example/ValueSet/${id}`;
  const stored = await send('PUT', `ValueSet/${id}`, { resourceType: 'ValueSet', id, url, status: 'draft' });
  expect(stored.status, stored.text).toBe(201);
}

const ways: Readonly<Record<string, (id: string) => Promise<Answer>>> = {
  'a JSON Patch': (id) => send('PATCH', `ValueSet/${id}`, publisher, jsonPatch),
  'a FHIRPath Patch': (id) => send('PATCH', `ValueSet/${id}`, fhirPathPatch),
  'a conditional patch': (id) => send('PATCH', `ValueSet?url=http://acme.example/ValueSet/${id}`, publisher, jsonPatch),
  'a patch in a transaction': (id) =>
    send('POST', '', {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [{ request: { method: 'PATCH', url: `ValueSet/${id}` }, resource: binaryOf(publisher) }],
    }),
  '$meta-add': (id) =>
    send('POST', `ValueSet/${id}/$meta-add`, {
      resourceType: 'Parameters',
      parameter: [{ name: 'meta', valueMeta: { tag: [{ system: 'urn:x', code: 'a' }] } }],
    }),
};

const isWaiting = () => vi.waitFor(() => expect(validator.seen).toHaveLength(1), { timeout: 20_000, interval: 10 });

const openTransactions = async () => {
  const text = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'`;
  return (await client.query(text)).rowCount;
};

describe.each(Object.keys(ways))('%s', (name) => {
  const patch = ways[name]!;
  const idOf = (what: string) => `${what}-${Object.keys(ways).indexOf(name)}`;

  it('holds no transaction while its result is checked', async () => {
    await aValueSet(idOf('alone'));
    validator.close();
    const answer = patch(idOf('alone'));
    await isWaiting();
    // Work of the server itself may be between two statements at this moment; a patch would stay.
    await vi.waitFor(async () => expect(await openTransactions()).toBe(0), { timeout: 5000, interval: 20 });
    validator.open();
    expect((await answer).status).toBe(200);
    expect(validator.seen).toHaveLength(1);
  });

  it('stores what was checked where the resource has changed meanwhile', async () => {
    const id = idOf('raced');
    await aValueSet(id);
    validator.close();
    const answer = patch(id);
    await isWaiting();
    // Another server writes the row: its validation does not wait.
    await client.query(
      `UPDATE resource SET version = 2, body = replace(body, '"status":"draft"', '"status":"active"')
       WHERE type = 'ValueSet' AND id = $1`,
      [id],
    );
    validator.open();
    const { status, text } = await answer;
    expect(status, text).toBe(200);
    const { body } = await server.call('GET', `ValueSet/${id}`, { token: server.token('user/*.cruds') });
    expect([body.status, body.meta.versionId]).toEqual(['active', '3']);
    const checked = JSON.parse(validator.seen.at(-1)!) as JsonObject;
    const { meta: _stored, ...stored } = body as JsonObject;
    const { meta: _checked, ...rest } = checked;
    expect(rest).toEqual(stored);
  });
});
