// Line and column of findings in the body as sent: https://hl7.org/fhir/R4/extension-operationoutcome-issue-line.html
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let all: string;

beforeAll(async () => {
  server = await startServer();
  all = server.token('user/*.cruds');
});
afterAll(() => server.close());

const json = 'application/fhir+json';
const xml = 'application/fhir+xml';
const send = (method: string, path: string, body: string, type = json) =>
  server.call(method, path, { token: all, body, headers: { 'content-type': type, prefer: 'return=OperationOutcome' } });

interface SentIssue {
  readonly details?: { readonly coding?: readonly { readonly code: string }[] };
  readonly extension?: readonly { readonly url: string; readonly valueInteger: number }[];
  readonly expression?: readonly string[];
}

/** Narratives are missed everywhere. */
const isNoRemark = ({ details }: SentIssue): boolean => details?.coding?.[0]?.code !== 'dom-6';

/** `expression line:column` of each issue. */
const placesOf = (outcome: { issue: readonly SentIssue[] }): readonly string[] =>
  outcome.issue.filter(isNoRemark).map(({ extension = [], expression = [] }) => {
    const at = (name: string) => extension.find(({ url }) => url.endsWith(`-issue-${name}`))?.valueInteger;
    return `${expression[0] ?? ''} ${at('line') ?? ''}:${at('col') ?? ''}`;
  });

const patient =
  '{"resourceType": "Patient",\n  "gender": "nobody",\n  "name": [],\r\n "id": "p1", "birthDate": "soon"}';
const found = ['Patient.gender 2:13', 'Patient.name 3:11', 'Patient.birthDate 4:27'];
const inXml = `<Patient xmlns="http://hl7.org/fhir">
  <id value="p1"/>
  <name/>
  <gender value="nobody"/>
</Patient>`;
const foundInXml = ['Patient.name[0] 3:3', 'Patient.gender 4:3'];

/** Enough blanks to make a body large, in front of what follows on the same line. */
const filling = `${'\n'.repeat(50)}${' '.repeat(120_000)}`;

