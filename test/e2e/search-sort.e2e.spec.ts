// https://hl7.org/fhir/R4/search.html#sort, #total, #count, #summary
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const patients = [
    ['a', { birthDate: '1980-02', gender: 'male', name: [{ family: 'Zorn' }, { family: 'Ahrens' }] }],
    ['b', { birthDate: '1980-02-01', gender: 'female', name: [{ family: 'Berg' }] }],
    ['c', { gender: 'male', name: [{ family: 'Äpfel' }] }],
    ['d', { birthDate: '1970', gender: 'female' }],
    ['e', { birthDate: '2001-12-31', name: [{ family: 'berg' }] }],
  ] as const;
  const observations = [
    ['o1', { code: { coding: [{ code: 'x' }] }, valueQuantity: { value: 2, system: ucum, code: 'kg' } }],
    ['o2', { code: { coding: [{ code: 'y' }] }, valueQuantity: { value: 1500, system: ucum, code: 'g' } }],
    ['o3', { code: { text: 'none' } }],
  ] as const;
  const entries = [
    ...patients.map(([id, rest]) => ({ resourceType: 'Patient', id, ...rest })),
    ...observations.map(([id, rest]) => ({ resourceType: 'Observation', id, status: 'final', ...rest })),
  ].map((resource) => putting(resource as never));
  await server.call('POST', '', { token: all, body: aBundle('transaction', ...entries) });
});
afterAll(() => server.close());

const ucum = 'http://unitsofmeasure.org';
const get = (path: string, token = all) => server.call('GET', path, { token });
const idsOf = ({ body }: Answer): string =>
  (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id).join('');
const linkOf = ({ body }: Answer, relation: string): string | undefined =>
  body.link.find((link: { relation: string }) => link.relation === relation)?.url.slice(base.length + 1);

async function walk(start: Answer, relation: string): Promise<readonly [string, Answer]> {
  let [ids, page] = [idsOf(start), start];
  for (let link = linkOf(page, relation); link !== undefined; link = linkOf(page, relation)) {
    page = await get(link);
    ids = relation === 'next' ? ids + idsOf(page) : idsOf(page) + ids;
  }
  return [ids, page];
}

