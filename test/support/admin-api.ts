import type { Answer, TestServer } from './server.js';
import { adminPassword } from './server.js';

/** Calls below the path of the issuer, in JSON. */
export interface AdminApi {
  readonly token: string;
  call(method: string, path: string, body?: object, token?: string): Promise<Answer>;
}

/** The access token of a user's own login, all of the grants or a part. */
export async function logIn(server: TestServer, user: string, password: string, scope?: string): Promise<string> {
  const answer = await server.call('POST', 'login', {
    body: { user, password, ...(scope !== undefined && { scope }) },
    headers: { 'content-type': 'application/json' },
  });
  if (answer.status !== 200) throw new Error(`Login of ${user}: ${answer.text}`);
  return (answer.body as { readonly access_token: string }).access_token;
}

export async function adminApi(server: TestServer): Promise<AdminApi> {
  const own = await logIn(server, 'admin', adminPassword);
  return {
    token: own,
    call: (method, path, body, token = own) =>
      server.call(method, `/oauth2/${path}`, {
        ...(token !== '' && { token }),
        ...(body && { body, headers: { 'content-type': 'application/json' } }),
      }),
  };
}
