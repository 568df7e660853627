import type { OauthClient } from '../oauth2/clients/oauth-client.js';
import type { OauthClientStore } from '../oauth2/clients/oauth-client-store.js';

const page = 1000;

/** All clients, however many registered themselves. */
export async function everyClient(store: OauthClientStore): Promise<readonly OauthClient[]> {
  const clients: OauthClient[] = [];
  let found: readonly OauthClient[];
  do {
    found = await store.list(clients.at(-1)?.id, page);
    clients.push(...found);
  } while (found.length === page);
  return clients;
}
