import { CommandFailed } from '../command-failed.js';
import { fetchJson, wordsOf, type JsonAnswer } from '../smart/fetch-json.js';
import { newSigningJwk } from '../smart/signing-key.js';
import type { CheckedServer } from './check-server.js';
import { progress, stepFailed } from './progress.js';
import { type QuickstartState, type SampleClient, writeState } from './state-file.js';

export type SampleName = 'resource-server' | 'sample-app' | 'sample-service';

/** The scopes that the proof needs, and no more. */
export const serviceScope = 'system/Patient.rs';

type Metadata = Readonly<Record<string, unknown>>;

interface Sample {
  readonly title: string;
  /** Members of RFC 7591; an authorization server ignores those that it does not know. */
  readonly metadata: Metadata;
  /** Members that are added where the FHIR server is not the authorization server's own. */
  readonly forServer?: (base: string) => Metadata;
  readonly signs: boolean;
  /** Part that is missing without it: the proof goes on. */
  readonly neededFor?: string;
}

const samples: Readonly<Record<SampleName, Sample>> = {
  'resource-server': {
    title: 'the resource server itself, which may ask about tokens',
    signs: false,
    neededFor: 'tokens that are not JWTs, or for asking whether one was revoked',
    metadata: {
      client_name: 'FHIR server',
      token_endpoint_auth_method: 'client_secret_basic',
      // It gets no tokens: it introspects those that it receives.
      grant_types: [],
      response_types: [],
    },
    forServer: (base) => ({ resources: [base] }),
  },
  'sample-app': {
    title: 'a sample confidential app',
    signs: false,
    metadata: {
      client_name: 'Sample app',
      redirect_uris: ['http://localhost:8765/callback'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      scope: 'openid fhirUser launch/patient offline_access patient/*.rs',
    },
  },
  'sample-service': {
    title: 'a sample backend service',
    signs: true,
    metadata: {
      client_name: 'Sample backend service',
      token_endpoint_auth_method: 'private_key_jwt',
      grant_types: ['client_credentials'],
      response_types: [],
      scope: serviceScope,
    },
    forServer: (base) => ({ audiences: [base] }),
  },
};

export interface Registrar {
  readonly server: CheckedServer;
  /** The authorization server has another FHIR base of its own. */
  readonly isForeign: boolean;
  readonly statePath: string;
  /** Gets an initial access token only when one is needed. */
  readonly initialToken: () => Promise<string | undefined>;
}

/** Registers what is not registered yet, writing each down at once: whatever happens next, nothing is made twice. */
export async function registerSamples(
  names: readonly SampleName[],
  state: QuickstartState,
  registrar: Registrar,
): Promise<QuickstartState> {
  let current = state;
  for (const name of names) {
    const known = current.clients[name];
    if (known !== undefined && (await isRegistered(known))) {
      progress.ok(`${samples[name].title} is registered: ${known.clientId}`);
      continue;
    }
    const client = await register(samples[name], registrar).catch((error: unknown) => excuse(samples[name], error));
    if (client === undefined) continue;
    current = { ...current, clients: { ...current.clients, [name]: client } };
    await writeState(registrar.statePath, current);
    progress.done(`registered ${samples[name].title}: ${client.clientId}`);
  }
  return current;
}

function excuse({ title, neededFor }: Sample, error: unknown): undefined {
  if (neededFor === undefined || !(error instanceof CommandFailed)) throw error;
  progress.note(`not registered: ${title}. It is needed only for ${neededFor}.`);
  for (const line of error.lines) progress.note(line.trim());
}

/** True if the client is still registered, or if that cannot be asked: the proof will show. */
async function isRegistered({ registrationUri, registrationToken }: SampleClient): Promise<boolean> {
  if (registrationUri === undefined || registrationToken === undefined) return true;
  const { status } = await fetchJson(registrationUri, { headers: { authorization: `Bearer ${registrationToken}` } });
  return status !== 401 && status !== 403 && status !== 404;
}

async function register({ metadata, forServer, signs }: Sample, registrar: Registrar): Promise<SampleClient> {
  const { registrationEndpoint, base } = registrar.server;
  if (registrationEndpoint === undefined)
    throw stepFailed(
      'The authorization server offers no dynamic registration (no registration_endpoint).',
      'Register a backend service there by hand, with the scope system/Patient.rs and its public key, and run again with',
      '--service-client <client_id> --service-key <private key file>.',
    );
  const keys = signs ? await newSigningJwk() : undefined;
  const token = await registrar.initialToken();
  const answer = await fetchJson(registrationEndpoint, {
    method: 'POST',
    headers: {
      accept: 'application/json',
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      ...metadata,
      ...(registrar.isForeign && forServer?.(base)),
      ...(keys && { jwks: { keys: [keys.open] } }),
    }),
  });
  return clientOf(answer, keys?.secret);
}

function clientOf(answer: JsonAnswer, privateJwk: object | undefined): SampleClient {
  const {
    client_id: id,
    client_secret: secret,
    registration_client_uri: uri,
    registration_access_token: token,
  } = answer.body;
  if ((answer.status !== 201 && answer.status !== 200) || typeof id !== 'string')
    throw stepFailed(
      `The registration was refused: ${wordsOf(answer)}`,
      answer.status === 401 || answer.status === 403
        ? 'Get an initial access token from the administrator of the authorization server: --registration-token-file <path>.'
        : 'The answer says what is wrong; register by hand and use --service-client and --service-key otherwise.',
    );
  return {
    clientId: id,
    ...(typeof secret === 'string' && { clientSecret: secret }),
    ...(privateJwk && { privateJwk: { ...privateJwk } }),
    ...(typeof uri === 'string' && typeof token === 'string' && { registrationUri: uri, registrationToken: token }),
  };
}
