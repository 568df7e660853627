import { readTokenText } from '../read-token.js';
import { readSettings } from '../open-server.js';
import { fetchText } from '../smart/fetch-json.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { print, printJson, remark } from '../terminal.js';
import { readText } from '../read-text.js';

export interface ExplainOptions {
  readonly request?: string;
  readonly body?: string;
  readonly server?: string;
  readonly json?: true;
}

/** Explains what a token permits, by the same function and in the same words as `$explain-access`. */
export async function explain(tokenOrDash: string, options: ExplainOptions): Promise<void> {
  const token = await readTokenText(tokenOrDash);
  const body = options.body === undefined ? undefined : await readText(options.body);
  if (body !== undefined && options.request === undefined) throw wrongUsage('--body belongs to a --request.');
  if (options.server !== undefined) return explainOnline(options.server, token, body, options);
  const config = readSettings();
  if (config.trustedIssuers.length === 0) {
    remark('No TRUSTED_ISSUERS in this environment: only tokens of this server itself are known.');
  }
  if (config.extensions.length > 0) {
    remark(`Extensions are not loaded here (${config.extensions.join(', ')}): --server asks a server that has them.`);
  }
  // Loads search parameters and operations, which the online way does not need.
  const { explainOffline } = await import('./token-explain-offline.js');
  const answer = explainOffline(config, { token, request: options.request, body });
  if (options.json) printJson(answer.parameters());
  else print(answer.text().trimEnd());
}

async function explainOnline(
  server: string,
  token: string,
  body: string | undefined,
  { request, json }: ExplainOptions,
): Promise<void> {
  if (!/^https?:\/\//.test(server))
    throw wrongUsage('--server is the FHIR base, such as https://fhir.example/fhir/r4.');
  const form = new URLSearchParams({
    token,
    ...(request !== undefined && { request }),
    ...(body !== undefined && { body }),
  });
  const url = `${server.replace(/\/+$/, '')}/$explain-access`;
  const accept = json ? 'application/fhir+json' : 'text/plain, application/fhir+json;q=0.5';
  const answer = await fetchText(url, { method: 'POST', body: form, headers: { accept } });
  if (answer.status !== 200) throw new CommandFailed([`${url} did not explain it: ${answer.words}`]);
  if (json) printJson(JSON.parse(answer.text));
  else print(answer.text.trimEnd());
}
