// ADR 48: lists of many values find what their values find, however they are looked for
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareOf } from '../support/full.js';
import { startServer, type TestServer } from '../support/server.js';

describe('many values of one parameter', () => {
  let server: TestServer;
  let token: string;
  const count = 60;

  beforeAll(async () => {
    server = await startServer();
    token = server.token('user/*.cruds');
    const at = (n: number): string => `2020-0${1 + (n % 9)}-1${n % 7}`;
    const effective = (n: number): object => {
      if (n % 3 === 0) return { effectiveDateTime: at(n) };
      return { effectivePeriod: n % 3 === 1 ? { start: at(n) } : { start: at(n), end: '2020-12-24' } };
    };
    const units = [
      { system: 'http://unitsofmeasure.org', code: 'mg' },
      { system: 'http://unitsofmeasure.org', code: 'g' },
      {},
    ];
    const resources = Array.from({ length: count }, (_, n) => [
      { resourceType: 'Patient', id: `p${n}`, name: [{ family: `Müller-Name${n}é`, given: [`${'ab'[n % 2]}${n}`] }] },
      {
        resourceType: 'Observation',
        id: `o${n}`,
        status: 'final',
        subject: { reference: `Patient/p${n}` },
        code: { text: `Text ${n}`, coding: [{ system: 'http://loinc.org', code: `c${n}`, display: `Display ${n}` }] },
        ...effective(n),
        valueQuantity: { value: n / 4, unit: 'unit', ...units[n % 3] },
      },
      {
        resourceType: 'RiskAssessment',
        id: `r${n}`,
        status: 'final',
        subject: { reference: `Patient/p${n}` },
        prediction: [{ outcome: { text: 'x' }, probabilityDecimal: n / 100 }],
      },
      {
        resourceType: 'ValueSet',
        id: `v${n}`,
        status: 'active',
        url: `http://example.org/${n % 5}/v${n}${n % 2 ? '' : '|2'}`,
      },
    ]).flat();
    const entry = resources.map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }));
    const { status, text } = await server.call('POST', '', {
      token,
      body: { resourceType: 'Bundle', type: 'transaction', entry },
    });
    if (status !== 200) throw new Error(text);
  });
  afterAll(() => server.close());

  const found = async (type: string, name: string, values: readonly string[]): Promise<readonly string[]> => {
    const body = new URLSearchParams({ [name]: values.join(','), _count: '1000' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const answer = await server.call('POST', `${type}/_search`, { token, body, headers });
    expect([answer.status, answer.status === 200 ? '' : answer.text]).toEqual([200, '']);
    return (answer.body.entry ?? []).map((one: { resource: { id: string } }) => one.resource.id).toSorted();
  };
  const every = (value: (n: number) => string, step = 1): readonly string[] =>
    Array.from({ length: 48 }, (_, n) => value(n * step));
  const dates = (prefix: string) => every((n) => `${prefix}2020-0${1 + (n % 9)}-${10 + (n % 17)}`);
  const prefixes = ['', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'];
  /** All, or a third of them: another one for each of three rows. */
  const prefixesOf = (row: number) => shareOf(prefixes, 3, row);

  it.each<readonly [string, string, readonly string[]]>([
    ['Observation', 'code', every((n) => `c${n}`)],
    ['Observation', 'code', every((n) => `http://loinc.org|c${n}`)],
    ['Observation', 'code:text', every((n) => `display ${n}`)],
    ['Observation', 'subject', every((n) => `p${n}`)],
    ['Observation', 'subject', every((n) => `Patient/p${n}`)],
    ['Patient', '_id', every((n) => `p${n}`)],
    ['Patient', 'family', every((n) => `muller name${n}`)],
    ['Patient', 'name', every((n) => `a${n}`)],
    ['Patient', 'given:exact', every((n) => `a${n}`)],
    ['Patient', 'family:contains', every((n) => `ame${n}`)],
    ['ValueSet', 'url', every((n) => `http://example.org/${n % 5}/v${n}`)],
    ['ValueSet', 'url:below', every((n) => `http://example.org/${n % 3}`)],
    ...prefixesOf(0).map((prefix) => ['Observation', 'date', dates(prefix)] as const),
    ...prefixesOf(1).map((prefix) => ['Observation', '_lastUpdated', dates(prefix)] as const),
    ['Observation', '_lastUpdated', every((n) => String(1990 + n))],
    ...prefixesOf(2).map((prefix) => ['Observation', 'value-quantity', every((n) => `${prefix}${3 + n / 8}`)] as const),
    ...prefixesOf(3).map((prefix) => ['RiskAssessment', 'probability', every((n) => `${prefix}0.${10 + n}`)] as const),
    [
      'Observation',
      'value-quantity',
      every((n) => `${n}${['|http://unitsofmeasure.org|mg', '|http://unitsofmeasure.org|g', '||unit'][n % 3]}`),
    ],
    ['Observation', 'code-value-quantity', every((n) => `http://loinc.org|c${n}$lt${n / 5}`)],
  ])('%s?%s=%j finds what lists of a few of them find together', async (type, name, values) => {
    const few: string[] = [];
    for (let at = 0; at < values.length; at += 12) few.push(...(await found(type, name, values.slice(at, at + 12))));
    expect(await found(type, name, values)).toEqual([...new Set(few)].toSorted());
  });

  it('finds a few among thousands, and thousands that all match', async () => {
    const others = Array.from({ length: 3000 }, (_, n) => `x${n}`);
    expect(await found('Observation', 'code', [...others, 'c7', 'c9'])).toEqual(['o7', 'o9']);
    expect(await found('Observation', 'code', [...others, ...every((n) => `c${n}`), 'c59'])).toHaveLength(49);
    expect(await found('Patient', 'name', [...others, 'a'])).toHaveLength(count / 2);
    const days = others.map((_, n) => new Date(Date.UTC(1900, 0, n)).toISOString().slice(0, 10));
    expect(await found('Observation', 'date', [...days, '2020-01-10'])).toEqual(['o0']);
    expect(await found('Observation', 'value-quantity', [...others.map((_, n) => String(1000 + n)), '1.25'])).toEqual([
      'o5',
    ]);
  });
});