describe('findings in the body as sent', () => {
  it.each([
    ['POST', 'Patient', patient, json, found],
    ['PUT', 'Patient/p1', patient, json, found],
    ['POST', 'Patient/$validate', patient, json, found],
    ['POST', 'Patient/$validate?mode=create', patient, json, found],
    ['POST', 'Patient', inXml, xml, foundInXml],
    ['POST', 'Patient/$validate', inXml, xml, foundInXml],
  ])('have line and column: %s %s', async (...[method, path, body, type, expected]) => {
    const { body: outcome } = await send(method, path, body, type);
    expect(placesOf(outcome).toSorted()).toEqual(expected.toSorted());
  });

  it('have them in Parameters around a resource, in JSON and XML', async () => {
    const parameters = `{"resourceType":"Parameters","parameter":[null,\n{"name":"mode","valueCode":"profile"},{"name":"resource",\n"resource":${patient}}]}`;
    const { body } = await send('POST', 'Patient/$validate', parameters.replace('null,', ''));
    expect(placesOf(body)).toEqual(['Patient.gender 4:13', 'Patient.name 5:11', 'Patient.birthDate 6:27']);
    const wrapped = `<Parameters xmlns="http://hl7.org/fhir"><parameter><name value="resource"/><resource>${inXml}</resource></parameter></Parameters>`;
    const { body: second } = await send('POST', 'Patient/$validate', wrapped, xml);
    expect(placesOf(second)).toEqual(foundInXml);
  });

  it('have them in Parameters that no operation takes', async () => {
    const body = '{"resourceType":"Parameters","parameter":[\n {"name":"mode","valueCode":7}]}';
    const answer = await send('POST', 'Patient/$validate', body);
    expect(answer.status).toBe(400);
    expect(placesOf(answer.body)).toEqual([expect.stringMatching(/^Parameters\.parameter\[0\].* 2:\d+$/)]);
  });

  it('have them as warnings of a write', async () => {
    const { status, body } = await send('POST', 'Patient', '{"resourceType":"Patient",\n"name":[{"family":" "}]}');
    expect(status).toBe(201);
    expect(placesOf(body)).toContain('Patient.name[0].family 2:19');
  });

  it('have them in large bodies', async () => {
    const large = `{${filling}${patient.slice(1)}`;
    const { body } = await send('POST', 'Patient', large);
    expect(placesOf(body)).toEqual(['Patient.gender 52:13', 'Patient.name 53:11', 'Patient.birthDate 54:27']);
    const { body: second } = await send('POST', 'Patient', inXml.replace('<name/>', `${filling}<name/>`), xml);
    expect(placesOf(second)).toEqual(['Patient.name[0] 53:120001', 'Patient.gender 54:3']);
  });

  it.each(['', filling])('have them in entries of Bundles, where they stand in the Bundle', async (blanks) => {
    const request = '"request":{"method":"POST","url":"Patient"}';
    const entries = (type: string) =>
      `{"resourceType":"Bundle","type":"${type}",\n"entry":[{"resource":{"resourceType":"Patient"},${request}},${blanks}\n{${request},"resource":${patient}}]}`;
    const [line] = [blanks === '' ? 2 : 52];
    const expected = ['gender', 'name', 'birthDate'].map((name, i) => `${name} ${line + 2 + i}:${[13, 11, 27][i]}`);
    const { body: batch } = await send('POST', '', entries('batch'));
    expect(placesOf(batch.entry[1].response.outcome)).toEqual(expected.map((one) => `Patient.${one}`));
    const { body: failed } = await send('POST', '', entries('transaction'));
    expect(placesOf(failed)).toEqual(expected.map((one) => `Bundle.entry[1].resource.${one}`));
  });

  it('have them where links of a transaction were replaced, and in XML', async () => {
    const body = `<Bundle xmlns="http://hl7.org/fhir"><type value="transaction"/>
<entry><fullUrl value="urn:uuid:6b4b1e2a-1c8e-4b5e-9d0b-0f3f0d6b5a11"/><resource><Patient/></resource>
<request><method value="POST"/><url value="Patient"/></request></entry>
<entry><resource><Observation>
<status value="nope"/><code><text value="x"/></code>
<subject><reference value="urn:uuid:6b4b1e2a-1c8e-4b5e-9d0b-0f3f0d6b5a11"/></subject></Observation></resource>
<request><method value="POST"/><url value="Observation"/></request></entry></Bundle>`;
    const { body: failed } = await send('POST', '', body, xml);
    expect(placesOf(failed)).toEqual(['Bundle.entry[1].resource.status 5:1']);
  });

  it.each([
    ['{"resourceType":"Patient",\n"active":tru}', json, '2:10'],
    ['{"resourceType":"Patient",\n"active":true,"active":true}', json, '2:15'],
    [`{"resourceType":"Patient",${filling}"active":tru}`, json, '51:120010'],
    ['<Patient xmlns="http://hl7.org/fhir">\n <actve value="true"/></Patient>', xml, '2:2'],
  ])('of text that is no resource have them', async (body, type, place) => {
    const { status, body: outcome } = await send('POST', 'Patient', body, type);
    expect(status).toBe(400);
    expect(placesOf(outcome)[0]).toMatch(new RegExp(` ${place}$`));
  });

  it('of text that is no JSON in a large Bundle have them, before, in and behind the entries', async () => {
    const request = '"request":{"method":"GET","url":"Patient"}';
    const bundle = (before: string, inside: string, behind: string) =>
      `{"resourceType":"Bundle",\n${before}"entry":[${filling}\n{${inside}${request}},\n{${request}}],\n${behind}"type":"batch"}`;
    const cases = [
      [bundle('"a":tru,', '', ''), '2:5'],
      [bundle('', '"a":tru,', ''), '53:6'],
      [bundle('', '', '"a":tru,'), '55:5'],
    ] as const;
    for (const [body, place] of cases) {
      const { status, body: outcome } = await send('POST', '', body);
      expect([status, placesOf(outcome)[0]]).toEqual([400, ` ${place}`]);
      const [line, column] = place.split(':');
      expect(outcome.issue[0].diagnostics).toContain(`(line ${line}, column ${column})`);
    }
  });

  it('of a patched resource have none: it was not sent', async () => {
    const { body: made } = await server.call('POST', 'Patient', { token: all, body: { resourceType: 'Patient' } });
    const patch = '[{"op":"add","path":"/gender","value":"nobody"}]';
    const { status, body } = await send('PATCH', `Patient/${made.id}`, patch, 'application/json-patch+json');
    expect([status, placesOf(body)]).toEqual([422, ['Patient.gender :']]);
  });
});
