import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authorize,
  basic,
  callback,
  createUser,
  exchange,
  type OauthServer,
  post,
  registerClient,
  startOauthServer,
  store,
} from '../support/oauth-server.js';

/** RFC 6749 section 6: a public client names itself by its refresh token; the SMART JavaScript client relies on it. */
describe('a refresh without client_id', () => {
  let server: OauthServer;

  beforeAll(async () => {
    server = await startOauthServer();
    await store(server, { resourceType: 'Patient', id: 'p1' });
    await createUser(server, { name: 'doctor' });
  });
  afterAll(() => server?.close());

  const scope = 'launch/patient offline_access patient/Patient.rs';
  const refreshBare = (token: string) =>
    post(`${server.oauth}/token`, { grant_type: 'refresh_token', refresh_token: token });

  it('is answered for a public client', async () => {
    const { client } = await registerClient(server);
    const tokens = await exchange(server, client.id, await authorize(server, client.id, { scope }));
    const answer = await refreshBare(tokens.body.refresh_token);
    expect(answer.status).toBe(200);
    expect(answer.body.scope).toBe(tokens.body.scope);
  });

  it('is refused for a confidential client, whose secret is missing', async () => {
    const { client, secret = '' } = await registerClient(server, { kind: 'confidential-symmetric' });
    const { answer, verifier } = await authorize(server, client.id, { scope });
    const form = {
      grant_type: 'authorization_code',
      code: answer.get('code')!,
      redirect_uri: callback,
      code_verifier: verifier,
    };
    const tokens = await post(`${server.oauth}/token`, form, basic(client.id, secret));
    expect(tokens.status).toBe(200);
    const refused = await refreshBare(tokens.body.refresh_token);
    expect([400, 401]).toContain(refused.status);
    expect(refused.body).not.toHaveProperty('access_token');
  });

  it('is refused for a token that nobody gave', async () => {
    const refused = await refreshBare('nobody-gave-this');
    expect([400, 401]).toContain(refused.status);
    expect(refused.body).not.toHaveProperty('access_token');
  });
});
