// Operations on data (docs/operations-on-data.md) with the largest input that is let in: they are answered or refused in words
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/r4/json/json.js';
import { aPatient } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let token: string;

beforeAll(async () => {
  server = await startServer({ BODY_LIMIT: '4mb' });
  token = server.token('system/*.cruds', { sub: 'robot', client_id: 'robot' });
});
afterAll(() => server.close());

interface Match {
  readonly resource: { readonly id: string };
  readonly search: { readonly score: number };
}

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const get = (path: string) => server.call('GET', path, { token });
const post = (path: string, body: object) => server.call('POST', path, { token, body });

async function store(...resources: readonly (JsonObject & { readonly resourceType: string; readonly id: string })[]) {
  for (const resource of resources) {
    const { status, body } = await server.call('PUT', `${resource.resourceType}/${resource.id}`, {
      token,
      body: resource,
    });
    expect(status, JSON.stringify(body)).toBe(201);
  }
}

describe('$match', () => {
  const described = (more: JsonObject): JsonObject => ({
    resourceType: 'Patient',
    name: [{ family: 'Bound', given: ['Ann'] }],
    birthDate: '1980-01-02',
    ...more,
  });
  const cases: readonly (readonly [RegExp, JsonObject])[] = [
    [/101 values of given name; .* takes 100/, { name: [{ family: 'Bound', given: many(101, (i) => `Ann${i}`) }] }],
    [/101 values of family name/, { name: many(101, (i) => ({ family: `Bound${i}` })) }],
    [/9000 values of identifier/, { identifier: many(9000, (i) => ({ system: 'urn:x', value: `${i}` })) }],
    [/20000 values of telecom/, { telecom: many(20_000, (i) => ({ system: 'url', value: `${i}`.repeat(20) })) }],
    [/20000 values of postal code/, { address: many(20_000, (i) => ({ postalCode: `${i}` })) }],
    [/a telecom of more than 1000 characters/, { telecom: [{ system: 'url', value: 'é'.repeat(500_000) }] }],
  ];

  it.each(cases)('refuses %s before it searches', async (said, more) => {
    const answer = await post('Patient/$match', described(more));
    expect([answer.status, answer.body.issue?.[0].diagnostics]).toEqual([400, expect.stringMatching(said)]);
  });

  it('grades candidates whatever they have', async () => {
    const telecom = [
      ...many(5000, (i) => ({ system: 'url', value: `${i}` })),
      { system: 'url', value: 'é'.repeat(90_000) },
    ];
    await store({ ...aPatient(), ...described({ telecom }), id: 'large' });
    const { status, body } = await post('Patient/$match', described({ telecom: [{ system: 'url', value: '17' }] }));
    expect(status).toBe(200);
    expect(body.entry.map(({ resource, search }: Match) => [resource.id, search.score])).toEqual([['large', 1]]);
  });

  it('bounds $member-match alike', async () => {
    const consent = {
      resourceType: 'Consent',
      status: 'active',
      scope: { text: 'x' },
      category: [{ text: 'x' }],
      policy: [{ uri: 'http://hl7.org/fhir/us/davinci-hrex/StructureDefinition-hrex-consent.html#sensitive' }],
      provision: { type: 'permit', period: { start: '2020-01-01', end: '2999-01-01' } },
    };
    const coverage = {
      resourceType: 'Coverage',
      status: 'active',
      subscriberId: '1',
      beneficiary: { reference: 'Patient/1' },
      payor: [{ reference: 'Organization/1' }],
    };
    const parameter = [
      {
        name: 'MemberPatient',
        resource: described({ telecom: many(8000, (i) => ({ system: 'url', value: `${i}` })) }),
      },
      { name: 'CoverageToMatch', resource: coverage },
      { name: 'Consent', resource: consent },
    ];
    const answer = await post('Patient/$member-match', { resourceType: 'Parameters', parameter });
    expect([answer.status, answer.body.issue?.[0].diagnostics]).toEqual([
      400,
      expect.stringMatching(/8000 values of telecom/),
    ]);
  });
});

describe('$diff', () => {
  it('is 422 where the patch would be larger than both resources', async () => {
    const named = (id: string, prefix: string) => ({
      ...aPatient({ name: [{ family: 'A', given: many(20_000, (i) => `${prefix}${i}`) }] }),
      id,
    });
    await store(named('a', 'a'), named('b', 'b'));
    const refused = await get('Patient/$diff?from=Patient/a&to=Patient/b');
    expect([refused.status, refused.body.issue?.[0].diagnostics]).toEqual([
      422,
      expect.stringMatching(/more than 10000 places/),
    ]);
    expect((await get('Patient/$diff?from=Patient/a&to=Patient/a')).body.parameter).toBeUndefined();
  });
});

