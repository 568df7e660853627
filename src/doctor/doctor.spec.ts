import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { createServer } from 'node:tls';
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it } from 'vitest';
import { AppConfig } from '../config/app-config.js';
import type { DatabaseFacts } from '../database/examine-database.js';
import type { DistributionFacts } from '../database/distribution/examine-distribution.js';
import type { StandbyFacts } from '../database/standbys/examine-standby.js';
import { clockOffset, judgeClock } from './checks/clock.js';
import { judgeDatabase, sizeOf } from './checks/database.js';
import { judgeDirect } from './checks/direct.js';
import { judgePublished } from './checks/issuers.js';
import { judgeDistribution } from './checks/distribution.js';
import { judgeSettings } from './checks/settings.js';
import { judgeStandby } from './checks/standbys.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';
import { renderFindings, summarize } from './render-results.js';
import { examineTls, judgeSession } from './checks/tls.js';
import { en } from './words/en.js';
import { type Phrase, phrase, textOf } from './words/say.js';

const found = resultsOf('test');
const day = 86_400_000;

describe('the clock of another machine', () => {
  const at = Date.parse('2026-01-01T12:00:00.400Z');
  const date = (text: string, age?: string): Headers => new Headers({ date: text, ...(age !== undefined && { age }) });

  it.each([
    ['Thu, 01 Jan 2026 12:00:00 GMT', undefined, 0],
    ['Thu, 01 Jan 2026 12:02:00 GMT', undefined, 119.5],
    ['Thu, 01 Jan 2026 11:58:00 GMT', undefined, -119.4],
    // An answer that a cache kept for a minute is no wrong clock.
    ['Thu, 01 Jan 2026 11:59:00 GMT', '60', 0],
    ['yesterday', undefined, undefined],
  ])('Date: %s, Age: %s is %s s ahead', (text, age, expected) => {
    expect(clockOffset(date(text, age), at, at + 100)).toBe(expected);
  });

  it.each([
    [0, 'ok'],
    [-20, 'ok'],
    [31, 'warning'],
    [-61, 'failed'],
  ])('%s s of 60 that are allowed is %s', (offset, status) => {
    expect(judgeClock(found, 'clock.of-issuer', offset, 60).status).toBe(status);
  });

  it('a second is no reason to warn where no skew is allowed', () => {
    expect(judgeClock(found, 'clock.of-issuer', 0.4, 1).status).toBe('ok');
    expect(judgeClock(found, 'clock.of-issuer', 0.4, 0).status).toBe('failed');
  });
});

describe('secrets that are easy to guess', () => {
  const weak = (variables: Readonly<Record<string, string>>) =>
    judgeSettings(new AppConfig(variables)).filter(({ check }) => check === 'weak-secret');

  it('are warned of without being told', () => {
    const findings = weak({ ADMIN_PASSWORD: 'hunter2', CURSOR_SECRET: 'changeme-changeme' });
    expect(findings.map(({ fact }) => fact.split(' ')[0])).toEqual(['ADMIN_PASSWORD', 'CURSOR_SECRET']);
    expect(JSON.stringify(findings)).not.toMatch(/hunter2|changeme/);
  });

  it('do not count where nothing is protected by them', () => {
    expect(weak({ ADMIN_PASSWORD: 'hunter2', EMBEDDED_ISSUER: 'off' })).toEqual([]);
    expect(weak({})).toEqual([]);
  });
});

