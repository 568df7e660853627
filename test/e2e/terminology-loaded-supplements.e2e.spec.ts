// Supplements with more texts than one resource should have: loaded as releases are (docs/adr/0105)
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelease } from '../../src/fhir/releases/open-release.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { releaseOf } from '../support/release-of.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { statementsOf } from '../support/statements.js';

const system = 'http://example.org/CodeSystem/animals';
const valueSet = `${system}/all`;
const dutch = `${system}/nl`;

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'supplements-'));
  server = await startServer();
  const head = { resourceType: 'CodeSystem', url: system, version: '1', status: 'active', content: 'complete' };
  const codes = ['dog', 'bird', 'cat', 'cow'];
  const concepts = codes.map((code) => ({ code, display: `A ${code}` }));
  await server.app.get(TerminologyStore).load(releaseOf(head, concepts), { by: 'test' });
  await load(supplement(dutch, system));
  const body = { resourceType: 'ValueSet', url: valueSet, status: 'active', compose: { include: [{ system }] } };
  await server.call('POST', 'ValueSet', { token: server.token('user/*.cruds'), body });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Lines of NDJSON. */
const supplement = (url: string, supplements?: string): readonly object[] => [
  {
    resourceType: 'CodeSystem',
    url,
    version: '1',
    status: 'active',
    content: 'supplement',
    supplements,
    property: [{ code: 'sound', type: 'string' }],
  },
  {
    code: 'dog',
    display: 'Another dog',
    designation: [{ language: 'nl', value: 'een hond' }],
    property: [{ code: 'sound', valueString: 'waf' }],
  },
  { code: 'cow', designation: [{ language: 'nl', value: 'een koe' }] },
  { code: 'unicorn', designation: [{ language: 'nl', value: 'een eenhoorn' }] },
];

let files = 0;
async function load(lines: readonly object[]): Promise<void> {
  const path = join(folder, `${files++}.ndjson`);
  await writeFile(path, lines.map((line) => JSON.stringify(line)).join('\n'));
  await server.app.get(TerminologyStore).load(await openRelease(path, undefined), { by: 'test' });
}

const get = (path: string, query: Readonly<Record<string, string>>, scope = 'user/*.rs'): Promise<Answer> =>
  server.call('GET', `${path}?${new URLSearchParams(query).toString()}`, { token: server.token(scope) });
const expanded = async (query: Readonly<Record<string, string>>) => {
  const { body, text } = await get('ValueSet/$expand', { url: valueSet, ...query });
  if (!body.expansion) throw new Error(text);
  return body.expansion as {
    readonly total: number;
    readonly parameter: readonly object[];
    readonly contains?: readonly { readonly code: string; readonly display: string }[];
  };
};
const chosen = { useSupplement: dutch };
const inDutch = { displayLanguage: 'nl', ...chosen };

describe('a supplement that was loaded', () => {
  it('adds its texts to each code that it has, and to no other', async () => {
    const { contains, parameter, total } = await expanded(inDutch);
    expect(contains!.map(({ code, display }) => [code, display])).toEqual([
      ['dog', 'een hond'],
      ['bird', 'A bird'],
      ['cat', 'A cat'],
      ['cow', 'een koe'],
    ]);
    expect(total).toBe(4);
    expect(parameter).toContainEqual({ name: 'used-supplement', valueUri: `${dutch}|1` });
    expect((await expanded({ displayLanguage: 'nl' })).contains![0]!.display).toBe('A dog');
  });

  it('adds designations and properties to $lookup, and leaves the display', async () => {
    const { body, text } = await get('CodeSystem/$lookup', { system, code: 'dog', ...chosen });
    expect(body.parameter).toContainEqual({ name: 'display', valueString: 'A dog' });
    expect([text.includes('een hond'), text.includes('waf'), text.includes('Another dog')]).toEqual([
      true,
      true,
      false,
    ]);
    expect((await get('CodeSystem/$lookup', { system, code: 'dog' })).text).not.toContain('een hond');
    expect((await get('CodeSystem/$lookup', { system, code: 'unicorn', ...chosen })).status).toBe(404);
  });

  it('has texts by which codes are found, and that are right as displays', async () => {
    const found = async (query: Readonly<Record<string, string>>) =>
      ((await expanded(query)).contains ?? []).map(({ code }) => code);
    expect(await found({ filter: 'een', ...chosen })).toEqual(['dog', 'cow']);
    expect(await found({ filter: 'een ho', ...chosen })).toEqual(['dog']);
    expect(await found({ filter: 'another', ...chosen })).toEqual([]);
    expect(await found({ filter: 'een' })).toEqual([]);
    const judged = async (more: object): Promise<unknown> => {
      const asked = { url: system, code: 'dog', display: 'een hond', ...more };
      return (await get('CodeSystem/$validate-code', asked)).body.parameter[0].valueBoolean;
    };
    expect([await judged(chosen), await judged({})]).toEqual([true, false]);
  });

  it('is asked once for a page, whatever its size', async () => {
    const asked = async (query: Readonly<Record<string, string>>): Promise<number> =>
      (await statementsOf(() => expanded(query))).filter(({ text }) => text.includes('terminology_concept')).length;
    await expanded(inDutch);
    for (const count of ['1', '4']) expect((await asked({ count, ...inDutch })) - (await asked({ count }))).toBe(1);
  });

  it('has no codes of its own', async () => {
    const told = await get('CodeSystem/$lookup', { system: dutch, code: 'dog' });
    expect([told.status, told.text]).toEqual([422, expect.stringContaining(`is a supplement of ${system}`)]);
    const judged = await get('CodeSystem/$validate-code', { url: dutch, code: 'dog' });
    expect(judged.body.parameter[0]).toEqual({ name: 'result', valueBoolean: false });
  });

  it('is not there for a caller who may not read it, nor when it is removed', async () => {
    const asked = { system, code: 'dog', ...chosen };
    const hidden = await get('CodeSystem/$lookup', asked, `user/CodeSystem.rs?url=${system}`);
    expect([hidden.status, hidden.text]).toEqual([422, expect.stringContaining('could not be found')]);
    const other = `${dutch}-2`;
    await load(supplement(other, system));
    const named = { ...asked, useSupplement: other };
    expect((await get('CodeSystem/$lookup', named)).text).toContain('een hond');
    const store = server.app.get(TerminologyStore);
    await store.remove((await store.list()).find(({ url }) => url === other)!);
    await expect.poll(async () => (await get('CodeSystem/$lookup', named)).status, { timeout: 10_000 }).toBe(422);
  });

  it('needs the code system that it names, and one that was loaded too', async () => {
    await expect(load(supplement(`${dutch}-3`))).rejects.toThrow('does not say by "supplements"');
    const gender = 'http://hl7.org/fhir/administrative-gender';
    await load(supplement(`${dutch}-4`, gender));
    const told = await get('CodeSystem/$lookup', { system: gender, code: 'male', useSupplement: `${dutch}-4` });
    expect([told.status, told.text]).toEqual([422, expect.stringContaining('load that code system too')]);
  });
});
