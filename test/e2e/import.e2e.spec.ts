// docs/adr/0084-imports-under-the-callers-rules.md
import type { ServerResponse } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { lines, placeOf, untilEnded } from '../support/bulk-data.js';
import { FileSource } from '../support/file-source.js';
import { expectOutcome } from '../support/outcome.js';
import { adminPassword, type Answer, startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let source: FileSource;
let machine: string;

beforeAll(async () => {
  source = await FileSource.start();
  server = await startServer({
    LOG_LEVEL: 'silent',
    IMPORT_ALLOW_PRIVATE: source.host,
    IMPORT_TIMEOUT: '1',
    IMPORT_FILE_LIMIT: '2mb',
    BODY_LIMIT: '64kb',
  });
  machine = machineToken('system/*.cruds');
});
afterAll(async () => {
  await server.close();
  await source.close();
});

const machineToken = (scope: string, id = 'robot') => server.token(scope, { sub: id, client_id: id });
const patient = (id: string, more: object = {}) => ({ resourceType: 'Patient', id, ...more });
const observation = (id: string, subject: string) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { text: 'x' },
  subject: { reference: `Patient/${subject}` },
});

const inputOf = (...files: readonly (readonly [url: string, type?: string])[]) => ({
  resourceType: 'Parameters',
  parameter: [
    { name: 'inputFormat', valueString: 'application/fhir+ndjson' },
    { name: 'mode', valueString: 'IncrementalLoad' },
    ...files.map(([valueUri, type]) => ({
      name: 'input',
      part: [...(type === undefined ? [] : [{ name: 'type', valueCode: type }]), { name: 'url', valueUri }],
    })),
  ],
});

const kickOff = (body: object | string, token = machine, headers: Record<string, string> = {}) => {
  const type = typeof body === 'string' ? { 'content-type': 'application/fhir+ndjson' } : {};
  return server.call('POST', '$import', { token, body, headers: { prefer: 'respond-async', ...type, ...headers } });
};

const ended = (place: string, token: string): Promise<Answer> =>
  untilEnded(() => server.call('GET', place, { token, headers: { accept: 'application/json' } }));

async function imported(body: object | string, token = machine) {
  const begun = await kickOff(body, token);
  expect([begun.status, begun.text]).toEqual([202, expect.any(String)]);
  const place = placeOf(begun.headers['content-location']!);
  const answer = await ended(place, token);
  return { answer, place, errors: answer.status === 200 ? await errorsOf(answer.body.error, token) : [] };
}

/** `location: diagnostics` of each line of a file of errors. */
async function errorsOf(files: readonly { url: string; count: number }[], token: string): Promise<string[]> {
  const [file] = files;
  if (!file) return [];
  const { status, text } = await server.call('GET', placeOf(file.url), { token });
  expect(status).toBe(200);
  const outcomes = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(outcomes).toHaveLength(file.count);
  return outcomes.map(({ issue: [{ location, expression, details, diagnostics }] }) => {
    return `${location[0].replace(source.url(''), '')} ${expression?.[0] ?? ''}: ${details?.text ?? ''}${diagnostics}`;
  });
}

/** Stops in the middle. */
function sendPart(response: ServerResponse, part: string): void {
  response.write(part);
  setTimeout(() => response.destroy(), 50);
}

const versionOf = async (address: string): Promise<string | number> => {
  const { status, body } = await server.call('GET', address, { token: machine });
  return status === 200 ? body.meta.versionId : status;
};

