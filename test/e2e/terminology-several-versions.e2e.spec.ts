// One value set with several versions of a code system (https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.compose.include.version)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { releaseOf } from '../support/release-of.js';
import { type Answer, startServer, type TestServer } from '../support/server.js';

const system = 'http://versions.example/CodeSystem/c';
const loaded = 'http://versions.example/CodeSystem/loaded';
const head = { resourceType: 'CodeSystem', url: system, name: 'C', status: 'active', content: 'complete' };
const sent = [
  {
    ...head,
    version: '1',
    concept: [{ code: 'a', display: 'A of 1' }, { code: 'b', display: 'B of 1' }, { code: 'c' }],
  },
  {
    ...head,
    version: '2',
    concept: [{ code: 'a', display: 'A of 2' }, { code: 'b', display: 'B of 2' }, { code: 'd' }],
  },
];

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
  for (const version of ['1', '2']) {
    const concepts = [{ code: 'a' }, { code: `only-${version}` }];
    const of = { ...head, url: loaded, version };
    await server.app.get(TerminologyStore).load(releaseOf(of, concepts), { by: 'test' });
  }
});
afterAll(() => server.close());

const ask = (operation: string, compose: object, more: readonly object[] = []): Promise<Answer> => {
  const parameter = [
    { name: 'valueSet', resource: { resourceType: 'ValueSet', url: 'urn:vs', status: 'active', compose } },
    ...sent.map((resource) => ({ name: 'tx-resource', resource })),
    ...more,
  ];
  const body = { resourceType: 'Parameters', parameter };
  return server.call('POST', `ValueSet/${operation}`, { token: server.token('user/*.rs'), body });
};

interface Contained {
  readonly code: string;
  readonly version?: string;
}

const codesIn = ({ body, text }: Answer): readonly string[] => {
  if (!body.expansion) throw new Error(text);
  return (body.expansion.contains ?? []).map(({ code, version }: Contained) => `${code}|${version ?? ''}`).toSorted();
};
const expanded = async (compose: object, more?: readonly object[]) => codesIn(await ask('$expand', compose, more));
const [one, two] = [
  { system, version: '1' },
  { system, version: '2' },
];
const both = ['a|1', 'a|2', 'b|1', 'b|2', 'c|1', 'd|2'];

describe('a value set with several versions of a code system', () => {
  it('has all codes of each, with their versions and texts', async () => {
    const { body } = await ask('$expand', { include: [one, two] });
    expect(codesIn({ body } as Answer)).toEqual(both);
    expect([body.expansion.total, body.expansion.contains[0].display]).toEqual([6, 'A of 1']);
    expect(body.expansion.contains).toContainEqual({ system, version: '2', code: 'a', display: 'A of 2' });
  });

  it('is listed by pages without repetition', async () => {
    const pages: string[] = [];
    for (const offset of [0, 2, 4]) {
      const page = [
        { name: 'offset', valueInteger: offset },
        { name: 'count', valueInteger: 2 },
      ];
      pages.push(...(await expanded({ include: [one, two] }, page)));
    }
    expect(pages.toSorted()).toEqual(both);
  });

  it.each([
    ['a code of one version', [{ ...one, concept: [{ code: 'b' }] }], ['a|1', 'a|2', 'b|2', 'c|1', 'd|2']],
    ['a code of all versions', [{ system, concept: [{ code: 'b' }] }], ['a|1', 'a|2', 'c|1', 'd|2']],
    [
      'what a filter selects in one version',
      [{ ...two, filter: [{ property: 'code', op: 'in', value: 'a,d' }] }],
      ['a|1', 'b|1', 'b|2', 'c|1'],
    ],
    ['one version', [one], ['a|2', 'b|2', 'd|2']],
  ])('is without %s that it excludes', async (_, exclude, codes) => {
    expect(await expanded({ include: [one, two], exclude })).toEqual(codes);
  });

  it('takes what filters select in each, and codes that are listed', async () => {
    const ofCode = (value: string) => [{ property: 'code', op: 'in', value }];
    const include = [
      { ...one, filter: ofCode('a,c') },
      { ...two, concept: [{ code: 'd' }] },
    ];
    expect(await expanded({ include })).toEqual(['a|1', 'c|1', 'd|2']);
  });

  it('has the codes of each for $validate-code', async () => {
    const compose = { include: [one, two], exclude: [{ ...one, concept: [{ code: 'c' }] }] };
    for (const [code, result] of [
      ['b', true],
      ['d', true],
      ['c', false],
    ] as const) {
      const asked = [
        { name: 'system', valueUri: system },
        { name: 'code', valueCode: code },
      ];
      const { body } = await ask('$validate-code', compose, asked);
      const found = body.parameter.find(({ name }: { name: string }) => name === 'result');
      expect([code, found.valueBoolean]).toEqual([code, result]);
    }
  });

  it('whose concepts are in tables has all of each; some of several are refused', async () => {
    const versions = ['1', '2'].map((version) => ({ system: loaded, version }));
    expect(await expanded({ include: versions })).toEqual(['a|1', 'a|2', 'only-1|1', 'only-2|2']);
    const { status, text } = await ask('$expand', {
      include: versions,
      exclude: [{ ...versions[0], concept: [{ code: 'a' }] }],
    });
    expect([status, text]).toEqual([422, expect.stringContaining('Make a value set for each version')]);
  });
});

it('a value set of an older version is without what it excludes, and has the codes of that version', async () => {
  expect(await expanded({ include: [one], exclude: [{ ...one, concept: [{ code: 'b' }] }] })).toEqual(['a|', 'c|']);
});