describe('TLS', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  const session = { protocol: 'TLS 1.3', validTo: Date.now() + 90 * day };
  it.each([
    [session, 'ok'],
    [{ ...session, validTo: Date.now() + 5 * day }, 'warning'],
    [{ ...session, problem: 'CERT_HAS_EXPIRED' }, 'failed'],
    ['tls.not-spoken', 'failed'],
  ] as const)('%j is %s', (of, status) => {
    expect(judgeSession(found, 'fhir.example', of).status).toBe(status);
  });

  it('finds a certificate that nobody vouches for', async () => {
    const pem = execFileSync(
      'openssl',
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout - -subj /CN=localhost -days 2'.split(' '),
      { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    );
    const [finding] = await examineTls('x', await listening(createServer({ key: pem, cert: pem })));
    expect(finding).toMatchObject({ check: 'tls', status: 'failed' });
    expect(finding?.fact).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
    expect(finding?.cure).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('finds http where https should be', async () => {
    const [finding] = await examineTls('x', await listening(createHttpServer()));
    expect(finding).toMatchObject({ status: 'failed', fact: expect.stringContaining('does not speak TLS') });
  });

  it('leaves what cannot be reached to others', async () => {
    expect(await examineTls('x', 'https://127.0.0.1:1')).toEqual([]);
  });

  async function listening(made: Server): Promise<string> {
    server = made;
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(made.address() as AddressInfo).port}`;
  }
});

describe('the database', () => {
  const facts: DatabaseFacts = {
    version: 160_004,
    versionText: '16.4',
    encoding: 'UTF8',
    standby: false,
    readOnly: false,
    fsync: true,
    encrypted: true,
    remote: true,
    pooled: false,
    mayCreate: true,
    closedTables: [],
    connections: { most: 97, used: 12 },
    bytes: 123_456_789,
    clockOffset: 0,
    identity: 'one',
  };
  const node = {
    name: 'db-1:5432',
    host: 'db-1',
    port: 5432,
    isActive: true,
    isWorker: true,
    shards: 32,
    answers: true,
  };
  const schema = { pending: [], applied: ['A1', 'B2'], unknown: [] };
  class Pending1700000000001 {
    async up(): Promise<void> {}
    async down(): Promise<void> {}
  }

  it('is well when nothing is wrong', () => {
    expect(judgeDatabase(facts, schema, 60).map(({ status }) => status)).toEqual(Array.from({ length: 7 }, () => 'ok'));
  });

  it.each([
    ['no pooler and no way past one', false, undefined, []],
    ['a pooler and no way past it', true, undefined, ['warning']],
    ['a way past it', true, { identity: 'one', pooled: false }, ['ok']],
    ['a way through another pooler', true, { identity: 'one', pooled: true }, ['warning']],
    ['a way to another database', true, { identity: 'two', pooled: false }, ['failed']],
    ['a way to nowhere', true, { unreachable: phrase('ECONNREFUSED') }, ['failed']],
  ])('%s', (_, pooled, direct, expected) => {
    expect(judgeDirect({ ...facts, pooled }, direct).map(({ status }) => status)).toEqual(expected);
  });

  it.each<[Partial<StandbyFacts> | { unreachable: Phrase }, readonly string[]]>([
    [{}, ['ok standby', 'ok lag', 'ok migrations']],
    [{ unreachable: phrase('ECONNREFUSED') }, ['warning reachable']],
    [{ sameDatabase: false }, ['failed standby']],
    [{ standby: false }, ['failed standby']],
    [{ sameTimeline: false }, ['warning standby', 'ok lag', 'ok migrations']],
    [{ caughtUpAfter: undefined }, ['ok standby', 'warning lag', 'ok migrations']],
    [{ pending: 2 }, ['ok standby', 'ok lag', 'warning migrations']],
    [{ remote: true }, ['ok standby', 'ok lag', 'ok migrations', 'warning encryption']],
    [{ remote: true, encrypted: true }, ['ok standby', 'ok lag', 'ok migrations']],
  ])('judges a standby: %j', (change, expected) => {
    const well: StandbyFacts = {
      standby: true,
      sameDatabase: true,
      sameTimeline: true,
      caughtUpAfter: 0.01,
      pending: 0,
      encrypted: false,
      remote: false,
    };
    const judged = judgeStandby({ name: 'db-2', facts: 'unreachable' in change ? change : { ...well, ...change } });
    expect(judged.map(({ check, status }) => `${status} ${check}`)).toEqual(expected);
    expect(judged.every(({ group }) => group === 'standby db-2')).toBe(true);
  });

  it.each<[Partial<DatabaseFacts>, Partial<typeof schema> | object, string, DoctorResult['status']]>([
    [{ version: 130_012, versionText: '13.12' }, {}, 'version', 'failed'],
    [{ encoding: 'SQL_ASCII' }, {}, 'version', 'failed'],
    [{ standby: true }, {}, 'writable', 'failed'],
    [{ readOnly: true }, {}, 'writable', 'failed'],
    [{ closedTables: ['resource', 'x'] }, {}, 'rights', 'failed'],
    [{ mayCreate: false }, {}, 'rights', 'ok'],
    [{}, { pending: [Pending1700000000001] }, 'migrations', 'warning'],
    [{}, { unknown: ['Newer1900000000000'] }, 'migrations', 'ok'],
    [{ connections: { most: 97, used: 90 } }, {}, 'connections', 'warning'],
    [{ fsync: false }, {}, 'durability', 'warning'],
    [{ encrypted: false }, {}, 'encryption', 'warning'],
    [{ encrypted: false, remote: false }, {}, 'version', 'ok'],
    [{ clockOffset: 100 }, {}, 'clock', 'failed'],
  ])('%j %j: %s is %s', (changed, state, check, status) => {
    const findings = judgeDatabase({ ...facts, ...changed }, { ...schema, ...state }, 60);
    const finding = findings.find((one) => one.check === check);
    expect(finding?.status).toBe(status);
    if (status === 'warning' || status === 'failed') expect(finding?.cure).toBeTruthy();
    if ('remote' in changed) expect(findings.some((one) => one.check === 'encryption')).toBe(false);
  });

  it.each<[Partial<DistributionFacts>, readonly string[]]>([
    [{ distributed: 0 }, ['ok distribution']],
    [{}, ['ok distribution', 'ok node', 'ok node']],
    [{ misplaced: ['job'] }, ['ok distribution', 'ok node', 'ok node', 'failed placement']],
    [{ leftover: ['job'] }, ['ok distribution', 'ok node', 'ok node', 'warning leftover']],
    [{ nodes: [{ ...node, answers: false }] }, ['ok distribution', 'failed node']],
    [{ nodes: [{ ...node, isActive: false }] }, ['ok distribution', 'warning node']],
    [{ nodes: [{ ...node, failure: new Error('no way') }] }, ['ok distribution', 'warning node']],
  ])('judges a distribution: %j', (changed, expected) => {
    const well = { distributed: 40, misplaced: [], leftover: [], nodes: [{ ...node, isWorker: false }, node] };
    const judged = judgeDistribution({ ...well, ...changed });
    expect(judged.map(({ check, status }) => `${status} ${check}`)).toEqual(expected);
    expect(judged.filter(({ status, cure }) => status !== 'ok' && !cure)).toEqual([]);
  });

  it.each([
    [0, '0 bytes'],
    [999, '999 bytes'],
    [1_234_567, '1.23 MB'],
    [5e15, '5000 TB'],
  ])('%s is %s', (bytes, text) => {
    expect(textOf(sizeOf(bytes), en)).toBe(text);
  });
});

describe('the table', () => {
  const findings = [
    found.ok('short', 'database.writable'),
    found.failed('a-longer-name', 'token.refused', {
      code: 'Something',
      fact: `${'is very wrong '.repeat(12)}here.`,
      cure: `Do ${'this and that '.repeat(12)}.`,
    }),
    found.warning('evil', 'database.node-silent', { name: 'An issuer named \u001b[2J\r\nx' }),
    resultsOf('other').skipped('short', 'guides.unseen'),
  ];

  it('fits into 80 columns, each cure below its fact', () => {
    const lines = renderFindings(findings, 80);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(lines.slice(0, 3)).toEqual([
      'Test',
      '  ✔ short          It takes writes.',
      expect.stringMatching(/^ {2}✘ a-longer-name {2}Something: is very/),
    ]);
    expect(lines.find((line) => line.includes('→'))).toMatch(/^ {19}→ Do this/);
    expect(lines.slice(-2)).toEqual(['Other', expect.stringMatching(/^ {2}– short {10}What holds/)]);
  });

  it('does nothing to the terminal', () => {
    expect(renderFindings(findings, 80).join('')).not.toMatch(/\p{Cc}/u);
  });

  it('counts', () => {
    expect(summarize(findings)).toBe('Unhealthy: 1 good, 1 to look at, 1 wrong, 1 not seen.');
    expect(summarize([found.warning('x', 'database.fsync-off')])).toBe(
      'Healthy: 0 good, 1 to look at, 0 wrong, 0 not seen.',
    );
  });
});

it('what is found about an issuer names the setting that names the issuer', async () => {
  const known = { setting: 'LOGIN_PROVIDERS', issuer: 'http://idp.example', algorithms: ['RS256'] } as const;
  const metadata = { issuer: 'http://other.example', jwks_uri: 'no address' };
  const findings = await judgePublished(known, { metadata, offset: 0 }, 5);
  expect(findings.map(({ status }) => status)).toContain('failed');
  expect(new Set(findings.map(({ setting }) => setting))).toEqual(new Set(['LOGIN_PROVIDERS']));
});