describe('$import of files at addresses', () => {
  it('stores their resources at their ids, and nothing again', async () => {
    const patients = source.add('Patient.ndjson', lines(patient('a1'), patient('a2')));
    const packed = source.add(
      'Observation.ndjson.gz',
      gzipSync(lines(observation('o1', 'a1'), observation('o2', 'a2'))),
    );
    const call = inputOf([patients, 'Patient'], [`${packed}?signature=secret`]);
    const first = await imported(call);
    expect([first.answer.status, first.answer.body]).toEqual([
      200,
      expect.objectContaining({
        requiresAccessToken: true,
        output: [
          { type: 'Patient', inputUrl: patients, count: 2, created: 2, failed: 0 },
          { inputUrl: `${packed}?signature=secret`, count: 2, created: 2, failed: 0 },
        ],
        error: [],
      }),
    ]);
    const again = await imported(call);
    expect(again.answer.body.output.map(({ created }: { created: number }) => created)).toEqual([0, 0]);
    expect(await Promise.all(['Patient/a1', 'Observation/o2'].map(versionOf))).toEqual(['1', '1']);
    const { body } = await server.call('GET', 'AuditEvent?_count=100', { token: machineToken('system/AuditEvent.rs') });
    expect(JSON.stringify(body)).toContain('imported file');
    expect(JSON.stringify(body)).not.toContain('signature=secret');
  });

  it('names what could not be read to its end, and is not done then', async () => {
    const good = lines(patient('b1'));
    source.files.set('half', (response) => {
      response.writeHead(200, { 'content-length': '5000' }).write(good);
      setTimeout(() => response.destroy(), 50);
    });
    source.files.set('silent', (response) => {
      response.writeHead(200, { 'content-length': '5000' }).write(good);
    });
    source.files.set('endless', (response) => {
      response.socket!.write(`HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n${good}`);
      response.socket!.end();
    });
    source.files.set('moved', (response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end();
    });
    source.add('cut.gz', gzipSync(lines(...Array.from({ length: 50 }, (_, i) => patient(`c${i}`)))).subarray(0, 60));
    source.add('no.gz', good);
    source.add('large', Buffer.alloc(3_000_000, 0x20));
    source.add('bomb.gz', gzipSync(Buffer.alloc(3_000_000, 0x20)));
    const names = ['half', 'silent', 'endless', 'moved', 'cut.gz', 'no.gz', 'large', 'bomb.gz', 'none'];
    const inside = ['https://127.0.0.1:1/x', 'https://localhost/x', 'https://[::1]/x'];
    const last = source.add('last', lines(patient('b2')));
    const call = inputOf(...[...names.map((name) => source.url(name)), ...inside, last].map((url) => [url] as const));
    const { answer } = await imported(call);
    expectOutcome(answer, 422, /incomplete/);
    const told = answer.body.issue.map(({ diagnostics }: { diagnostics: string }) =>
      diagnostics.replace(source.url(''), ''),
    );
    expect(told).toEqual([
      expect.stringMatching(
        /^half was not read to its end\. It stopped after \d+ of 5000 bytes\. What stands after its line 1 was/,
      ),
      expect.stringMatching(/^silent was not read to its end\. It sent nothing for 1 s after \d+ of 5000 bytes\./),
      expect.stringMatching(/^endless .* nobody knows whether all of it came/),
      expect.stringMatching(/^moved .* It answered 302\. Redirects are not followed/),
      expect.stringMatching(/^cut\.gz .* It ends in the middle/),
      expect.stringMatching(/^no\.gz .* It is no gzip/),
      expect.stringMatching(/^large .* more than 2097152 bytes/),
      expect.stringMatching(/^bomb\.gz .* more than 2097152 bytes/),
      expect.stringMatching(/^none .* It answered 404\. What stands in it was not imported/),
      ...inside.map(() =>
        expect.stringMatching(/ It cannot be reached\. The server fetches from public addresses, and/),
      ),
      expect.stringMatching(/^3 resources were stored; .*\$export-file/),
    ]);
    expect(await Promise.all(['Patient/b1', 'Patient/b2'].map(versionOf))).toEqual(['1', '1']);
    expect(source.asked.filter((name) => name === 'half')).toHaveLength(3);
  }, 30_000);

  it('fetches from public addresses and those that are named alone', async () => {
    let connections = 0;
    const inside = createServer((socket) => {
      connections++;
      socket.destroy();
    });
    await new Promise<void>((listens) => {
      inside.listen(0, '127.0.0.1', listens);
    });
    const { port } = inside.address() as AddressInfo;
    const { answer } = await imported(inputOf([`https://127.0.0.1:${port}/x`], [`https://localhost:${port}/x`]));
    expect([answer.status, connections]).toEqual([422, 0]);
    await new Promise((closed) => {
      inside.close(closed);
    });
  });

  it('stores nothing once another server has the job', async () => {
    let release = (): void => undefined;
    source.files.set('slow', (response) => {
      response.writeHead(200, { 'content-length': '37' });
      release = () => response.end(lines(patient('j1')));
      response.flushHeaders();
    });
    const begun = await kickOff(inputOf([source.url('slow')]));
    const job = new URL(begun.headers['content-location']!).searchParams.get('job');
    await vi.waitFor(() => expect(source.asked).toContain('slow'), { timeout: 20_000 });
    const client = new Client(server.database.connection);
    await client.connect();
    await client.query(`UPDATE job SET fence = fence + 1, lease = now() + interval '1 hour' WHERE id = $1`, [job]);
    release();
    await sleep(1500);
    expect(await versionOf('Patient/j1')).toBe(404);
    await client.query('DELETE FROM job WHERE id = $1', [job]);
    await client.end();
  });

  it('goes on behind the last line where a source stopped', async () => {
    const whole = lines(patient('d1'), patient('d1', { active: true }), patient('d2'));
    const stopsAt = whole.indexOf('\n', whole.indexOf('\n') + 1) + 5;
    let times = 0;
    source.files.set('second-time', (response) => {
      response.writeHead(200, { 'content-length': String(whole.length) });
      if (times++ > 0) response.end(whole);
      else sendPart(response, whole.slice(0, stopsAt));
    });
    const { answer } = await imported(inputOf([source.url('second-time')]));
    expect(answer.body.output).toEqual([expect.objectContaining({ count: 3, created: 2, failed: 0 })]);
    expect(await Promise.all(['Patient/d1', 'Patient/d2'].map(versionOf))).toEqual(['2', '1']);
  });

  it('is not of a source that has changed meanwhile', async () => {
    const [one, other] = [patient('e1'), patient('e9')].map((first) =>
      lines(first, patient('e1', { active: true }), patient('e2')),
    );
    let times = 0;
    source.files.set('changed', (response) => {
      response.writeHead(200, { 'content-length': String(one!.length) });
      if (times++ > 0) response.end(other);
      else sendPart(response, one!.slice(0, -5));
    });
    const { answer } = await imported(inputOf([source.url('changed')]));
    expectOutcome(answer, 422, /incomplete/);
    expect(answer.body.issue[0].diagnostics).toContain('It is not what it was when the import began.');
    expect(await versionOf('Patient/e9')).toBe(404);
  });
});

