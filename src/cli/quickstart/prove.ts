import { decodeJwt, decodeProtectedHeader } from 'jose';
import { usualAlgorithms } from '../../config/foreign/trusted-issuer.js';
import { fetchJson, wordsOf } from '../smart/fetch-json.js';
import { requestToken } from '../smart/request-token.js';
import type { SigningKey } from '../smart/signing-key.js';
import type { CheckedServer } from './check-server.js';
import { progress, stepFailed } from './progress.js';
import { serviceScope } from './sample-clients.js';
import type { SampleClient } from './state-file.js';

/** Content of a real token of the backend service, as far as it can be read. */
export interface ProvenToken {
  readonly audience: readonly string[];
  readonly algorithm: string | undefined;
  readonly isJwt: boolean;
  /** The authorization server has to be told which server the token is for. */
  readonly namesResource: boolean;
}

/** The backend service that proves it, and what was registered for the FHIR server itself. */
export interface ProvingClient {
  readonly clientId: string;
  readonly key: SigningKey;
  readonly resourceServer?: SampleClient;
  /** The authorization server has another FHIR base of its own. */
  readonly isForeign: boolean;
}

/** Gets a real token and reads `GET Patient` with it; explains the first thing that fails. */
export async function prove(server: CheckedServer, client: ProvingClient): Promise<ProvenToken> {
  const { tokenEndpoint } = server;
  const { answer, namesResource } = await askForToken(server, client);
  const { access_token: token, scope } = answer.body;
  if (answer.status !== 200 || typeof token !== 'string')
    throw stepFailed(
      `${tokenEndpoint} gave no token: ${wordsOf(answer)}`,
      'invalid_client: the key or the client is unknown there. invalid_scope: the scope is not registered for the client.',
    );
  progress.ok(`got a token${typeof scope === 'string' ? ` for ${scope}` : ''}`);
  const said = { ...readToken(token), namesResource };
  checkClaims(said, server);
  await readPatients(server, token, settingFor(server, said, client.resourceServer));
  return said;
}

/** Names the FHIR base as `resource` (RFC 8707). Some servers do not know this parameter, and give tokens with an audience of their own. */
async function askForToken({ tokenEndpoint, base }: CheckedServer, { clientId, key, isForeign }: ProvingClient) {
  const request = { tokenEndpoint, clientId, scope: serviceScope, proof: { key } };
  if (!isForeign) return { answer: await requestToken(request), namesResource: false };
  const answer = await requestToken({ ...request, resource: base });
  if (answer.status === 200) return { answer, namesResource: true };
  progress.note(`no token for resource ${base}: ${wordsOf(answer)}`);
  return { answer: await requestToken(request), namesResource: false };
}

interface SaidToken extends ProvenToken {
  readonly issuer?: string | undefined;
}

function readToken(token: string): Omit<SaidToken, 'namesResource'> {
  try {
    const { aud, iss } = decodeJwt(token);
    return { isJwt: true, audience: [aud ?? []].flat(), issuer: iss, algorithm: decodeProtectedHeader(token).alg };
  } catch {
    return { isJwt: false, audience: [], algorithm: undefined };
  }
}

function checkClaims({ isJwt, issuer, audience, algorithm }: SaidToken, server: CheckedServer): void {
  if (!isJwt)
    return progress.note(
      'the token is opaque: the FHIR server has to ask the authorization server about it (introspection)',
    );
  if (issuer !== server.issuer)
    throw stepFailed(
      `The token says iss "${issuer}", its metadata "${server.issuer}".`,
      'TRUSTED_ISSUERS needs the one that tokens say.',
    );
  progress.ok(`the token is a JWT, signed with ${algorithm}`);
  if (audience.includes(server.base)) return progress.ok(`its audience is the FHIR base`);
  progress.note(`its audience is ${JSON.stringify(audience)}, not the FHIR base: the setting below names it`);
}

async function readPatients(server: CheckedServer, token: string, setting: string): Promise<void> {
  const headers = { accept: 'application/fhir+json', authorization: `Bearer ${token}` };
  const answer = await fetchJson(`${server.base}/Patient?_count=1`, { headers });
  if (answer.status === 200 && answer.body['resourceType'] === 'Bundle')
    return progress.ok('GET Patient answers with a Bundle');
  throw stepFailed(
    `GET Patient was refused: ${wordsOf(answer)}`,
    ...(answer.status === 401
      ? ['The FHIR server has to trust the issuer. Start it with this setting, then run again:', setting]
      : []),
  );
}

const usual: readonly string[] = usualAlgorithms;

/** The entry of `TRUSTED_ISSUERS` that makes such tokens count; the secret goes into a file of its own. */
export function settingFor(
  { issuer, base }: CheckedServer,
  { audience, algorithm, isJwt }: ProvenToken,
  resourceServer?: SampleClient,
): string {
  const entry = {
    issuer,
    ...(audience.length > 0 && !audience.includes(base) && { audience }),
    ...(algorithm !== undefined && !usual.includes(algorithm) && { algorithms: [algorithm] }),
    ...(!isJwt && {
      introspection: {
        clientId: resourceServer?.clientId ?? '<client_id>',
        clientSecretFile: '<file with its secret>',
      },
    }),
  };
  return `TRUSTED_ISSUERS='${JSON.stringify([entry])}'`;
}
