// Plans of packages at one tenant, whatever another one holds (docs/adr/0068, docs/adr/0115)
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aProfile, packagesFolder, writePackage } from '../support/fhir-package.js';
import { startTenants, type TenantsServer } from '../support/tenants.js';

let server: TenantsServer;
let packages: string;
beforeAll(async () => {
  packages = await packagesFolder();
  await writePackage(packages, { name: 'guide.claimed', version: '1.0.0', resources: [aProfile] });
  server = await startTenants({ INTERACTION_AUTOPILOT: 'on', PACKAGES: packages });
});
afterAll(async () => {
  await server.close();
  await rm(packages, { recursive: true });
});

it('plans of packages judge resources of their own tenant', async () => {
  const claiming = {
    resourceType: 'Slot',
    id: 'claims',
    meta: { profile: [aProfile.url] },
    status: 'free',
    schedule: { display: 'of-south' },
    start: '2026-01-01T00:00:00Z',
    end: '2026-01-01T01:00:00Z',
  };
  const [north, south] = [await server.create('north'), await server.create('south')];
  const [ofNorth, ofSouth] = [await north.logIn(), await south.logIn()];
  expect((await south.call('PUT', 'Slot/claims', { token: ofSouth.access_token, body: claiming })).status).toBe(201);
  const plan = { body: { name: 'guide.claimed', version: '1.0.0' } };
  const path = '/admin/packages/plan?resources=sample';
  const there = await south.call('POST', path, { token: ofSouth.access_token, ...plan });
  expect(there.body.resources).toMatchObject({ checked: 1, becomeInvalid: 1 });
  const here = await north.call('POST', path, { token: ofNorth.access_token, ...plan });
  expect(here.body.resources).toMatchObject({ checked: 0, becomeInvalid: 0 });
});
