import { expect, it } from 'vitest';
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

it('machines get JSON; what Nest says of its own start is for those who debug it', () => {
  const { log, written } = collect(true);
  log.log('Nest application successfully started', 'NestApplication');
  log.request(facts);
  expect(written.map((line) => JSON.parse(line) as unknown)).toEqual([
    expect.objectContaining({ ...facts, level: 'info', time: expect.stringMatching(/Z$/) }),
  ]);
});
