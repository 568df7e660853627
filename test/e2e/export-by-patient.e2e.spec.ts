// https://hl7.org/fhir/uv/bulkdata/export.html#bulk-data-output-file-organization (docs/adr/0107)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AccessRules } from '../../src/scope/access-rules.js';
import { abstain, mask } from '../../src/scope/policies/policy.js';
import { endOfJob, placeOf } from '../support/bulk-data.js';
import { expectOutcome } from '../support/outcome.js';
import { aBundle, anObservation, aPatient, aProvenance, putting } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let machine: string;
const machineToken = (scope: string, id = 'robot') => server.token(scope, { sub: id, client_id: id });
const store = async (...resources: object[]): Promise<void> => {
  const answer = await server.call('POST', '', {
    token: machine,
    body: aBundle('transaction', ...resources.map((one) => putting(one as never))),
  });
  expect(answer.status, answer.text).toBe(200);
};

beforeAll(async () => {
  server = await startServer({ LOG_LEVEL: 'silent', VALIDATION: 'structure', EXPORT_FILE_SIZE: '4kb' });
  machine = machineToken('system/*.cruds');
  await store(
    ...['p1', 'p2', 'p3'].map((id) => ({ ...aPatient(), id, gender: id === 'p2' ? 'male' : 'female' })),
    { ...anObservation('Patient/p1'), id: 'o1' },
    { ...anObservation('Patient/p1'), id: 'both', performer: [{ reference: 'Patient/p2' }] },
    { ...anObservation('Patient/p2'), id: 'o2' },
    { ...anObservation('Patient/p3'), id: 'o3' },
    { resourceType: 'Condition', id: 'c2', subject: { reference: 'Patient/p2' } },
    { resourceType: 'Practitioner', id: 'd1' },
    { ...aProvenance('Observation/o1'), id: 'v1' },
    {
      resourceType: 'Group',
      id: 'g1',
      type: 'person',
      actual: true,
      member: [{ entity: { reference: 'Patient/p1' } }],
    },
  );
});
afterAll(() => server.close());

interface Item {
  readonly url: string;
  readonly type?: string;
  readonly count: number;
  readonly continuesInFile?: string;
}

async function exported(path: string, { token = machine, body }: { token?: string; body?: object } = {}) {
  const headers = { prefer: 'respond-async', accept: 'application/fhir+json' };
  const begun = await server.call(body ? 'POST' : 'GET', path, { token, headers, ...(body && { body }) });
  expect(begun.status, begun.text).toBe(202);
  const place = placeOf(begun.headers['content-location']!);
  const answer = await endOfJob(server, token, begun);
  expect(answer.status, answer.text).toBe(200);
  const output = answer.body.output as readonly Item[];
  const files: string[][] = [];
  for (const { url, count } of output) {
    const file = await server.call('GET', placeOf(url), { token, headers: { accept: 'application/fhir+ndjson' } });
    expect(file.status, file.text).toBe(200);
    const lines = file.text.trimEnd().split('\n').map(nameOf);
    expect(lines).toHaveLength(count);
    files.push(lines);
  }
  const told: string[] = [];
  for (const { url } of answer.body.error as readonly Item[])
    told.push((await server.call('GET', placeOf(url), { token, headers: { accept: 'application/fhir+ndjson' } })).text);
  return { place, manifest: answer.body, output, files, told: told.join('') };
}

/** `Patient/p1:` for a header. */
function nameOf(line: string): string {
  const { resourceType, id, parameter } = JSON.parse(line) as {
    resourceType: string;
    id: string;
    parameter: { name: string; valueReference: { reference: string } }[];
  };
  if (resourceType !== 'Parameters') return `${resourceType}/${id}`;
  expect(parameter).toEqual([{ name: 'header', valueReference: { reference: expect.any(String) } }]);
  return `${parameter[0]!.valueReference.reference}:`;
}

