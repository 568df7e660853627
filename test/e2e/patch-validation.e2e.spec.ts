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

describe('entries of a transaction that has conditions', () => {
  const valueSet = (id: string, more: object = {}) => ({
    resourceType: 'ValueSet',
    url: `http://acme.example/ValueSet/${id}`,
    status: 'active',
    ...more,
  });
  const entries = (id: string) => [
    {
      request: { method: 'PUT', url: `ValueSet?url=http://acme.example/ValueSet/${id}` },
      resource: valueSet(id, { publisher: 'Ward 7' }),
    },
    {
      request: { method: 'POST', url: 'Basic', ifNoneExist: `identifier=urn:x|${id}` },
      fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
      resource: { resourceType: 'Basic', identifier: [{ system: 'urn:x', value: id }], code: { text: 'x' } },
    },
    {
      request: { method: 'POST', url: 'Observation' },
      resource: {
        resourceType: 'Observation',
        status: 'final',
        code: { text: 'x' },
        focus: [{ reference: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520' }],
        derivedFrom: [{ reference: `DocumentReference?identifier=urn:x|${id}` }],
      },
    },
  ];
  const transaction = (id: string) =>
    send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry: entries(id) });
  const referred = async (id: string): Promise<string> => {
    const identifier = [{ system: 'urn:x', value: id }];
    const content = [{ attachment: { title: 'x' } }];
    const { body, status, text } = await send('POST', 'DocumentReference', {
      resourceType: 'DocumentReference',
      status: 'current',
      identifier,
      content,
    });
    expect(status, text).toBe(201);
    return body.id as string;
  };

  it('hold no transaction while they are checked, and are checked once', async () => {
    await aValueSet('conditional');
    await referred('conditional');
    validator.close();
    const answer = transaction('conditional');
    await isWaiting();
    await vi.waitFor(async () => expect(await openTransactions()).toBe(0), { timeout: 5000, interval: 20 });
    validator.open();
    const { status, text } = await answer;
    expect(status, text).toBe(200);
    expect(validator.seen).toHaveLength(3);
  });

  it('are checked again where a condition means something else by then', async () => {
    await aValueSet('moved');
    const before = await referred('moved');
    validator.close();
    const answer = transaction('moved');
    await isWaiting();
    await client.query(
      `UPDATE resource SET id = 'another', body = replace(body, id, 'another') WHERE type = 'DocumentReference' AND id = $1`,
      [before],
    );
    validator.open();
    const { status, text, body } = await answer;
    expect(status, text).toBe(200);
    const location = body.entry[2].response.location as string;
    const stored = await server.call('GET', `Observation/${location.split('/')[1]}`, {
      token: server.token('user/*.cruds'),
    });
    expect(stored.body.derivedFrom).toEqual([{ reference: 'DocumentReference/another' }]);
    expect(validator.seen).toHaveLength(4);
    expect(validator.seen.at(-1)).toContain('DocumentReference/another');
  });

  it('are refused in the words of before, and the content that is wrong with them', async () => {
    const wrong = [
      ...entries('wrong'),
      { request: { method: 'POST', url: 'Basic' }, resource: { resourceType: 'Basic' } },
    ];
    await referred('wrong');
    const refused = await send('POST', '', { resourceType: 'Bundle', type: 'transaction', entry: wrong });
    expect([refused.status, refused.text]).toEqual([422, expect.stringContaining('Bundle.entry[3]')]);
    const nowhere = await transaction('nowhere');
    expect([nowhere.status, nowhere.text]).toEqual([412, expect.stringContaining('DocumentReference')]);
  });
});
