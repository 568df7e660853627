// docs/extensions/hooks.md: the examples work as they stand
import { readFileSync } from 'node:fs';
import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Principal } from '../../src/auth/principal.js';
import type {
  AfterRead,
  AfterWrite,
  BeforeSearch,
  BeforeWrite,
  Claims,
  Hook,
  OnOperation,
} from '../../src/fhir/extensions/hook.js';
import { FhirModule } from '../../src/fhir/fhir.module.js';
import { FhirError } from '../../src/r4/errors/fhir-error.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import { expectOutcome } from '../support/outcome.js';
import { aPatient } from '../support/resources.js';
import { startServer, type TestServer } from '../support/server.js';

class TryLater extends FhirError {
  readonly status = 429;
}

class FamilyMissing extends FhirError {
  readonly status = 422;
}

@Injectable()
export class NeedsFamily implements Hook {
  readonly name = 'needs-family';
  readonly types = ['Patient'];

  beforeWrite({ resource }: BeforeWrite): undefined {
    const names = (resource['name'] ?? []) as readonly { readonly family?: string }[];
    if (names.some(({ family }) => family)) return;
    throw new FamilyMissing({ code: 'required', diagnostics: 'Send a family name.', expression: ['Patient.name'] });
  }
}

@Injectable()
export class FlagsDeaths implements Hook {
  readonly name = 'flags-deaths';
  readonly types = ['Patient'];

  async afterWrite({ before, after, id, records }: AfterWrite): Promise<void> {
    if (!after?.['deceasedDateTime'] || before?.['deceasedDateTime']) return;
    const subject = { reference: `Patient/${id}` };
    await records.create({ resourceType: 'Flag', status: 'active', code: { text: 'deceased' }, subject });
  }
}

@Injectable()
export class OnlyActive implements Hook {
  readonly name = 'only-active';
  readonly types = ['Patient'];

  beforeSearch({ context }: BeforeSearch): string | undefined {
    return context.principal.kind === 'user' ? 'Patient?active=true' : undefined;
  }
}

@Injectable()
export class NoContactsOfStaff implements Hook {
  readonly name = 'no-contacts-of-staff';
  readonly types = ['Patient'];

  afterRead({ resource, principal }: AfterRead): readonly string[] | undefined {
    const tags = (resource['meta'] as { readonly tag?: readonly { code?: string }[] } | undefined)?.tag ?? [];
    if (principal.claims['department'] === 'staff-care') return undefined;
    return tags.some(({ code }) => code === 'staff') ? ['Patient.telecom', 'Patient.address'] : undefined;
  }
}

@Injectable()
export class Departments implements Hook {
  readonly name = 'departments';

  async authenticate({ subject }: Principal): Promise<Claims | undefined> {
    return subject === 'jane' ? { department: 'staff-care' } : undefined;
  }
}

@Injectable()
export class NoReindexByDay implements Hook {
  readonly name = 'no-reindex-by-day';

  async onOperation({ code }: OnOperation, next: () => Promise<object>): Promise<object> {
    const hour = new Date().getUTCHours();
    if (code === 'reindex' && hour > 6 && hour < 18)
      throw new TryLater({ code: 'throttled', diagnostics: 'At night.' });
    return next();
  }
}

@Injectable()
export class Imprint implements Hook {
  readonly name = 'imprint';

  onCapability(): JsonObject {
    return { publisher: 'Acme', rest: [{ mode: 'server', documentation: 'Cardiology of Acme.' }] };
  }
}

const text = (file: string): string => readFileSync(new URL(file, import.meta.url), 'utf8');

let server: TestServer;
beforeAll(async () => {
  const hooks = [NeedsFamily, FlagsDeaths, OnlyActive, NoContactsOfStaff, Departments, NoReindexByDay, Imprint];
  server = await startServer({ LOG_LEVEL: 'silent' }, [FhirModule.forFeature({ name: '@acme/cardio', hooks })]);
});
afterAll(() => server.close());

const as = (sub: string) => server.token('user/*.cruds', { sub });
const put = (id: string, changes: JsonObject) =>
  server.call('PUT', `Patient/${id}`, {
    token: as('jane'),
    body: aPatient({ id, name: [{ family: 'Aal' }], ...changes }),
  });
const get = async (path: string, sub = 'jane') => (await server.call('GET', path, { token: as(sub) })).body;

it('are those of the page, each of 20 lines at most', () => {
  const examples = [...text('../../docs/extensions/hooks.md').matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, code]) => code!,
  );
  expect(examples).toHaveLength(7);
  const own = text('./hooks-guide.e2e.spec.ts');
  expect(examples.filter((code) => !own.includes(code))).toEqual([]);
  expect(examples.filter((code) => code.split('\n').length > 21)).toEqual([]);
});

it('refuses Patients without a family name', async () => {
  const answer = await server.call('POST', 'Patient', { token: as('jane'), body: { resourceType: 'Patient' } });
  expectOutcome(answer, 422, /Send a family name/);
});

it('flags a death in the same transaction, once', async () => {
  await put('p1', { active: true });
  for (const gender of ['male', 'female']) await put('p1', { active: true, gender, deceasedDateTime: '2024-01-01' });
  expect((await get('Flag?subject=Patient/p1')).entry).toHaveLength(1);
});

it('finds only the active', async () => {
  await put('p2', { active: true });
  await put('p3', { active: false });
  const { entry } = await get('Patient?_id=p2,p3');
  expect(entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual(['p2']);
});

it('shows contacts of staff to their department alone, by a claim that is added', async () => {
  const meta = { tag: [{ system: 'http://acme.example/tags', code: 'staff' }] };
  await put('p4', { meta, telecom: [{ system: 'phone', value: '1' }] });
  expect((await get('Patient/p4')).telecom).toHaveLength(1);
  expect(await get('Patient/p4', 'john')).not.toHaveProperty('telecom');
});

it('lets other operations pass, and is in /metadata', async () => {
  expect((await get('$my-access')).resourceType).toBe('Parameters');
  const statement = await get('metadata');
  expect([statement.publisher, statement.rest[0].documentation]).toEqual(['Acme', 'Cardiology of Acme.']);
});
