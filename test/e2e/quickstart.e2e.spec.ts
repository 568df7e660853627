import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeJwt } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OauthClientStore } from '../../src/oauth2/clients/oauth-client-store.js';
import { RegistrationTokens } from '../../src/oauth2/clients/registration/registration-tokens.js';
import { lanyard, type Variables } from '../support/command-line.js';
import { type OauthServer, startOauthServer } from '../support/oauth-server.js';

/** `lanyard quickstart`, as a process of its own, with our own authorization server and with a foreign one. */
let folder: string;
let own: OauthServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lanyard-quickstart-'));
  own = await startOauthServer();
});
afterAll(async () => {
  await own?.close();
  await rm(folder, { recursive: true, force: true });
});

const settingsOf = (server: OauthServer): Variables => ({ DATABASE_URL: server.database.url, PUBLIC_URL: server.url });
const count = async (server: OauthServer) => (await server.app.get(OauthClientStore).list('', 100)).length;

describe('with the authorization server of the FHIR server itself', () => {
  it('proves it with a real token, makes nothing twice, and repairs what is gone', async () => {
    const state = join(folder, 'own.json');
    const first = await lanyard(settingsOf(own), ['quickstart', '--state', state]);
    expect(first.exitCode, first.output + first.remarks).toBe(0);
    expect(first.output).toContain('GET Patient answers with a Bundle');
    expect(first.output).toContain('done  registered a sample backend service');
    expect((await stat(state)).mode & 0o777).toBe(0o600);
    const made = await readFile(state, 'utf8');
    expect(await count(own)).toBe(2);

    const second = await lanyard(settingsOf(own), ['quickstart', '--state', state]);
    expect(second.exitCode, second.remarks).toBe(0);
    expect(second.output).not.toContain('done');
    expect(await count(own)).toBe(2);
    expect(await readFile(state, 'utf8')).toBe(made);

    const { clients } = JSON.parse(made) as { clients: Record<string, { clientId: string }> };
    await own.app.get(OauthClientStore).remove(clients['sample-service']!.clientId);
    const third = await lanyard(settingsOf(own), ['quickstart', '--state', state]);
    expect(third.exitCode, third.remarks).toBe(0);
    expect(third.output.match(/done/g)).toHaveLength(1);
    expect(await count(own)).toBe(2);
  });

  it('explains the first thing that fails', async () => {
    const state = ['--state', join(folder, 'none.json')];
    const fails = (...args: string[]) => lanyard(settingsOf(own), ['quickstart', ...args, ...state]);
    const { remarks: notFhir, exitCode } = await fails('--base', own.url);
    expect([exitCode, notFhir]).toEqual([1, expect.stringContaining('is no CapabilityStatement')]);
    const { remarks: otherIssuer } = await fails('--issuer', `${own.oauth}/`);
    expect(otherIssuer).toContain('letter by letter');
    const { remarks: silent } = await fails('--base', 'http://127.0.0.1:9/fhir');
    expect(silent).toContain('http://127.0.0.1:9/fhir/metadata cannot be reached');
    const foreign = { ...settingsOf(own), PUBLIC_URL: 'http://127.0.0.1:9' };
    const { remarks: refused } = await lanyard(foreign, ['quickstart', '--base', own.fhir, ...state]);
    expect(refused).toContain('--registration-token-file');
    await expect(stat(join(folder, 'none.json'))).rejects.toThrow('ENOENT');
  });
});

describe('with a foreign authorization server', () => {
  it('tells the setting that is missing, and proves it once it is there', async () => {
    // Another installation plays the foreign server: the FHIR server knows nothing of it but its address.
    const trusting = async (issuers: string) =>
      startOauthServer({
        EMBEDDED_ISSUER: 'off',
        LOGIN: 'off',
        INTERACTION_AUTOPILOT: 'off',
        TRUSTED_ISSUERS: issuers,
      });
    const tokenFile = join(folder, 'token');
    const { token } = await own.app.get(RegistrationTokens).create({
      uses: 10,
      scopes: ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs', 'system/*.rs'],
    });
    await writeFile(tokenFile, token);
    const quickstart = (base: string, state: string) =>
      lanyard({}, [
        'quickstart',
        '--base',
        base,
        '--issuer',
        own.oauth,
        '--registration-token-file',
        tokenFile,
        '--state',
        join(folder, state),
      ]);

    const strict = await trusting('[]');
    let setting: string | undefined;
    try {
      const { exitCode, output, remarks } = await quickstart(strict.fhir, 'foreign.json');
      expect(exitCode, output + remarks).toBe(1);
      expect(output).toContain('done  registered the resource server itself');
      expect(remarks).toContain('GET Patient was refused: 401');
      setting = /TRUSTED_ISSUERS='(.*)'/.exec(remarks)?.[1];
    } finally {
      await strict.close();
    }
    // Its tokens name the FHIR server itself, so there is nothing to say of audiences.
    expect(JSON.parse(setting ?? '')).toEqual([{ issuer: own.oauth }]);

    const trusted = await trusting(setting ?? '');
    try {
      const { exitCode, output, remarks } = await quickstart(trusted.fhir, 'foreign-2.json');
      expect(exitCode, output + remarks).toBe(0);
      expect(output).toContain('GET Patient answers with a Bundle');
      expect(output).toContain(`TRUSTED_ISSUERS='${setting}'`);
      expect(output).toContain('ok    its audience is the FHIR base');
      const command = /lanyard (token get .*)/.exec(output)![1]!.split(' ');
      const again = await lanyard({}, command);
      expect(decodeJwt(again.output.trim()).aud, again.remarks).toBe(trusted.fhir);
    } finally {
      await trusted.close();
    }
  });
});
