// https://hl7.org/fhir/R4/xml.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectOutcome } from '../support/outcome.js';
import { base, startServer, type TestServer } from '../support/server.js';

const fhir = 'xmlns="http://hl7.org/fhir"';
const narrative = '<div xmlns="http://www.w3.org/1999/xhtml"><p>A <b>b</b> &amp; c</p></div>';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const send = (method: string, path: string, body: string, type = 'application/fhir+xml') =>
  server.call(method, path, { token: all, body, headers: { 'content-type': type } });
const get = (path: string) => server.call('GET', path, { token: all });

const observation = `<?xml version="1.0" encoding="UTF-8"?>
<Observation ${fhir}><text><status value="generated"/>${narrative}</text><status value="final"/>
<code><text value="c &lt; d"/></code>
<effectiveDateTime value="2024"><extension url="urn:e"><valueDecimal value="2.50"/></extension></effectiveDateTime>
<issued><extension url="urn:absent"><valueCode value="unknown"/></extension></issued>
<valueQuantity><value value="1.10"/></valueQuantity></Observation>`;

describe('a body in XML', () => {
  it('is stored as the JSON that it stands for', async () => {
    const { status, body, headers } = await send('POST', 'Observation', observation);
    expect([status, headers['content-type']]).toEqual([201, 'application/fhir+json; charset=utf-8']);
    const { text } = await get(`Observation/${body.id}`);
    expect(text).toContain('"value":1.10');
    expect(text).toContain('"valueDecimal":2.50');
    const { id: _id, meta: _meta, ...content } = JSON.parse(text);
    expect(content).toEqual({
      resourceType: 'Observation',
      text: { status: 'generated', div: narrative },
      status: 'final',
      code: { text: 'c < d' },
      effectiveDateTime: '2024',
      _effectiveDateTime: { extension: [{ url: 'urn:e', valueDecimal: 2.5 }] },
      _issued: { extension: [{ url: 'urn:absent', valueCode: 'unknown' }] },
      valueQuantity: { value: 1.1 },
    });
    const xml = (await get(`Observation/${body.id}?_format=xml`)).text;
    expect(xml).toContain(narrative);
    const again = await send('PUT', `Observation/${body.id}`, xml);
    expect([again.status, again.body.valueQuantity]).toEqual([200, { value: 1.1 }]);
  });

  it.each([
    'application/fhir+xml; charset=utf-8',
    'APPLICATION/FHIR+XML',
    'application/xml',
    'text/xml;charset="UTF-8"',
  ])('may come as %s', async (type) => {
    expect((await send('PUT', 'Patient/p1', `<Patient ${fhir}><id value="p1"/></Patient>`, type)).status).toBeLessThan(
      202,
    );
  });

  it('may begin with a byte order mark', async () => {
    expect((await send('POST', 'Patient', `\uFEFF<Patient ${fhir}/>`)).status).toBe(201);
  });

  it('may be a transaction', async () => {
    const id = 'urn:uuid:2b3ea9b4-3f0f-4e9b-9a8e-2f4f8f0f6c11';
    const entry = (resource: string, url: string, fullUrl = '') =>
      `<entry>${fullUrl}<resource>${resource}</resource><request><method value="POST"/><url value="${url}"/></request></entry>`;
    const answer = await send(
      'POST',
      '',
      `<Bundle ${fhir}><type value="transaction"/>
        ${entry('<Patient><active value="true"/></Patient>', 'Patient', `<fullUrl value="${id}"/>`)}
        ${entry(`<Observation><status value="final"/><code/><subject><reference value="${id}"/></subject></Observation>`, 'Observation')}
      </Bundle>`.replace('<code/>', '<code><text value="c"/></code>'),
    );
    expect(answer.status).toBe(200);
    const [patient, result] = answer.body.entry.map((one: { readonly fullUrl: string }) =>
      one.fullUrl.slice(base.length + 1),
    );
    expect((await get(result)).body.subject).toEqual({ reference: patient });
  });

  it('may be the parameters of a patch, where those may be JSON', async () => {
    const [inXml, inJson] = await Promise.all([
      send('PATCH', 'Patient/none', `<Parameters ${fhir}/>`),
      send('PATCH', 'Patient/none', '{"resourceType":"Parameters"}', 'application/fhir+json'),
    ]);
    expect([inXml.status, inXml.text]).toEqual([inJson.status, inJson.text]);
  });
});

