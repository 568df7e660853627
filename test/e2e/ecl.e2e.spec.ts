// Expression constraints of SNOMED CT, against a naive reading of the same release (docs/adr/0116)
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelease } from '../../src/fhir/releases/open-release.js';
import { TerminologyStore } from '../../src/fhir/storage/concepts/terminology-store.js';
import { InstalledPackages } from '../../src/fhir/storage/packages/installed-packages.js';
import { CodeSystem } from '../../src/r4/terminology/code-systems/code-system.js';
import { filterConcepts } from '../../src/r4/terminology/filters/filter-concepts.js';
import { ProfileRules } from '../../src/r4/validation/profiles/validate-profiles.js';
import { type Graph, naiveEcl } from '../support/naive-ecl.js';
import { writeSnomedGraph } from '../support/releases.js';
import { startServer, type TestServer } from '../support/server.js';

const sct = 'http://snomed.info/sct';
const code = (n: number): string => `${100_000_000 + n * 7}`;
const [site, cause] = ['363698007', '246075003'];
const [root, finding, body] = [code(0), code(1), code(2)];

const scatter = (n: number, by: number): number => (n * by + 611_953) >> 3;

/** Forty concepts, most with two parents; the numbers are as if at random, and always the same. */
const numbers = Array.from({ length: 40 }, (_, n) => n);
const graph: Graph = {
  active: numbers.map(code),
  inactive: [code(90)],
  parents: new Map(
    numbers
      .slice(1)
      .map((n) => [code(n), [...new Set([scatter(n, 7919) % n, scatter(n, 104_729) % n].map(code))]] as const),
  ),
  relations: numbers
    .slice(10)
    .flatMap((n): readonly (readonly [string, string, string])[] => [
      [code(n), site, code((n * 31) % 10)],
      ...(n % 3 === 0 ? ([[code(n), cause, code((n * 17) % 40)]] as const) : []),
    ]),
  members: new Map([
    [code(3), [code(12), code(13), code(31)]],
    [code(4), [code(13)]],
  ]),
};

let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ecl-'));
  server = await startServer();
  const release = await openRelease(await writeSnomedGraph(folder, graph), undefined);
  await server.app.get(TerminologyStore).load(release, { by: 'test' });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const get = (path: string) => server.call('GET', path, { token: server.token('user/*.rs') });
const implicit = (ecl: string): string => `${sct}?fhir_vs=ecl/${encodeURIComponent(ecl)}`;
const expand = (url: string) => get(`ValueSet/$expand?url=${encodeURIComponent(url)}`);
const compose = (value: string) => ({
  resourceType: 'ValueSet',
  status: 'active',
  url: 'http://example.org/ValueSet/by-ecl',
  compose: { include: [{ system: sct, filter: [{ property: 'constraint', op: '=', value }] }] },
});
const codesOf = ({ expansion }: { expansion: { contains?: readonly { code: string }[] } }): readonly string[] =>
  (expansion.contains ?? []).map((one) => one.code).toSorted();
const named = [...graph.active, ...graph.inactive].toSorted();

describe('an expression means what it means to a naive reader', () => {
  it('of concepts that were loaded', async () => {
    await fc.assert(
      fc.asyncProperty(naiveEcl(graph), async ({ text, has }) => {
        const { status, body: answer, text: told } = await expand(implicit(text));
        expect(status, told).toBe(200);
        expect(codesOf(answer), text).toEqual(named.filter(has));
      }),
      { numRuns: 150 },
    );
  });

  it('of concepts in memory', () => {
    const ofParents = { ...graph, members: new Map<string, readonly string[]>() };
    const system = new CodeSystem({
      url: sct,
      content: 'complete',
      property: [{ code: 'parent' }, { code: 'inactive' }, { code: site }, { code: cause }],
      concept: named.map((one) => ({
        code: one,
        property: [
          ...(graph.parents.get(one) ?? []).map((valueCode) => ({ code: 'parent', valueCode })),
          ...graph.relations.flatMap(([source, name, valueCode]) => (source === one ? { code: name, valueCode } : [])),
          ...(graph.inactive.includes(one) ? [{ code: 'inactive', valueBoolean: true }] : []),
        ],
      })),
    });
    fc.assert(
      fc.property(naiveEcl(ofParents), ({ text, has }) => {
        const found = filterConcepts(system, [{ property: 'constraint', op: '=', value: text }]);
        expect([...found].toSorted(), text).toEqual(named.filter(has));
      }),
      { numRuns: 500 },
    );
  });
});

describe('the value set of all reference sets', () => {
  const url = `${sct}?fhir_vs=refset`;

  it('has the concepts that stand for one with members', async () => {
    const { status, body: answer, text } = await expand(url);
    expect(status, text).toBe(200);
    expect(codesOf(answer)).toEqual([code(3), code(4)]);
    expect(answer.expansion.total).toBe(2);
    const filtered = await get(`ValueSet/$expand?url=${encodeURIComponent(url)}&filter=concept%203&count=5`);
    expect(codesOf(filtered.body)).toEqual([code(3)]);
  });

  it('is asked about one code, and by searches', async () => {
    const judged = async (of: string): Promise<unknown> => {
      const asked = `ValueSet/$validate-code?url=${encodeURIComponent(url)}&system=${sct}&code=${of}`;
      return (await get(asked)).body.parameter[0].valueBoolean;
    };
    expect([await judged(code(4)), await judged(code(13))]).toEqual([true, false]);
    const token = server.token('user/*.cruds');
    const ids: string[] = [];
    for (const of of [code(3), code(13)]) {
      const coding = [{ system: sct, code: of }];
      const condition = { resourceType: 'Condition', subject: { display: 'x' }, code: { coding } };
      ids.push((await server.call('POST', 'Condition', { token, body: condition })).body.id);
    }
    const { body: found } = await get(`Condition?code:in=${encodeURIComponent(url)}`);
    expect(found.entry.map((one: { resource: { id: string } }) => one.resource.id)).toEqual(ids.slice(0, 1));
    for (const id of ids) await server.call('DELETE', `Condition/${id}`, { token });
  });
});

