// The console as a client of another authorization server (docs/adr/0112)
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestIssuer } from '../support/issuer.js';
import { type LoginServer, startLoginServer } from '../support/smart-login.js';

let first: TestIssuer;
let chosen: TestIssuer;
let server: LoginServer;

beforeAll(async () => {
  [first, chosen] = await Promise.all([TestIssuer.start('x'), TestIssuer.start('x')]);
  chosen.metadata = {
    token_endpoint: "https://token.example/x;script-src 'unsafe-inline'",
    revocation_endpoint: 'ws://socket.example/revoke',
  };
  server = await startLoginServer({
    EMBEDDED_ISSUER: 'off',
    LOGIN: 'off',
    TRUSTED_ISSUERS: JSON.stringify([
      { issuer: first.url, advertise: true },
      { issuer: chosen.url, audience: ['api://ward'] },
    ]),
    CONSOLE_CLIENT_ID: 'ward-console',
    CONSOLE_ISSUER: chosen.url,
    CONSOLE_SCOPES: 'openid user/*.rs',
  });
});
afterAll(async () => {
  await server?.close();
  await Promise.all([first?.close(), chosen?.close()]);
});

const read = (path: string): Promise<Response> => fetch(server.url + path, { headers: { accept: 'text/html' } });
const policy = async (): Promise<string> => (await read('/console/')).headers.get('content-security-policy') ?? '';

describe('the console with a login elsewhere', () => {
  it('tells where people log in, and as which client', async () => {
    const config = await (await read('/console/config.json')).json();
    expect(config).toMatchObject({
      issuer: chosen.url,
      clientId: 'ward-console',
      scopes: 'openid user/*.rs',
      audience: 'api://ward',
    });
  });

  it('may ask the origins of that login, by http and https alone', async () => {
    expect(await policy()).toContain(`connect-src 'self' ${chosen.url} https://token.example;`);
  });

  it('takes no text of the metadata into the policy of the page', async () => {
    expect(await policy()).not.toContain('unsafe');
    expect((await policy()).match(/script-src/g)).toHaveLength(1);
  });
});