const laughs = Array.from({ length: 12 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('');

describe('what is not the XML of the resource', () => {
  it.each([
    ['no end', `<Patient ${fhir}>\n  <active value="true">`, /line 2, column/],
    ['an unknown element', `<Patient ${fhir}>\n <actve value="true"/></Patient>`, /active.*line 2, column 2/],
    ['text for a value', `<Patient ${fhir}><active>true</active></Patient>`, /attributes/],
    ['no namespace', '<Patient><active value="true"/></Patient>', /namespace/],
    ['JSON', '{"resourceType":"Patient"}', /line 1, column/],
    ['nothing', ' ', /line 1, column/],
    ['another type', `<Observation ${fhir}/>`, /of type .*Observation.*the address is for Patient/],
    ['a DTD', `<!DOCTYPE Patient><Patient ${fhir}/>`, /DTD/i],
    [
      'an external entity',
      `<!DOCTYPE p [<!ENTITY x SYSTEM "file:///etc/passwd">]><Patient ${fhir}><id value="&x;"/></Patient>`,
      /DTD/i,
    ],
    [
      'a billion laughs',
      `<!DOCTYPE p [<!ENTITY l0 "ha">${laughs}]><Patient ${fhir}><id value="&l12;"/></Patient>`,
      /DTD/i,
    ],
    ['an entity of its own', `<Patient ${fhir}><id value="&x;"/></Patient>`, /line 1, column/],
    ['another encoding', `<?xml version="1.0" encoding="ISO-8859-1"?><Patient ${fhir}/>`, /UTF-8/],
    ['a hundred levels', `<Patient ${fhir}>${'<extension url="u">'.repeat(120)}`, /levels deep/],
  ])('%s is 400 with its place', async (_name, body, text) => {
    expectOutcome(await send('POST', 'Patient', body), 400, text);
  });

  it('bytes that are not UTF-8, or said to be something else, are refused', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`<Patient ${fhir}><id value="`),
      Buffer.from([0xe4]),
      Buffer.from('"/></Patient>'),
    ]);
    const headers = { authorization: `Bearer ${all}`, 'content-type': 'application/fhir+xml' };
    const answer = await server.app.inject({ method: 'POST', url: '/fhir/r4/Patient', headers, payload: bytes });
    expect([answer.statusCode, answer.payload.includes('not UTF-8')]).toEqual([400, true]);
    for (const type of ['application/fhir+xml;charset=iso-8859-1', 'application/fhir+json; charset="utf-16"']) {
      expectOutcome(await send('POST', 'Patient', `<Patient ${fhir}/>`, type), 415, /read as UTF-8/);
    }
  });

  it('JSON sent as XML and XML sent as JSON are 400', async () => {
    expectOutcome(await send('POST', 'Patient', `<Patient ${fhir}/>`, 'application/fhir+json'), 400, /not valid JSON/);
  });

  it('XML Patch is refused by its name', async () => {
    for (const method of ['PATCH', 'PUT']) {
      const answer = await send(method, 'Patient/p1', '<diff/>', 'application/xml-patch+xml');
      expectOutcome(answer, 415, /XML Patch is not offered. Send a JSON Patch/);
    }
  });

  it('the login takes no XML', async () => {
    expect((await send('POST', 'login', `<Patient ${fhir}/>`)).status).toBeGreaterThanOrEqual(400);
  });
});
