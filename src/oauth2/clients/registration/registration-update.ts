import type { Claims } from '../../../auth/token/strict-json.js';
import type { ClientMetadata } from '../client-metadata.js';
import { matchesSecret } from '../client-secret.js';
import type { OauthClient } from '../oauth-client.js';
import { readRegistration } from './registration-metadata.js';
import { RegistrationRefused } from './registration-refused.js';

const never = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
];

/** RFC 7592 2.2: the whole metadata with the id, and with the secret only if it is the right one. */
export function readOwnUpdate(body: Claims, client: OauthClient): ClientMetadata {
  if (body['client_id'] !== client.id)
    throw RegistrationRefused.metadata('client_id', 'has to be there and be the id of this client');
  const sent = never.find((name) => name in body);
  if (sent !== undefined) throw RegistrationRefused.metadata(sent, 'is set by the server; leave it out of an update');
  const secret = body['client_secret'];
  if (secret !== undefined && (typeof secret !== 'string' || !matchesSecret(secret, client.secretHash)))
    throw RegistrationRefused.metadata('client_secret', 'is not the one of this client; leave it out');
  return readRegistration(body, client);
}