describe('_sort', () => {
  it.each([
    ['birthdate', 'dabec'],
    ['-birthdate', 'ebadc'],
    ['family', 'acbed'],
    ['-family', 'aebcd'],
    ['gender,-birthdate', 'bdace'],
    ['-gender,family', 'acbde'],
    ['gender,family,-_id', 'bdace'],
    ['-_id', 'edcba'],
    ['_id,family', 'abcde'],
    ['deceased,-family,gender', 'abecd'],
  ])('%s orders rows, those without a value last, ties by id', async (sort, expected) => {
    const answer = await get(`Patient?_sort=${sort}`);
    expect(idsOf(answer)).toBe(expected);
    for (const count of [1, 2, 3]) {
      const [forward, last] = await walk(await get(`Patient?_sort=${sort}&_count=${count}`), 'next');
      expect(forward).toBe(idsOf(answer));
      expect((await walk(last, 'previous'))[0]).toBe(idsOf(answer));
    }
  });

  it('compares quantities in one unit, and codes', async () => {
    expect(idsOf(await get('Observation?_sort=value-quantity'))).toBe('o2o1o3');
    expect(idsOf(await get('Observation?_sort=-value-quantity'))).toBe('o1o2o3');
    expect(idsOf(await get('Observation?_sort=-code'))).toBe('o2o1o3');
  });

  it('goes with criteria, by GET and by form', async () => {
    expect(idsOf(await get('Patient?gender=male,female&_sort=-family&_count=2'))).toBe('ab');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = { token: all, body: '_sort=-family', headers };
    expect(idsOf(await server.call('POST', 'Patient/_search?birthdate=gt1975', form))).toBe('aeb');
  });

  it.each([
    ['nam', /Did you mean name\?.*Patient can be sorted by .*birthdate/],
    ['birthdate,nonsense', /nonsense/],
    ['', /not a parameter/],
    ['birthdate,', /not a parameter/],
    ['family,-family', /more than once/],
    ['name:exact', /not a parameter of Patient that sorts/],
    ['a,b,c,d,e,f,g,h,i', /9 keys; it may have 8/],
    ['birthdate&_sort=family', /more than once/],
    ['__proto__', /__proto__/],
  ])('%s is 400 with what would sort', async (sort, text) => {
    expectOutcome(await get(`Patient?_sort=${sort}`), 400, text);
  });

  it('is refused by parameters that have no order', async () => {
    expectOutcome(await get('Observation?_sort=code-value-quantity'), 400, /composite, which does not sort/);
    expectOutcome(await get('Location?_sort=near'), 400, /near/);
  });

  it('is ignored and told with handling=lenient', async () => {
    const headers = { prefer: 'handling=lenient' };
    const answer = await server.call('GET', 'Patient?_sort=nonsense&_id=a', { token: all, headers });
    expect(answer.body.entry.at(-1).resource.issue[0].diagnostics).toMatch(/^Ignored: _sort: "nonsense"/);
    expect(linkOf(answer, 'self')).toBe('Patient?_id=a&_count=20');
  });

  it('does not put values into page links, however long they are', async () => {
    const name = [{ family: 'secret'.repeat(100) }];
    await server.call('PUT', 'Practitioner/p', { token: all, body: { resourceType: 'Practitioner', id: 'p', name } });
    await server.call('PUT', 'Practitioner/q', { token: all, body: { resourceType: 'Practitioner', id: 'q', name } });
    const link = linkOf(await get('Practitioner?_sort=family&_count=1'), 'next')!;
    const cursor = new URLSearchParams(link.split('?')[1]).get('_cursor')!;
    expect(cursor.length).toBeLessThan(300);
    expect(Buffer.from(cursor, 'base64url').toString('latin1')).not.toContain('secret');
    expect(idsOf(await get(link))).toBe('q');
  });

  it('binds page links to the sort', async () => {
    const link = linkOf(await get('Patient?_sort=family&_count=1'), 'next')!;
    expect(reasonsOf(await get(link.replace('_sort=family', '_sort=-family')))).toEqual(['cursor-foreign']);
    expect(reasonsOf(await get(link.replace('_sort=family&', '')))).toEqual(['cursor-foreign']);
  });

  it('is judged by what the caller may see', async () => {
    const token = server.token('patient/*.rs', { patient: 'b' });
    const answer = await get('Patient?_sort=family&_total=accurate&_count=1', token);
    expect([idsOf(answer), answer.body.total, linkOf(answer, 'next')]).toEqual(['b', 1, undefined]);
  });
});

describe('_total', () => {
  it('is told without being asked for when the only page proves it', async () => {
    expect((await get('Patient')).body.total).toBe(5);
    expect((await get('Patient?gender=female')).body.total).toBe(2);
    expect((await get('Patient?_id=nobody')).body.total).toBe(0);
    expect((await get('Patient?_count=2')).body.total).toBeUndefined();
    expect((await get('Patient?_count=2&_total=none')).body.total).toBeUndefined();
  });

  it.each(['accurate', 'estimate'])('%s counts all pages, on each of them', async (total) => {
    const first = await get(`Patient?gender=male,female&_count=3&_total=${total}`);
    const second = await get(linkOf(first, 'next')!);
    expect([first.body.total, idsOf(second), second.body.total]).toEqual([4, 'd', 4]);
  });

  it.each(['_count=0', '_summary=count', '_count=0&_summary=count', '_summary=count&_total=estimate'])(
    '%s answers the total alone',
    async (query) => {
      const { status, body } = await get(`Patient?${query}&gender=male`);
      expect([status, body.type, body.total, body.entry]).toEqual([200, 'searchset', 2, undefined]);
      expect(body.link.map(({ relation }: { relation: string }) => relation)).toEqual(['self']);
      expect(body.link[0].url).toContain('gender=male');
    },
  );

  it.each([
    ['_total=exact', /_total=exact.*none, estimate, accurate/],
    ['_total=acurate', /Did you mean accurate\?/],
    ['_total=none&_total=none', /more than once/],
    ['_summary=counts', /Did you mean count\?/],
    ['_count=-1', /number of 0 and more/],
    ['_count=1.5', /number of 0 and more/],
  ])('%s is 400', async (query, text) => {
    expectOutcome(await get(`Patient?${query}`), 400, text);
  });
});