describe('$import of lines', () => {
  it('stores what can be, and names the rest by line', async () => {
    const body = Buffer.concat([
      Buffer.from('\uFEFF' + lines(patient('f1')).replace('\n', '\r\n')),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      Buffer.from('{"resourceType":"Patient","id":"f\0"}\n\n'),
      Buffer.from('{"resourceType":\n'),
      Buffer.from(
        lines({ resourceType: 'Nothing' }, patient('f2', { gender: 'none' }), patient('f1', { active: true })),
      ),
      Buffer.from(lines(patient('f3', { name: [{ text: 'x'.repeat(70_000) }] }), patient('f4'))),
      Buffer.from('{"resourceType":"AuditEvent","id":"f5"}'),
    ]);
    const { answer, errors } = await imported(inputOf([source.add('bad', body)]));
    expect(answer.body.output).toEqual([{ inputUrl: source.url('bad'), count: 3, created: 2, failed: 7 }]);
    expect(errors).toEqual([
      expect.stringContaining('bad:2 : The line cannot be read: it is not UTF-8'),
      expect.stringContaining('bad:3 : The line cannot be read: it has the character U+0000'),
      expect.stringContaining('bad:5 : It is not valid JSON'),
      expect.stringContaining('bad:6 : It has no resourceType of R4'),
      expect.stringContaining('bad:7 Patient.gender: '),
      expect.stringContaining('bad:9 : The line cannot be read: it has 70'),
      expect.stringContaining('bad:11 AuditEvent'),
    ]);
    expect(await Promise.all(['f1', 'f2', 'f3', 'f4'].map((id) => versionOf(`Patient/${id}`)))).toEqual([
      '2',
      404,
      404,
      '1',
    ]);
  });

  it('is judged row by row by the rules of a write of the caller, with the reasons', async () => {
    const limited = machineToken('system/Patient.cru', 'limited');
    const { answer, errors } = await imported(lines(patient('g1'), observation('g2', 'g1')), limited);
    expect(answer.body.output).toEqual([{ inputUrl: 'body', count: 1, created: 1, failed: 1 }]);
    expect(errors).toEqual([expect.stringMatching(/^body:2 Observation: .*Observation/)]);
    expect(await versionOf('Observation/g2')).toBe(404);
  });

  it('is of nobody else: neither its state nor its errors nor what was sent', async () => {
    const { answer, place } = await imported('{"resourceType":"Nothing"}\n');
    const other = machineToken('system/*.cruds', 'other');
    const [{ url }] = answer.body.error;
    expect(
      await Promise.all(
        [place, placeOf(url)].map(async (one) => (await server.call('GET', one, { token: other })).status),
      ),
    ).toEqual([404, 404]);
    // The body is the first file of the job, and nobody is given it.
    const sent = await server.call('GET', placeOf(url).replace(/file=\d+/, 'file=1'), { token: machine });
    expect([placeOf(url).endsWith('file=2'), sent.status]).toEqual([true, 404]);
    expect((await server.call('DELETE', place, { token: machine })).status).toBe(202);
    expect((await server.call('GET', place, { token: machine })).status).toBe(404);
  });
});

