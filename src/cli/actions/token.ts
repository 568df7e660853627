import { CommandFailed, wrongUsage } from '../command-failed.js';
import { readSettings } from '../open-server.js';
import { readSecret } from '../read-text.js';
import { discoverByBase, textIn } from '../smart/discover.js';
import { wordsOf } from '../smart/fetch-json.js';
import { type ClientProof, requestToken } from '../smart/request-token.js';
import { readSigningKey } from '../smart/signing-key.js';
import { print, printJson, remark } from '../terminal.js';

export interface GetOptions {
  readonly client: string;
  readonly scope: string;
  readonly base?: string;
  readonly tokenEndpoint?: string;
  readonly resource?: string;
  readonly key?: string;
  readonly kid?: string;
  readonly secretFile?: string;
  readonly json?: true;
}

export async function get(options: GetOptions): Promise<void> {
  const proof = await proofOf(options);
  const tokenEndpoint = options.tokenEndpoint ?? (await discoverTokenEndpoint(options.base ?? readSettings().fhirBase));
  const { client: clientId, scope: asked, resource } = options;
  const answer = await requestToken({
    tokenEndpoint,
    clientId,
    scope: asked,
    proof,
    ...(resource !== undefined && { resource }),
  });
  const { access_token: accessToken, scope } = answer.body;
  if (answer.status !== 200 || typeof accessToken !== 'string')
    throw new CommandFailed([`${tokenEndpoint} gave no token: ${wordsOf(answer)}`]);
  if (options.json) return printJson(answer.body);
  if (typeof scope === 'string' && scope !== asked) remark(`Granted: ${scope}`);
  print(accessToken);
}

async function proofOf({ key, kid, secretFile }: GetOptions): Promise<ClientProof> {
  if ((key === undefined) === (secretFile === undefined))
    throw wrongUsage('Say how the client proves who it is: --key <file>, or --secret-file <file>.');
  if (key !== undefined) return { key: await readSigningKey(key, kid) };
  return { secret: await readSecret(secretFile ?? '') };
}

async function discoverTokenEndpoint(base: string): Promise<string> {
  if (!/^https?:\/\//.test(base)) throw wrongUsage('--base is a URL such as https://fhir.example/fhir/r4.');
  const { source, metadata } = await discoverByBase(base);
  const endpoint = textIn(metadata, 'token_endpoint');
  if (endpoint !== undefined) return endpoint;
  throw new CommandFailed([`${source} names no token_endpoint. Give it: --token-endpoint <url>.`]);
}
