// https://hl7.org/fhir/R4/search.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome, reasonsOf } from '../support/outcome.js';
import { type Answer, base, startServer, type TestServer } from '../support/server.js';

interface Link {
  readonly relation: string;
  readonly url: string;
}

let server: TestServer;
let all: string;
/** In the order of their ids. */
const ids = Array.from({ length: 23 }, (_, i) => `p${String(i).padStart(2, '0')}`);
const system = 'http://hospital.example/mrn';

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
  const entry = ids.map((id, i) => ({
    resource: { resourceType: 'Patient', id, identifier: [i % 2 ? { value: `m${i}` } : { system, value: `m${i}` }] },
    request: { method: 'PUT', url: `Patient/${id}` },
  }));
  await server.call('POST', '', { token: all, body: { resourceType: 'Bundle', type: 'transaction', entry } });
});
afterAll(() => server.close());

const search = (query: string, token = all) => server.call('GET', `Patient?${query}`, { token });
const idsOf = ({ body }: Answer): readonly string[] =>
  (body.entry ?? []).map(({ resource }: { resource: { id: string } }) => resource.id);
const linkOf = ({ body }: Answer, relation: string): string | undefined =>
  (body.link as Link[]).find((link) => link.relation === relation)?.url.slice(base.length + 1);
const follow = async (answer: Answer, relation: string): Promise<Answer> =>
  server.call('GET', linkOf(answer, relation)!, { token: all });

describe('type search', () => {
  it('answers a searchset whose entries have fullUrl and search mode, and a self link of what ran', async () => {
    const answer = await search('_id=p01');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
    expect(answer.body.entry).toEqual([
      { fullUrl: `${base}/Patient/p01`, resource: expect.objectContaining({ id: 'p01' }), search: { mode: 'match' } },
    ]);
    expect(linkOf(answer, 'self')).toBe('Patient?_id=p01&_count=20');
  });

  it('finds by _id, several with a comma, none for an unknown one', async () => {
    expect(idsOf(await search('_id=p03,p01,nobody'))).toEqual(['p01', 'p03']);
    expect(idsOf(await search('_id=p01&_id=p02'))).toEqual([]);
    expect((await search('_id=nobody')).body.entry).toBeUndefined();
  });

  it('finds by identifier with any system, one system, no system, and a system alone', async () => {
    expect(idsOf(await search('identifier=m4'))).toEqual(['p04']);
    expect(idsOf(await search(`identifier=${system}|m4`))).toEqual(['p04']);
    expect(idsOf(await search(`identifier=${system}|m5`))).toEqual([]);
    expect(idsOf(await search('identifier=|m5'))).toEqual(['p05']);
    expect(idsOf(await search('identifier=|m4'))).toEqual([]);
    expect(idsOf(await search(`identifier=${system}|&_count=100`))).toEqual(ids.filter((_, i) => i % 2 === 0));
    expect(idsOf(await search(`identifier=m1,${system}|m2,|m3`))).toEqual(['p01', 'p02', 'p03']);
  });

  it('finds by _lastUpdated with every prefix', async () => {
    const { body } = await search('_count=100');
    type Entry = { resource: { meta: { lastUpdated: string } } };
    const times = (body.entry as Entry[]).map(({ resource }) => resource.meta.lastUpdated);
    const instant = times[10]!;
    const expected: Readonly<Record<string, (time: string) => boolean>> = {
      '': (time) => time === instant,
      eq: (time) => time === instant,
      ne: (time) => time !== instant,
      gt: (time) => time > instant,
      sa: (time) => time > instant,
      lt: (time) => time < instant,
      eb: (time) => time < instant,
      ge: (time) => time >= instant,
      le: (time) => time <= instant,
      ap: () => true,
    };
    const count = async (query: string) => idsOf(await search(`_count=100&${query}`)).length;
    for (const [prefix, matches] of Object.entries(expected)) {
      const found = await count(`_lastUpdated=${prefix}${encodeURIComponent(instant)}`);
      expect([prefix, found]).toEqual([prefix, times.filter(matches).length]);
    }
    expect(await count('_lastUpdated=gt2020&_lastUpdated=lt2999-01-01')).toBe(ids.length);
    expect(await count('_lastUpdated=lt2020')).toBe(0);
  });

  it('takes the form of POST _search like the query, and both together', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const form = (path: string, body: string) => server.call('POST', path, { token: all, body, headers });
    expect(idsOf(await form('Patient/_search', '_id=p01,p02'))).toEqual(['p01', 'p02']);
    expect(idsOf(await form('Patient/_search?_id=p01', '_id=p01%2Cp02'))).toEqual(['p01']);
    expectOutcome(await form('Patient/_search', 'nonsense=1'), 400);
    expectOutcome(await form('Patient/_search', '_format=ttl'), 406);
    expect(idsOf(await form('Patient/_search?_id=p02', ''))).toEqual(['p02']);
    const observation = await form('Observation/_search', 'identifier=x');
    expect([observation.status, observation.body.type]).toEqual([200, 'searchset']);
  });

  it('never ignores a body that is no form', async () => {
    const answer = await server.call('POST', 'Patient/_search', { token: all, body: '{"_id":"p01"}' });
    expectOutcome(answer, 415, /x-www-form-urlencoded/);
  });
});

