// A second Lanyard as the terminology server of another, with SMART Backend Services between them, and what the doctor says of it
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK } from 'jose';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { AppConfig } from '../../src/config/app-config.js';
import { examineTerminologyServer } from '../../src/doctor/checks/terminology-servers.js';
import { inWords } from '../../src/doctor/doctor-result.js';
import { de } from '../../src/doctor/words/de.js';
import { makeClientKey } from '../support/client-key.js';
import { type OauthServer, registerClient, startOauthServer } from '../support/oauth-server.js';
import { startServer, type TestServer } from '../support/server.js';

const system = 'http://far.example/CodeSystem/colours';
let folder: string;
let far: OauthServer;
let near: TestServer;
let client: object;
const servers: Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-terminology-'));
  far = await startOauthServer();
  const body = {
    resourceType: 'CodeSystem',
    id: 'colours',
    url: system,
    status: 'active',
    content: 'complete',
    concept: [{ code: 'red', display: 'Red' }],
  };
  await far.call('PUT', 'CodeSystem/colours', { token: far.token('user/*.cruds'), body });
  client = await clientWith('right');
  near = await startServer({ TERMINOLOGY_SERVERS: JSON.stringify([entry({ client })]) });
});
afterAll(async () => {
  await near.close();
  await far.close();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  for (const one of servers.splice(0)) one.close();
});

/** A registered client, whose key the other server knows; `other`: it knows another one. */
async function clientWith(name: string, { other = false } = {}): Promise<object> {
  const [key, registered] = [await makeClientKey('ES384', name), await makeClientKey('ES384', name)];
  const { client: made } = await registerClient(far, {
    kind: 'confidential-asymmetric',
    grantTypes: ['client_credentials'],
    redirectUris: [],
    scopes: ['system/*.rs'],
    jwks: { keys: [(other ? registered : key).jwk] },
  });
  const privateKeyFile = join(folder, `${name}.json`);
  await writeFile(privateKeyFile, JSON.stringify({ ...(await exportJWK(key.privateKey)), kid: name }));
  return { tokenUrl: `${far.oauth}/token`, clientId: made.id, scope: 'system/*.rs', privateKeyFile };
}

const entry = (more: object) => ({ url: far.fhir, canonicals: ['http://far.example/'], ...more });

async function listening(answer: string, status = 200): Promise<string> {
  const made = createServer((_, response) => void response.writeHead(status).end(answer));
  servers.push(made);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(made.address() as AddressInfo).port}`;
}

/** Findings of the doctor by their checks. */
async function findings(more: object): Promise<Readonly<Record<string, string>>> {
  const { terminology, clockSkew } = new AppConfig({ TERMINOLOGY_SERVERS: JSON.stringify([entry(more)]) });
  const results = await examineTerminologyServer(terminology.servers[0]!, clockSkew);
  for (const one of results) expect(inWords(one, de).title).toMatch(/^Terminologieserver http/);
  return Object.fromEntries(results.map(({ check, status, key }) => [check, `${status} ${key}`]));
}

describe('SMART Backend Services at a terminology server', () => {
  it('gets it answers by private_key_jwt', async () => {
    const token = near.token('user/*.rs');
    const told = await near.call('GET', `CodeSystem/$lookup?system=${system}&code=red`, { token });
    expect([told.status, told.text.includes('Red')]).toEqual([200, true]);
  });
});

describe('the doctor', () => {
  it('finds nothing wrong with one that works', async () => {
    expect(await findings({ client })).toEqual({
      reachable: 'ok terminology.reachable',
      authentication: 'ok terminology.answers',
      metadata: 'ok terminology.capabilities',
      clock: 'ok clock',
    });
  });

  it('says that there is no token for the key of the settings', async () => {
    const other = await clientWith('other', { other: true });
    expect(await findings({ client: other })).toEqual({ authentication: 'failed terminology.no-token' });
  });

  it('says that the credentials do not count', async () => {
    expect(await findings({ token: 'nonsense' })).toMatchObject({ authentication: 'failed terminology.refused' });
  });

  it('says that nothing answers, or something else', async () => {
    expect(await findings({ url: 'http://127.0.0.1:9' })).toEqual({ reachable: 'failed terminology.unreachable' });
    const page = await listening('<html>Welcome</html>');
    expect(await findings({ url: page })).toMatchObject({
      authentication: 'failed terminology.no-answer',
      metadata: 'failed terminology.no-metadata',
    });
    const statement = await listening('{"resourceType":"CapabilityStatement","fhirVersion":"5.0.0"}');
    expect(await findings({ url: statement })).toMatchObject({ metadata: 'warning terminology.other-version' });
  });
});