describe('who may not, and what is wrong', () => {
  it('is a user, who is told so, and a machine that may not update anything', async () => {
    const { body } = await server.call('POST', 'login', {
      headers: { authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` },
    });
    const user = await kickOff(lines(patient('h1')), body.access_token);
    expectOutcome(user, 403, /forbidden/);
    expect(user.text).toContain('takes in the data of many patients');
    const reader = await kickOff(lines(patient('h1')), machineToken('system/*.rs', 'reader'));
    expect([reader.status, reader.text]).toEqual([403, expect.stringContaining('scope-insufficient')]);
    expect((await server.call('POST', '$import', { body: inputOf() })).status).toBe(401);
  });

  it('is told before it begins, all of it', async () => {
    const call = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'inputFormat', valueString: 'application/fhir+json' },
        { name: 'mode', valueString: 'InitialLoad' },
        { name: 'storageDetail', part: [{ name: 'type', valueString: 'aws-s3' }] },
        ...['http://example.org/x', 'https://u:p@example.org/x', 'file:///etc/passwd', 'x', 'x'].map((valueUri) => ({
          name: 'input',
          part: [
            { name: 'type', valueCode: 'Patien' },
            { name: 'url', valueUri },
          ],
        })),
      ],
    };
    const answer = await kickOff(call);
    expect(answer.status).toBe(400);
    const told = answer.body.issue.map(({ diagnostics }: { diagnostics: string }) => diagnostics).join('\n');
    for (const part of [
      'inputFormat=',
      'mode=InitialLoad',
      'storageDetail=aws-s3',
      'is there twice',
      'no https address',
      'Did you mean Patient?',
    ])
      expect(told).toContain(part);
    expect((await kickOff(inputOf())).text).toContain('There is nothing to import');
    expect((await server.call('POST', '$import', { token: machine, body: inputOf([source.url('x')]) })).text).toContain(
      'respond-async',
    );
    expect((await kickOff(lines(patient('i1')), machine, { prefer: 'return=minimal' })).status).toBe(415);
    const elsewhere = {
      token: machine,
      body: lines(patient('i1')),
      headers: { 'content-type': 'application/fhir+ndjson' },
    };
    expect((await server.call('POST', 'Patient/$validate', elsewhere)).status).toBe(415);
    expect((await kickOff('\n'.repeat(3_000_000))).status).toBe(413);
  });
});
