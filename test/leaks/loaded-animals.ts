import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { lanyard } from '../support/command-line.js';
import { type TenantsServer, type TestTenant, until } from '../support/tenants.js';

/** A code system that each tenant has loaded, with other concepts, and a value set of it. */
const animals = { system: 'http://loaded.example/animals', valueSet: 'http://loaded.example/ValueSet/animals' };
export const ofAnimals: readonly string[] = [
  `CodeSystem/$lookup?system=${animals.system}&code=dog`,
  `CodeSystem/$validate-code?url=${animals.system}&code=dog`,
  `CodeSystem/$lookup?system=${animals.system}&code=only-of-b`,
  `CodeSystem/$subsumes?system=${animals.system}&codeA=animal&codeB=dog`,
  `ValueSet/$expand?url=${animals.valueSet}`,
  `ValueSet/$validate-code?url=${animals.valueSet}&system=${animals.system}&code=dog`,
  `Observation?code:in=${animals.valueSet}&_summary=count`,
  `Observation?code:below=${animals.system}%7Canimal&_summary=count`,
];

interface Loading {
  readonly server: TenantsServer;
  readonly folder: string;
  readonly token: string;
  /** Display of one concept, and part of the code of another one. */
  readonly mark: string;
}

const valueSet = {
  resourceType: 'ValueSet',
  id: 'animals',
  url: animals.valueSet,
  status: 'active',
  compose: { include: [{ system: animals.system }] },
};
const observation = {
  resourceType: 'Observation',
  id: 'of-dog',
  status: 'final',
  code: { coding: [{ system: animals.system, code: 'dog' }] },
};

/** Into the tables of concepts, by the command, which is the one way; with a value set of them, and an Observation. */
export async function loadAnimals(tenant: TestTenant, { server, folder, token, mark }: Loading): Promise<void> {
  for (const body of [valueSet, observation])
    expect((await tenant.call('PUT', `${body.resourceType}/${body.id}`, { token, body })).status).toBe(201);
  const file = join(folder, `${mark}.ndjson`);
  const head = {
    resourceType: 'CodeSystem',
    url: animals.system,
    version: '1',
    name: 'Animals',
    status: 'active',
    content: 'complete',
  };
  const dog = { code: 'dog', display: mark, property: [{ code: 'parent', valueCode: 'animal' }] };
  const lines = [head, { code: 'animal', display: 'Animal' }, dog, { ...dog, code: `only-${mark}` }];
  await writeFile(file, lines.map((one) => JSON.stringify(one)).join('\n'));
  const settings = { DATABASE_URL: server.database.url, PUBLIC_URL: server.url, TENANTS: 'path', LOGIN: 'on' };
  const loaded = await lanyard(settings, ['--tenant', tenant.name, 'terminology', 'load', file]);
  expect(loaded.exitCode, loaded.remarks).toBe(0);
  await until(async () => (await tenant.call('GET', ofAnimals[0]!, { token })).text.includes(mark));
}