describe('what a search does not understand', () => {
  it.each([
    ['identifer=1', /Did you mean identifier\?/],
    ['_query=Doe', /_query is a search parameter of Patient in R4 that this server does not offer/],
    ['identifier:exact=1', /:exact.* is not offered for identifier.*:missing, :not, :text/],
    ['identifier:txt=1', /Did you mean :text\?/],
    ['gender:below=male', /it is written system\|code/],
    ['name:not=x', /modifier.*:not.*:missing, :exact, :contains/],
    ['name:exact:contains=x', /:exact:contains/],
    ['_id:text=x', /:text.* is not offered for _id/],
    ['_lastUpdated:not=2024', /:not/],
    ['active:missing=maybe', /it is true or false/],
    ['gender:in=http://example.org/ValueSet/x', /cannot expand/],
    ['general-practitioner:Patient=x', /modifier.*:Patient.*:Practitioner/],
    ['general-practitioner:Practitioner=Organization/x', /it is the id of a resource of that type/],
    ['general-practitioner=Patients/x', /no resource type/],
    ['identifier:of-type=a|b', /three parts/],
    ['birthdate=lt1980-02-31', /no such date/],
    ['birthdate=xx1980', /prefixes are/],
    ['__proto__=1', /__proto__/],
    ['constructor=1', /constructor/],
    ['_lastUpdated=yesterday', /yesterday.*Example/],
    ['_lastUpdated=xx2020-01-01', /prefixes are/],
    ['_lastUpdated=2024-02-31', /no such date/],
    ['_id=a/b', /id has 1 to 64/],
    ['_id:not=urn:x|a', /id has 1 to 64/],
    ['identifier=', /empty/],
    ['identifier=a,,b', /empty/],
    ['identifier=a|b|c', /more than one/],
    ['_count=-1', /_count/],
    ['_count=1&_count=2', /more than once/],
    ['identifier=%00', /control characters/],
  ])('%s is 400 with what would be understood', async (query, text) => {
    expectOutcome(await search(query), 400, text);
  });

  it('takes _contained=false, which changes nothing, and refuses other searches of contained resources by name', async () => {
    const token = server.token('user/*.cruds');
    expect((await server.call('GET', 'Patient?_contained=false', { token })).status).toBe(200);
    for (const query of ['_contained=true', '_contained=both', '_contained=x', '_containedType=contained']) {
      const answer = await server.call('GET', `Patient?${query}`, { token });
      expectOutcome(answer, 400, /not-supported/);
      expect(answer.body.issue[0].diagnostics).toContain(query.split('=')[0]);
    }
  });

  it('ignores what is not offered when Prefer says handling=lenient, tells so, and its links say what ran', async () => {
    const headers = { prefer: 'handling=lenient' };
    const query = 'Patient?nonsense=1&_id=p01,p02&_count=1&name:exactly=x';
    const answer = await server.call('GET', query, { token: all, headers });
    expect(answer.status).toBe(200);
    const [match, outcome, ...more] = answer.body.entry;
    expect([match.resource.id, outcome.search, more]).toEqual(['p01', { mode: 'outcome' }, []]);
    expect(outcome.resource.issue.map(({ severity }: { severity: string }) => severity)).toEqual([
      'warning',
      'warning',
    ]);
    expect(outcome.resource.issue[0].diagnostics).toMatch(/^Ignored: "nonsense" is not a search parameter/);
    expect(linkOf(answer, 'self')).toBe('Patient?_id=p01%2Cp02&_count=1');
    expect(idsOf(await follow(answer, 'next'))).toEqual(['p02']);
    const form = await server.call('POST', 'Patient/_search', {
      token: all,
      body: 'nonsense=1&_id=p01',
      headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.body.entry).toHaveLength(2);
    const wrong = { token: all, headers };
    expectOutcome(await server.call('GET', 'Patient?_id=a/b', wrong), 400, /id has 1 to 64/);
  });

  it('does so for everybody with SEARCH_HANDLING=lenient, unless Prefer says strict', async () => {
    const lenient = await startServer({ SEARCH_HANDLING: 'lenient' });
    try {
      const token = lenient.token('user/*.cruds');
      const { body } = await lenient.call('GET', 'Patient?nonsense=1', { token });
      expect(body.entry).toMatchObject([{ search: { mode: 'outcome' } }]);
      const headers = { prefer: 'handling=strict' };
      expectOutcome(await lenient.call('GET', 'Patient?nonsense=1', { token, headers }), 400, /nonsense/);
    } finally {
      await lenient.close();
    }
  });

  it('lists the parameters that are offered', async () => {
    const { body } = await search('nonsense=1');
    expect(body.issue[0].diagnostics).toMatch(
      /Patient can be searched by _content, _count, _elements, .*_filter, _format, .*_id, .*active, address, .*telecom\./,
    );
  });
});

describe('pages', () => {
  it('go forward and back through every row exactly once', async () => {
    let page = await search('_count=4');
    const forward = [idsOf(page)];
    expect(linkOf(page, 'previous')).toBeUndefined();
    while (linkOf(page, 'next') !== undefined) {
      page = await follow(page, 'next');
      forward.push(idsOf(page));
    }
    expect(forward.flat()).toEqual(ids);
    const back = [idsOf(page)];
    while (linkOf(page, 'previous') !== undefined) {
      page = await follow(page, 'previous');
      back.unshift(idsOf(page));
    }
    expect(back.flat()).toEqual(ids);
    expect(linkOf(page, 'next')).toBeDefined();
  });

  it('keep their place while rows come and go', async () => {
    const first = await search('_count=3&_lastUpdated=gt2020');
    await server.call('PUT', 'Patient/p00a', { token: all, body: { resourceType: 'Patient', id: 'p00a' } });
    await server.call('DELETE', 'Patient/p02', { token: all });
    expect(idsOf(await follow(first, 'next'))).toEqual(['p03', 'p04', 'p05']);
    await server.call('DELETE', 'Patient/p00a', { token: all });
    await server.call('PUT', 'Patient/p02', { token: all, body: { resourceType: 'Patient', id: 'p02' } });
  });

  it('keep the criteria of the query, whatever their order', async () => {
    const first = await search(`_count=5&_lastUpdated=gt2020&identifier=${system}|`);
    const next = await follow(first, 'next');
    expect([...idsOf(first), ...idsOf(next)]).toEqual(ids.filter((_, i) => i % 2 === 0 && i !== 2).slice(0, 10));
  });

  it('shrink _count to the largest that is allowed and say so in the self link', async () => {
    expect(linkOf(await search('_count=999999'), 'self')).toBe('Patient?_count=1000');
  });

  it('do not open for another query', async () => {
    const cursor = /_cursor=([^&]+)/.exec(linkOf(await search('_count=4'), 'next')!)![1];
    for (const query of [`_count=5&_cursor=${cursor}`, `_count=4&_id=p01&_cursor=${cursor}`]) {
      const answer = await search(query);
      expectOutcome(answer, 403);
      expect(reasonsOf(answer)).toEqual(['cursor-foreign']);
    }
    const other = await server.call('GET', `Observation?_count=4&_cursor=${cursor}`, { token: all });
    expect(reasonsOf(other)).toEqual(['cursor-foreign']);
  });

  it('do not open for other access or another person, but for another token of the same', async () => {
    const next = linkOf(await search('_count=4'), 'next')!;
    const limited = server.token('patient/Patient.rs', { patient: 'p01' });
    expect(reasonsOf(await server.call('GET', next, { token: limited }))).toEqual(['cursor-foreign']);
    // Consents may say something else about somebody else.
    const another = server.token('user/*.cruds', { sub: 'somebody-else' });
    expect(reasonsOf(await server.call('GET', next, { token: another }))).toEqual(['cursor-foreign']);
    const same = server.token('user/Patient.cruds user/*.rs');
    expect(idsOf(await server.call('GET', next, { token: same }))).toEqual(['p04', 'p05', 'p06', 'p07']);
  });

  it.each(['', 'rubbish', 'AA', '%00', 'x'.repeat(5000)])('do not open with the cursor %j', async (cursor) => {
    const answer = await search(`_count=4&_cursor=${cursor}`);
    expect(reasonsOf(answer)).toEqual(['cursor-foreign']);
    expect(answer.status).toBe(403);
  });
});
