import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shareOf } from '../support/full.js';
import { faultsOf as faultsAt, hostileValues, spoilt, startWithApp } from '../support/hostile-requests.js';
import type { LoginServer } from '../support/smart-login.js';

// Whatever an app sends a browser with: no defect of the server, no stack, nothing of the request as HTML or as a header, no way to another site.

let login: LoginServer;
let client: string;

beforeAll(async () => {
  ({ login, client } = await startWithApp());
});
afterAll(() => login.close());

const faultsOf = (what: string, answer: Response) => faultsAt(login, what, answer);

const send = (address: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${login.issuer}${address}`, { redirect: 'manual', ...init });

const sendForm = (address: string, body: string): Promise<Response> =>
  send(address, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

const goodAuthorization = (): Readonly<Record<string, string>> => ({
  response_type: 'code',
  client_id: client,
  redirect_uri: login.appUrl,
  scope: 'launch/patient patient/*.rs',
  state: 's',
  aud: login.fhirBase,
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
});

describe('the authorization endpoint', () => {
  const names = [
    'response_type',
    'client_id',
    'redirect_uri',
    'scope',
    'state',
    'aud',
    'code_challenge',
    'code_challenge_method',
    'resource',
    'launch',
    'prompt',
    'login_hint',
    'max_age',
    'nonce',
    'display',
    'ui_locales',
    'id_token_hint',
    'acr_values',
    'claims',
    'request',
    'request_uri',
    'registration',
    'response_mode',
    'authorization_details',
    'iss',
    '__proto__',
    'toString',
    'next',
    'return_to',
    'dpop_jkt',
  ];

  it.each(names.map((name, row) => [name, row] as const))('bears anything as %s, once and twice', async (name, row) => {
    const faults: string[] = [];
    for (const value of shareOf(hostileValues, 3, row)) {
      for (const query of spoilt(goodAuthorization(), name, value)) {
        faults.push(...(await faultsOf(`GET ${name}=${value}`, await send(`/authorize?${query}`))));
        const posted = await sendForm('/authorize', query);
        faults.push(...(await faultsOf(`POST ${name}=${value}`, posted)));
      }
    }
    expect(faults).toEqual([]);
  });
});