describe('an expression counts', () => {
  const ecl = `<< ${finding} |Finding|: ${site} = << ${body}`;
  const expected = (): readonly string[] => {
    const below = (one: string, above: string): boolean =>
      one === above || (graph.parents.get(one) ?? []).some((parent) => below(parent, above));
    return named.filter(
      (one) =>
        below(one, finding) &&
        graph.relations.some(([source, name, target]) => source === one && name === site && below(target, body)),
    );
  };
  const inside = () => expected()[0]!;

  it('in the url as it is, with an edition, and in a value set that is sent', async () => {
    expect(expected().length).toBeGreaterThan(0);
    for (const url of [
      // A uri has no blanks.
      `${sct}?fhir_vs=ecl/${ecl.replaceAll(' ', '')}`,
      `${sct}?fhir_vs=ecl/${ecl}`,
      implicit(ecl),
      implicit(ecl).replace(sct, `${sct}/900000000000207008/version/20240101`),
    ]) {
      const answer = await expand(url);
      expect(answer.status, answer.text).toBe(200);
      expect(codesOf(answer.body), url).toEqual(expected());
    }
    const sent = await server.call('POST', 'ValueSet/$expand', {
      token: server.token('user/*.rs'),
      body: { resourceType: 'Parameters', parameter: [{ name: 'valueSet', resource: compose(ecl) }] },
    });
    expect(codesOf(sent.body)).toEqual(expected());
    const page = await get(`ValueSet/$expand?url=${encodeURIComponent(implicit(`<< ${root}`))}&count=5&offset=5`);
    expect(page.body.expansion).toMatchObject({ offset: 5, contains: expect.objectContaining({ length: 5 }) });
  });

  it('in $validate-code', async () => {
    const result = async (one: string): Promise<boolean> => {
      const query = `url=${encodeURIComponent(implicit(ecl))}&system=${sct}&code=${one}`;
      const { body: answer } = await get(`ValueSet/$validate-code?${query}`);
      return answer.parameter.find(({ name }: { name: string }) => name === 'result').valueBoolean;
    };
    expect([await result(inside()), await result(root)]).toEqual([true, false]);
  });

  it('in :in of searches, and in bindings of profiles', async () => {
    const token = server.token('user/*.cruds');
    const condition = (one: string) => ({
      resourceType: 'Condition',
      id: one,
      subject: { display: 'x' },
      code: { coding: [{ system: sct, code: one }] },
    });
    for (const one of [inside(), root])
      expect((await server.call('PUT', `Condition/${one}`, { token, body: condition(one) })).status).toBe(201);
    const query = `code:in=${encodeURIComponent(implicit(ecl))}`;
    const answer = await get(`Condition?${query}`);
    expect(answer.body.entry?.map((one: { resource: { id: string } }) => one.resource.id)).toEqual([inside()]);
    const profile = {
      resourceType: 'StructureDefinition',
      url: 'http://example.org/StructureDefinition/by-ecl',
      name: 'ByEcl',
      status: 'active',
      kind: 'resource',
      abstract: false,
      type: 'Condition',
      baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Condition',
      derivation: 'constraint',
      differential: {
        element: [
          {
            id: 'Condition.code',
            path: 'Condition.code',
            binding: { strength: 'required', valueSet: implicit(ecl) },
          },
        ],
      },
    };
    const source = server.app.get(InstalledPackages);
    const rules = new ProfileRules({
      revision: '1',
      find: async (type, canonicals) => {
        const found = await source.find(type, canonicals);
        return canonicals.map((one, i) =>
          one === profile.url ? { type, url: one, version: undefined, origin: 'test@1', resource: profile } : found[i],
        );
      },
      members: (questions) => source.members(questions),
    });
    const errors = async (one: string) =>
      (await rules.validate(condition(one), { profiles: [profile.url] }))
        .filter(({ severity }) => severity === 'error')
        .map(({ code: kind }) => kind);
    expect([await errors(inside()), await errors(root)]).toEqual([[], ['code-not-in-value-set']]);
  });
});

describe('what is no expression, or is not read', () => {
  it.each([
    [`<< ${finding} AND`, 'cannot be read at position'],
    [`<< ${finding} AND ${body} OR ${root}`, 'parentheses'],
    [`<< ${finding}: [1..1] ${site} = *`, 'a cardinality'],
    [`<< ${finding} . ${site}`, 'a dotted expression'],
    ['<< 999999999', 'has no code'],
    [`* : 116680003 = ${root}`, 'no relationship is stored'],
    ['('.repeat(3000), 'parentheses nest'],
    ['', 'has no value'],
  ])('%#: is 422 and says why', async (ecl, fact) => {
    const answer = await expand(implicit(ecl));
    expect([answer.status, answer.text]).toEqual([422, expect.stringContaining(fact)]);
    const search = await get(`Condition?code:in=${encodeURIComponent(implicit(ecl))}`);
    expect([search.status, search.text]).toEqual([400, expect.stringContaining(fact)]);
  });
});
