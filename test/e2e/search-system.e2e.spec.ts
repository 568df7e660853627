// https://hl7.org/fhir/R4/http.html#search: GET [base]?_type=…, POST [base]/_search
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { aBundle, putting } from '../support/resources.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;
const headers = { 'content-type': 'application/x-www-form-urlencoded' };

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const meta = { tag: [{ system: 'http://example.org', code: 'mine' }] };
  const resources = [
    { resourceType: 'Patient', id: 'b', meta },
    { resourceType: 'Patient', id: 'a', gender: 'male' },
    {
      resourceType: 'Observation',
      id: 'a',
      meta,
      status: 'final',
      code: { text: 'x' },
      subject: { reference: 'Patient/a' },
    },
    { resourceType: 'Basic', id: 'z', code: { text: 'x' }, meta },
    { resourceType: 'Organization', id: 'o', name: 'x' },
  ];
  const body = aBundle('transaction', ...resources.map((resource) => putting(resource as never)));
  await server.call('POST', '', { token: all, body });
});
afterAll(() => server.close());

const get = (path: string, token = all) => server.call('GET', path, { token });
const found = ({ body }: Answer): readonly string[] =>
  (body.entry ?? []).map(({ fullUrl }: { fullUrl: string }) => fullUrl.slice(base.length + 1));
const linkOf = ({ body }: Answer, relation: string): string | undefined =>
  body.link.find((link: { relation: string }) => link.relation === relation)?.url.slice(base.length);

describe('a search of the system', () => {
  it('finds rows of the types of _type, by type and id', async () => {
    const answer = await get('?_type=Patient,Observation');
    expect(answer.body).toMatchObject({ type: 'searchset', total: 3 });
    expect(found(answer)).toEqual(['Observation/a', 'Patient/a', 'Patient/b']);
    expect(linkOf(answer, 'self')).toBe('?_type=Patient%2CObservation&_count=20');
  });

  it('finds rows of all types without it', async () => {
    expect(found(await get(''))).toEqual(['Basic/z', 'Observation/a', 'Organization/o', 'Patient/a', 'Patient/b']);
    expect(found(await get('?_tag=mine'))).toEqual(['Basic/z', 'Observation/a', 'Patient/b']);
    expect(found(await get('?_id=a'))).toEqual(['Observation/a', 'Patient/a']);
    expect((await get('?_summary=count')).body.total).toBe(5);
  });

  it('takes the parameters and the sort keys of a single type', async () => {
    expect(found(await get('?_type=Patient&gender=male'))).toEqual(['Patient/a']);
    expect(found(await get('?_type=Patient&_sort=-gender'))).toEqual(['Patient/a', 'Patient/b']);
  });

  it('goes by POST as well, with form and URL united, and by HEAD', async () => {
    const form = (path: string, body: string) => server.call('POST', path, { token: all, body, headers });
    expect(found(await form('_search', '_type=Patient&_id=a'))).toEqual(['Patient/a']);
    expect(found(await form('_search?_type=Patient,Basic', '_tag=mine'))).toEqual(['Basic/z', 'Patient/b']);
    const limited = server.token('user/Observation.s');
    const options = { token: limited, body: '_type=Patient', headers };
    expect(reasonsOf(await server.call('POST', '_search', options))).toEqual(['scope-insufficient']);
    const head = await server.call('HEAD', '?_type=Patient', { token: all });
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it.each(['', '&_sort=-_lastUpdated', '&_sort=_lastUpdated,_id', '&_sort=-_id'])(
    'pages forward and back through every row once%s',
    async (sort) => {
      const whole = found(await get(`?_tag=mine${sort}`));
      expect(whole.toSorted()).toEqual(['Basic/z', 'Observation/a', 'Patient/b']);
      let page = await get(`?_tag=mine&_count=1${sort}`);
      const forward = [...found(page)];
      for (let next = linkOf(page, 'next'); next !== undefined; next = linkOf(page, 'next')) {
        page = await get(next);
        forward.push(...found(page));
      }
      const back = [...found(page)];
      for (let link = linkOf(page, 'previous'); link !== undefined; link = linkOf(page, 'previous')) {
        page = await get(link);
        back.unshift(...found(page));
      }
      expect([forward, back]).toEqual([whole, whole]);
    },
  );

  it.each([
    ['?_type=Patiant', /Did you mean Patient\?/],
    ['?_type=', /not a FHIR R4 resource type/],
    ['?_type=Patient,', /not a FHIR R4 resource type/],
    ['?_type=Patient&_type=Basic', /more than once/],
    [
      '?_type=Patient,Observation&gender=male',
      /not a search parameter of Observation.*all of them have: _content, _filter, _id/,
    ],
    ['?gender=male', /several types/],
    ['?_type=Patient,Basic&_sort=gender', /_id and _lastUpdated only/],
    ['?_type=Patient,Basic&_tagg=x', /Did you mean _tag\?/],
    ['?nonsense=1', /nonsense/],
    [`?${Array.from({ length: 51 }, (_, i) => `_id=a${i}`).join('&')}`, /takes 50 parameters/],
    ['Patient?_type=Basic', /_type=Basic: the address searches Patient alone/],
    ['Patient?_type=Patient,Basic', /searches Patient alone/],
    ['Patient?_type=', /searches Patient alone/],
    ['Patient/a/Observation?_type=Patient', /searches Observation alone/],
  ])('%s is 400 with what would be understood', async (path, text) => {
    expectOutcome(await get(path), 400, text);
  });

  it('may repeat the type of the address', async () => {
    expect(found(await get('Patient?_type=Patient'))).toEqual(['Patient/a', 'Patient/b']);
    expect((await get('Patient/a/Observation?_type=Observation')).status).toBe(200);
  });

  it('needs s on each type that is named, and shows the permitted ones when none is', async () => {
    const token = server.token('user/Patient.rs user/Basic.r');
    expect(found(await get('', token))).toEqual(['Patient/a', 'Patient/b']);
    expectOutcome(await get('?_type=Patient,Basic', token), 403, /Basic/);
    expect(found(await get('?_type=Patient', token))).toEqual(['Patient/a', 'Patient/b']);
    expect(reasonsOf(await get('', server.token('user/Patient.r')))).toEqual(['scope-insufficient']);
  });

  it('judges rows of each type by the access to it', async () => {
    const token = server.token('patient/*.rs', { patient: 'a' });
    expect(found(await get('?_type=Patient,Observation,Organization,Basic', token))).toEqual([
      'Observation/a',
      'Organization/o',
      'Patient/a',
    ]);
    expect((await get('?_summary=count', token)).body.total).toBe(3);
    expect(reasonsOf(await get('?_type=Observation&patient=b', token))).toEqual(['patient-context-mismatch']);
    const next = linkOf(await get('?_count=1'), 'next')!;
    expect(reasonsOf(await get(next, token))).toEqual(['cursor-foreign']);
  });

  it.each(['batch', 'transaction'])('can be an entry of a %s', async (type) => {
    const body = aBundle(type as 'batch', { request: { method: 'GET', url: '?_type=Patient,Basic&_tag=mine' } });
    const answer = await server.call('POST', '', { token: all, body });
    expect(found({ ...answer, body: answer.body.entry[0].resource })).toEqual(['Basic/z', 'Patient/b']);
    const denied = await server.call('POST', '', { token: server.token('user/Patient.rs'), body });
    expect(JSON.stringify(denied.body)).toContain('scope-insufficient');
  });
});