describe('$document and $summary', () => {
  const composition = (id: string, references: readonly string[]) => ({
    resourceType: 'Composition',
    id,
    status: 'final',
    type: { text: 'x' },
    date: '2020',
    author: [{ reference: 'Patient/author' }],
    title: 'x',
    section: [{ title: 'x', entry: references.map((reference) => ({ reference })) }],
  });

  it('look for a bounded number of resources', async () => {
    await store(
      { ...aPatient(), id: 'author' },
      composition(
        'wide',
        many(30_000, (i) => `Basic/none-${i}`),
      ),
    );
    const wide = await get('Composition/wide/$document');
    expect([wide.status, wide.body.issue?.[0].diagnostics]).toEqual([
      422,
      expect.stringMatching(/more than 1000 resources/),
    ]);
    const extension = many(10_001, (i) => ({ url: 'urn:x', valueReference: { reference: `Organization/none-${i}` } }));
    await store(
      { resourceType: 'Basic', id: 'far', code: { text: 'x' }, extension },
      composition('second', ['Basic/far']),
    );
    const second = await get('Composition/second/$document');
    expect([second.status, second.body.issue?.[0].diagnostics]).toEqual([
      422,
      expect.stringMatching(/look for 10001 resources .* may look for 10000/),
    ]);
  });

  it('store no document that is larger than a resource may be', async () => {
    const binaries = many(3, (i) => ({
      resourceType: 'Binary',
      id: `part-${i}`,
      contentType: 'text/plain',
      data: Buffer.alloc(1_200_000).toString('base64'),
    }));
    await store(...binaries, composition('heavy', ['Binary/part-0', 'Binary/part-1', 'Binary/part-2']));
    expect((await get('Composition/heavy/$document')).status).toBe(200);
    const kept = await post('Composition/heavy/$document?persist=true', { resourceType: 'Parameters' });
    expect([kept.status, kept.body.issue?.[0].diagnostics]).toEqual([
      422,
      expect.stringMatching(/BODY_LIMIT.*without persist/),
    ]);
    expect((await get('Bundle')).body.entry).toBeUndefined();
  });

  it('say long words in a line, and not again in whole', async () => {
    const observations = many(3, (i) => ({
      resourceType: 'Observation',
      id: `wordy-${i}`,
      status: 'final',
      category: [
        { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/observation-category', code: 'laboratory' }] },
      ],
      code: { text: '<'.repeat(100_000) },
      subject: { reference: 'Patient/author' },
    }));
    await store(...observations);
    const { status, body } = await get('Patient/author/$summary');
    expect(status).toBe(200);
    const sections: readonly { text: { div: string } }[] = body.entry[0].resource.section;
    const divs = sections.map(({ text }) => text.div).filter((div) => div.includes('&lt;'));
    expect(divs.map((div) => div.split('…').length)).toEqual([4]);
    expect(divs[0]!.length).toBeLessThan(10_000);
  });
});

describe('$graphql', () => {
  const ask = (id: string, query: string) =>
    server.call('POST', `Patient/${id}/$graphql`, {
      token,
      body: query,
      headers: { 'content-type': 'application/graphql' },
    });

  it('bounds values of an answer, and elements that it looks at', async () => {
    const identifier = many(40_000, (i) => ({ value: `${i}` }));
    await store({ ...aPatient({ identifier }), id: 'wide' });
    const aliases = (count: number, field: string) => many(count, (i) => `a${i}: ${field}`).join(' ');
    const cases: readonly (readonly [RegExp, string])[] = [
      [/more than 200000 values/, `{ identifier { ${aliases(10, 'value')} } }`],
      [/look at more than 2000000 elements/, `{ ${aliases(60, 'identifier(use: none) { value }')} }`],
    ];
    for (const [said, query] of cases) {
      const { status, body } = await ask('wide', query);
      expect([status, body.errors?.[0].message]).toEqual([422, expect.stringMatching(said)]);
    }
    const { status, body } = await ask('wide', `{ ${aliases(20, 'identifier(value: "7") { value }')} }`);
    expect([status, body.data.a19]).toEqual([200, [{ value: '7' }]]);
  });

  it('finds each of thousands of contained resources', async () => {
    const contained = many(5000, (i) => ({ resourceType: 'Practitioner', id: `c${i}` }));
    const generalPractitioner = many(5000, (i) => ({ reference: `#c${i}` }));
    await store({ ...aPatient({ contained, generalPractitioner }), id: 'full' });
    const { body } = await ask('full', '{ generalPractitioner { resource { ... on Practitioner { id } } } }');
    expect(body.data.generalPractitioner[4999]).toEqual({ resource: { id: 'c4999' } });
  });
});