describe('organizeOutputBy=Patient', () => {
  it('has a block of each patient: a header, the Patient, and what is in the record', async () => {
    const { manifest, output, files, told } = await exported(
      'Patient/$export?_type=Patient,Observation,Condition&organizeOutputBy=Patient',
    );
    expect(manifest.outputOrganizedBy).toBe('Patient');
    expect(Object.keys(output[0]!)).toEqual(['url', 'count']);
    expect(files).toEqual([
      [
        ['Patient/p1:', 'Patient/p1', 'Observation/both', 'Observation/o1'],
        ['Patient/p2:', 'Patient/p2', 'Condition/c2', 'Observation/both', 'Observation/o2'],
        ['Patient/p3:', 'Patient/p3', 'Observation/o3'],
      ].flat(),
    ]);
    expect(told).toBe('');
  });

  it('names the patients of a Group only, with Provenances of what is in their records', async () => {
    const { files, told } = await exported('Group/g1/$export?organizeOutputBy=Patient');
    expect(files).toEqual([['Patient/p1:', 'Patient/p1', 'Observation/both', 'Observation/o1', 'Provenance/v1']]);
    expect(told).toContain('1 Group: in the record of no patient within reach');
  });

  it('leaves out what is in no record, and says how much', async () => {
    const { files, told } = await exported('$export?_type=Practitioner,Observation&organizeOutputBy=Patient');
    const named = files.flat();
    expect(named.slice(0, 3)).toEqual(['Patient/p1:', 'Observation/both', 'Observation/o1']);
    expect(named.slice(3)).toEqual([
      'Patient/p2:',
      'Observation/both',
      'Observation/o2',
      'Patient/p3:',
      'Observation/o3',
    ]);
    expect(told).toContain('1 Practitioner');
  });

  it('keeps filters, elements and patients, and takes Parameters', async () => {
    const parameter = [
      { name: 'organizeOutputBy', valueString: 'Patient' },
      { name: 'patient', valueReference: { reference: 'Patient/p2' } },
      { name: '_typeFilter', valueString: 'Observation?_id=o2' },
      { name: '_type', valueString: 'Observation' },
    ];
    const { files } = await exported('Patient/$export', { body: { resourceType: 'Parameters', parameter } });
    expect(files).toEqual([['Patient/p2:', 'Observation/o2']]);
  });

  it('splits a record that is much larger than a file, repeats its header, and says where it goes on', async () => {
    const data = 'QUJD'.repeat(400_000);
    for (let number = 1; number <= 7; number++)
      await store({
        resourceType: 'DocumentReference',
        id: `d${number}`,
        status: 'current',
        subject: { reference: 'Patient/p2' },
        content: [{ attachment: { contentType: 'text/plain', data } }],
      });
    const { output, files } = await exported(
      '$export?_type=Patient,DocumentReference,Observation&organizeOutputBy=Patient',
    );
    const headers = files.map((lines) => lines.filter((line) => line.endsWith(':')));
    expect(headers).toEqual([['Patient/p1:', 'Patient/p2:'], ['Patient/p2:'], ['Patient/p2:'], ['Patient/p3:']]);
    expect(files.map(([line]) => line)).toEqual(['Patient/p1:', 'Patient/p2:', 'Patient/p2:', 'Patient/p3:']);
    expect(files.flat().filter((name) => name.startsWith('DocumentReference'))).toHaveLength(7);
    const [, second, third] = output;
    expect(output.map(({ continuesInFile }) => continuesInFile)).toEqual([
      second!.url,
      third!.url,
      undefined,
      undefined,
    ]);
  });

  it('is 400 for anything else, which a lenient caller has ignored', async () => {
    const headers = { prefer: 'respond-async', accept: 'application/fhir+json' };
    const wrong = await server.call('GET', '$export?organizeOutputBy=Group', { token: machine, headers });
    expectOutcome(wrong, 400, /organizeOutputBy=Group is not offered. It takes Patient/);
    const lenient = { ...headers, prefer: 'respond-async, handling=lenient' };
    const begun = await server.call('GET', 'Patient/$export?_type=Patient&organizeOutputBy=x', {
      token: machine,
      headers: lenient,
    });
    expect(begun.status).toBe(202);
  });
});

describe('who asks for blocks of patients', () => {
  const begin = (query: string, token: string) =>
    server.call('GET', query, { token, headers: { prefer: 'respond-async', accept: 'application/fhir+json' } });

  it('has to reach Patients, and no header names another one', async () => {
    const path = '$export?_type=Observation&organizeOutputBy=Patient';
    expectOutcome(await begin(path, machineToken('system/Observation.rs', 'blind')), 403, /Patient/);
    const token = machineToken('system/Observation.rs system/Patient.rs?gender=female', 'women');
    const { files, told } = await exported(path, { token });
    expect(files.flat()).toEqual([
      'Patient/p1:',
      'Observation/both',
      'Observation/o1',
      'Patient/p3:',
      'Observation/o3',
    ]);
    expect(told).toContain('1 Observation');
  });

  it('is refused where it is masked whose record something is in', async () => {
    const rules = server.app.get(AccessRules);
    const policy = {
      name: 'pseudonymous',
      decide: ({ principal, type }: { principal: { subject: string }; type: string }) =>
        principal.subject === 'masked' && type === 'Observation'
          ? mask(['Observation.subject'], 'pseudonyms')
          : abstain(),
    };
    rules.addPolicies(policy);
    const token = machineToken('system/*.rs', 'masked');
    const refused = await begin('$export?_type=Observation&organizeOutputBy=Patient', token);
    expectOutcome(refused, 403, /tells whose record each Observation is in; the policy .* masks Observation.subject/);
    expect((await begin('$export?_type=Condition&organizeOutputBy=Patient', token)).status).toBe(202);
  });

  it('gets no file once the access to one of its types has changed', async () => {
    const path = '$export?_type=Observation,Condition&organizeOutputBy=Patient';
    const { output } = await exported(path);
    const rules = server.app.get(AccessRules);
    const policy = {
      name: 'no-conditions',
      decide: ({ type }: { type: string }) => (type === 'Condition' ? mask(['Condition.note'], 'notes') : abstain()),
    };
    rules.addPolicies(policy);
    const file = await server.call('GET', placeOf(output[0]!.url), {
      token: machine,
      headers: { accept: 'application/fhir+ndjson' },
    });
    expectOutcome(file, 403, /is not what it was when this export began/);
  });
});

it('is removed with its files when a record that it has is erased', async () => {
  const { place } = await exported('Patient/$export?_type=Observation&organizeOutputBy=Patient');
  const admin = server.token('user/*.cruds admin/Data.d');
  const erased = await server.call('POST', 'Patient/p3/$purge', { token: admin, body: { resourceType: 'Parameters' } });
  expect(erased.status, erased.text).toBe(200);
  const asked = await server.call('GET', place, { token: machine, headers: { accept: 'application/json' } });
  expect(asked.status).toBe(404);
});
