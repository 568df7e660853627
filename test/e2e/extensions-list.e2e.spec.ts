// docs/adr/0072: extensions of a running server, with figures, for administrators of jobs
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { extensionSettings } from '../../src/config/extension-settings.js';
import { setting } from '../../src/config/settings/setting.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import type { BeforeWrite, Hook } from '../../src/fhir/extensions/hook.js';
import type { Operation, OperationDeclaration } from '../../src/fhir/operations/operation.js';
import { AUDIT_SINK } from '../../src/fhir/storage/audit/delivery/audit-sink.js';
import { InvalidRequest } from '../../src/r4/errors/fhir-error.js';
import { startServer, type TestServer } from '../support/server.js';

const declaration = {
  code: 'count-all',
  level: ['system'],
  affectsState: false,
  access: 'any-token',
  system: 'Counts what the caller may not see.',
  documentation: 'Counts.',
} as const satisfies OperationDeclaration;

@Injectable()
class CountAll implements Operation<typeof declaration> {
  readonly declaration = declaration;
  run(): object {
    throw new TypeError('a defect');
  }
}

@Injectable()
class First implements Hook {
  readonly name = 'first';
  readonly types = ['Basic'];
  readonly before = ['@acme/other'];
  readonly timeout = 100;
  beforeWrite({ resource }: BeforeWrite): undefined {
    if (resource['language'] === 'xx') throw new InvalidRequest({ code: 'business-rule', diagnostics: 'No.' });
  }
  afterWrite(): void {}
}

const settings = extensionSettings('LISTED', {
  LISTED_KEY: setting(z.string(), { example: 'k', meaning: 'A key.', secret: true }),
});

let server: TestServer;
beforeAll(async () => {
  const sink = { provide: AUDIT_SINK, useValue: { name: 'none', send: async () => undefined } };
  const feature = { name: '@acme/listed', operations: [CountAll], hooks: [First], parts: [sink], settings };
  const variables = { LISTED_KEY: 'key-of-the-registry', LOG_LEVEL: 'silent' };
  server = await startServer(variables, [FhirModule.forFeature(feature)]);
});
afterAll(() => server?.close());

const list = (token?: string) => server.call('GET', '/admin/extensions', token === undefined ? {} : { token });

describe('GET /admin/extensions', () => {
  it('is 401 without a token, and 403 without admin/Job.r, which it names', async () => {
    expect((await list()).status).toBe(401);
    const clinical = await list(server.token('user/*.cruds system/*.cruds'));
    expect([clinical.status, clinical.body.error, clinical.body.error_description]).toEqual([
      403,
      'insufficient_scope',
      expect.stringContaining('admin/Job.r'),
    ]);
    for (const scope of ['admin/Definition.cud', 'admin/User.cruds', 'admin/Job.cuds'])
      expect((await list(server.token(scope))).status, scope).toBe(403);
    expect(clinical.text).not.toContain('@acme/listed');
  });

  it('lists what each brings, in its order, with calls, failures and refusals, and no value of a setting', async () => {
    const token = server.token('user/*.cruds');
    const basic = (language: string) => ({ resourceType: 'Basic', language, code: { text: 'x' } });
    expect((await server.call('POST', 'Basic', { token, body: basic('en') })).status).toBe(201);
    expect((await server.call('POST', 'Basic', { token, body: basic('xx') })).status).toBe(400);
    expect((await server.call('GET', '$count-all', { token })).status).toBe(500);
    const { status, headers, body, text } = await list(server.token('admin/Job.r'));
    expect([status, headers['cache-control']]).toEqual([200, 'no-store']);
    expect(Date.parse(body.since)).toBeLessThan(Date.now());
    const p95Seconds = expect.any(Number) as number;
    const figures = { calls: 1, errors: 0, refusals: 0, p95Seconds };
    expect(body.extensions).toEqual([
      {
        name: '@acme/listed',
        operations: [{ code: 'count-all', system: declaration.system, ...figures, errors: 1 }],
        hooks: [
          {
            name: 'first',
            place: 2,
            types: ['Basic'],
            before: ['@acme/other'],
            timeoutMilliseconds: 100,
            points: [
              { point: 'beforeWrite', ...figures, calls: 2, refusals: 1 },
              { point: 'afterWrite', ...figures },
            ],
          },
        ],
        policies: [],
        searchParameters: [],
        parts: ['AUDIT_SINK'],
        settings: [{ name: 'LISTED_KEY', meaning: 'A key.' }],
        migrations: [],
        health: [],
        commands: [],
      },
    ]);
    expect(text).not.toContain('key-of-the-registry');
  });
});
