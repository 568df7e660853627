import type { AdminApi } from '../../server/admin-api.js';
import { consoleBase } from '../../server/console-config.js';
import { AnswerRefused } from '../../server/fhir-client.js';
import { changedRegistration, type Client, formOf } from '../clients/client.js';
import { appId, sampleApp, sampleService, serviceId } from './quickstart.js';

type Made = Client & { readonly secret?: string };

/** A sample as it is registered; undefined if it is not. */
export async function findSample(api: AdminApi, id: string): Promise<Client | undefined> {
  try {
    return await api.get<Client>(`clients/${id}`);
  } catch (error) {
    if (error instanceof AnswerRefused && error.answer.status === 404) return undefined;
    throw error;
  }
}

/** Registers the service with these public keys, or gives them to the one that is registered. */
export async function giveKeys(api: AdminApi, publicJwks: string): Promise<void> {
  const found = await findSample(api, serviceId);
  if (!found) {
    // This page gets its token, so its origin may.
    const origins = [consoleBase().origin];
    await api.send('POST', 'clients', { ...sampleService, origins, jwks: JSON.parse(publicJwks) as unknown });
    return;
  }
  const form = { ...formOf(found), keysBy: 'text' as const, jwks: publicJwks };
  await api.send('PUT', `clients/${serviceId}`, changedRegistration(found, form));
}

/** Registers the app, or makes a new secret for the one that is registered; answers with the secret. */
export async function giveSecret(api: AdminApi): Promise<string> {
  const isThere = (await findSample(api, appId)) !== undefined;
  const { secret = '' } = isThere
    ? await api.send<Made>('POST', `clients/${appId}/secret`)
    : await api.send<Made>('POST', 'clients', sampleApp);
  return secret;
}

/** Undoes what was registered. */
export async function removeSamples(api: AdminApi): Promise<void> {
  for (const id of [serviceId, appId]) if (await findSample(api, id)) await api.send('DELETE', `clients/${id}`);
}
