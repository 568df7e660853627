// Closure tables are of one user and client of one tenant, and tell what the token may read (docs/adr/0108)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { asTenant } from '../../src/database/tenant.js';
import { ownWork } from '../../src/database/caller-shares.js';
import { Closures } from '../../src/fhir/storage/concepts/closures.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';
import { storeAll } from '../support/stored.js';

const open = 'http://open.example/CodeSystem/c';
const hidden = 'http://hidden.example/CodeSystem/c';
const tag = { system: 'urn:t', code: 'open' };
const ofUrl = (id: string, url: string, more: object) => ({
  resourceType: 'CodeSystem',
  id,
  ...more,
  url,
  version: '1',
  name: 'C',
  status: 'active',
  content: 'complete',
  concept: [{ code: 'upper', concept: [{ code: 'lower' }] }],
});

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  await storeAll(server, [ofUrl('open', open, { meta: { tag: [tag] } }), ofUrl('hidden', hidden, {})]);
});
afterAll(() => server.close());

const all = 'user/CodeSystem.rs';
const limited = 'user/CodeSystem.rs?_tag=urn:t|open';

interface Asked {
  readonly name?: string;
  readonly scope?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly codes?: readonly (readonly [system: string, code: string])[];
  readonly version?: string;
}

const ask = ({ name = 'mine', scope = all, claims = {}, codes = [], version }: Asked): Promise<Answer> => {
  const parameter = [
    { name: 'name', valueString: name },
    ...codes.map(([system, code]) => ({ name: 'concept', valueCoding: { system, code } })),
    ...(version === undefined ? [] : [{ name: 'version', valueString: version }]),
  ];
  const body = { resourceType: 'Parameters', parameter };
  return server.call('POST', '$closure', { token: server.token(scope, claims), body });
};

const bothOf = (system: string) => [[system, 'upper'] as const, [system, 'lower'] as const];
const tells = ({ text }: Answer): boolean => text.includes('"lower"');

describe('a closure table', () => {
  it.each([
    ['user', { sub: 'somebody-else' }],
    ['client', { client_id: 'another-app', azp: 'another-app' }],
  ])('is another one than that of the same name of another %s', async (_, claims) => {
    await ask({});
    expect(tells(await ask({ codes: bothOf(open) }))).toBe(true);
    const nothing = await ask({ claims, version: '0' });
    const nowhere = await ask({ claims, name: 'none', version: '0' });
    expect([nothing.status, nothing.text]).toEqual([404, nowhere.text.replaceAll('"none\\"', '"mine\\"')]);
    expect((await ask({ claims, codes: bothOf(open) })).status).toBe(404);
    expect((await ask({ claims })).body.version).toBe('0');
    expect(tells(await ask({ claims, version: '0' }))).toBe(false);
    expect(tells(await ask({ version: '0' }))).toBe(true);
  });

  it('takes nothing of a code system that the token may not read, and says what it says where there is none', async () => {
    await ask({ scope: limited });
    const answers = await Promise.all(
      [hidden, 'http://nowhere.example/cs'].map((url) => ask({ scope: limited, codes: bothOf(url) })),
    );
    expect(answers.map(({ status }) => status)).toEqual([422, 422]);
    expect(answers[0]!.text).toBe(answers[1]!.text.replaceAll('http://nowhere.example/cs', hidden));
    expect(tells(await ask({ scope: limited, codes: bothOf(open) }))).toBe(true);
  });

  it('tells no relation again to a token that may not read the code system any more', async () => {
    await ask({});
    expect(tells(await ask({ codes: [...bothOf(open), ...bothOf(hidden)] }))).toBe(true);
    for (const more of [{ version: '0' }, { codes: [[open, 'lower'] as const] }]) {
      const answer = await ask({ ...more, scope: limited });
      expect([answer.status, tells(answer)]).toEqual([422, false]);
      expect(answer.body.issue[0].diagnostics).toContain('is not known here any more');
    }
    expect(tells(await ask({ version: '0' }))).toBe(true);
  });

  it('needs the right to read code systems, and a token', async () => {
    expect((await ask({ scope: 'user/ConceptMap.rs' })).status).toBe(403);
    expect((await server.call('POST', '$closure')).status).toBe(401);
  });

  it('of a caller is none of the same caller at another tenant, and neither are its concepts', async () => {
    const closures = server.app.get(Closures);
    const name = { caller: 'the-same', name: 'the-same' };
    await closures.initialize(ownWork, name);
    const mine = (await closures.find(ownWork, name))!;
    const concepts = [{ system: open, code: 'upper', own: 'upper' }];
    await closures.add(ownWork, name, mine, { systems: {}, concepts });
    await asTenant({ tenant: 7, name: 'seven' }, async () => {
      expect(await closures.find(ownWork, name)).toBeUndefined();
      expect(await closures.add(ownWork, name, { ...mine, version: 1 }, { systems: {}, concepts })).toBe(false);
      await closures.initialize(ownWork, name);
      expect((await closures.find(ownWork, name))!.concepts).toEqual([]);
      await closures.clean();
    });
    expect((await closures.find(ownWork, name))!.concepts).toHaveLength(1);
  });
});
