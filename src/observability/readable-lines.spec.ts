import { expect, it } from 'vitest';
import { readableLine } from './readable-lines.js';
import { type Lines, ServerLog } from './server-log.js';

function collect(json: boolean): { readonly log: ServerLog; readonly written: string[] } {
  const written: string[] = [];
  const lines: Lines = { write: (line) => void written.push(line), flush: () => undefined };
  return { log: new ServerLog({ level: 'info', json }, lines), written };
}

const facts = {
  requestId: 'request-1',
  method: 'GET',
  route: '/fhir/r4/:type/:id',
  interaction: 'read',
  type: 'Patient',
  status: 403,
  durationMs: 1.5,
  clientId: 'app',
  reasons: ['scope-insufficient'],
};

it('people read what happened in one line', () => {
  const { log, written } = collect(false);
  log.request(facts);
  log.warn('The disk is nearly full.', 'Disk');
  expect(written[0]?.slice(13)).toBe(
    'GET /fhir/r4/:type/:id 403, 1.5 ms, client app, refused: scope-insufficient (request request-1)\n',
  );
  expect(written[1]?.slice(13)).toBe('WARN [Disk] The disk is nearly full.\n');
});

it.each([
  ['a line of its own', 'app\r\n10:00:00.000 GET /fhir/r4/metadata 200', 'app\\u000d\\u000a10:00:00.000 GET'],
  ['what a terminal obeys', 'app\u001b[2J\u009b31m\u0007\u007f', 'app\\u001b[2J\\u009b31m\\u0007\\u007f'],
  ['text that runs the other way', 'a\u202eppa\u2066\u200f', 'a\\u202eppa\\u2066\\u200f'],
  ['other line breaks', 'a\u2028b\u2029c\u0085d', 'a\\u2028b\\u2029c\\u0085d'],
  ['what cannot be seen', 'a\u200b\ufeff\u{e0041}\ud800', 'a\\u200b\\ufeff\\ue0041\\ud800'],
])('a claim cannot write %s', (_, clientId, expected) => {
  const { log, written } = collect(false);
  log.request({ ...facts, clientId });
  log.warn(`Client ${clientId} was refused.`, clientId);
  expect(written[0]).toContain(`client ${expected}`);
  for (const line of written) {
    expect(line.replace(/\n( {4}|$)/g, '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(line).toMatch(/^\d\d:\d\d:\d\d\.\d{3} /);
  }
});

it('the lines of a stack are not taken for lines of the log', () => {
  const { log, written } = collect(false);
  log.error('It failed.', 'Error: x\n    at y\n10:00:00.000 GET /fhir/r4 200', 'Place');
  expect(written[0]?.split('\n').slice(1)).toEqual([
    '    Error: x',
    '        at y',
    '    10:00:00.000 GET /fhir/r4 200',
    '',
  ]);
});

it('machines get JSON; what Nest says of its own start is for those who debug it', () => {
  const { log, written } = collect(true);
  log.log('Nest application successfully started', 'NestApplication');
  log.request(facts);
  expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ ...facts, level: 'info', time: expect.stringMatching(/Z$/) }),
  ]);
});

it.each([
  facts,
  { ...facts, status: 500, durationMs: 0.1, clientId: 'ä\u202e"\\\u0000', reasons: [] },
  { requestId: '\ud800', method: 'GET', route: '', interaction: 'none', type: '', status: 404, durationMs: 12 },
])('the line of a request is that of its JSON: %j', (one) => {
  const [people, machines] = [collect(false), collect(true)];
  people.log.request(one);
  machines.log.request(one);
  expect(people.written[0]?.slice(13)).toBe(readableLine(machines.written[0]!).slice(13));
});

it('requests below the level of the log have no line', () => {
  const written: string[] = [];
  const lines: Lines = { write: (line) => void written.push(line), flush: () => undefined };
  const log = new ServerLog({ level: 'warn', json: false }, lines);
  log.request(facts);
  expect(written).toEqual([]);
  log.request({ ...facts, status: 503 });
  expect(written[0]?.slice(13)).toMatch(/^WARN GET .* 503/);
});
