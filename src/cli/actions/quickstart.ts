import { wrongUsage } from '../command-failed.js';
import { readSettings } from '../open-server.js';
import { type CheckedServer, checkServer } from '../quickstart/check-server.js';
import { progress } from '../quickstart/progress.js';
import { prove, type ProvenToken, type ProvingClient, settingFor } from '../quickstart/prove.js';
import { registerSamples, type SampleName, serviceScope } from '../quickstart/sample-clients.js';
import { readState, writeState, type QuickstartState } from '../quickstart/state-file.js';
import { readSecret } from '../read-text.js';
import { readSigningKey, signingKeyOf } from '../smart/signing-key.js';
import { print } from '../terminal.js';

export interface QuickstartOptions {
  readonly base?: string;
  readonly issuer?: string;
  readonly state: string;
  readonly registrationTokenFile?: string;
  readonly serviceClient?: string;
  readonly serviceKey?: string;
}

export async function quickstart(options: QuickstartOptions): Promise<void> {
  const settings = readSettings();
  const base = (options.base ?? settings.fhirBase).replace(/\/+$/, '');
  requireUrls(base, options.issuer);
  const server = await checkServer(base, options.issuer);
  const isOurs = base === settings.fhirBase && server.issuer === settings.issuer && settings.embeddedIssuer;
  progress.title('The clients');
  const state = await readState(options.state, base, server.issuer);
  const service = await serviceOf(server, state, options, isOurs);
  progress.title('The proof');
  const proven = await prove(server, service);
  print('', 'It works.');
  if (!isOurs)
    print('Keep this setting of the FHIR server:', `  ${settingFor(server, proven, service.resourceServer)}`);
  if (options.serviceClient === undefined) print(`The samples, with their secrets, are in ${options.state}.`);
  print('A token at any time:', `  ${commandFor(server, service.clientId, proven, options)}`);
}

/** Registers the samples, unless there is a service already; a server that checks its own tokens needs no client for it. */
async function serviceOf(
  server: CheckedServer,
  state: QuickstartState,
  options: QuickstartOptions,
  isOurs: boolean,
): Promise<ProvingClient> {
  const { serviceClient, serviceKey } = options;
  if ((serviceClient === undefined) !== (serviceKey === undefined))
    throw wrongUsage('--service-client and --service-key belong together.');
  if (serviceClient !== undefined && serviceKey !== undefined) {
    progress.ok(`the backend service ${serviceClient} is taken as it is`);
    return { clientId: serviceClient, key: await readSigningKey(serviceKey), isForeign: !isOurs };
  }
  if (isOurs) progress.ok('the server checks its own tokens itself, so it needs no client of its own');
  const names: SampleName[] = [...(isOurs ? [] : (['resource-server'] as const)), 'sample-app', 'sample-service'];
  const initialToken = initialTokenSource(options, isOurs);
  const made = await registerSamples(names, state, {
    server,
    isForeign: !isOurs,
    statePath: options.state,
    initialToken,
  });
  await writeState(options.state, made);
  const service = made.clients['sample-service'];
  if (service?.privateJwk === undefined)
    throw wrongUsage(`${options.state} has no key of the sample service. Remove it and run again.`);
  const resourceServer = made.clients['resource-server'];
  const key = await signingKeyOf(service.privateJwk, options.state);
  return { clientId: service.clientId, key, isForeign: !isOurs, ...(resourceServer && { resourceServer }) };
}

/** Source of initial access tokens: if the server is ours, it makes them, one for each client, as they are needed. */
function initialTokenSource({ registrationTokenFile }: QuickstartOptions, isOurs: boolean) {
  let given: Promise<string> | undefined;
  return async (): Promise<string | undefined> => {
    if (registrationTokenFile !== undefined) return (given ??= readSecret(registrationTokenFile));
    if (!isOurs) return undefined;
    const scopes = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/*.rs', serviceScope];
    // The whole server is loaded only where it is needed.
    const { createRegistrationToken } = await import('./registration-token.js');
    return createRegistrationToken({ scopes, uses: 1, ttlSeconds: 300 });
  };
}

function requireUrls(base: string, issuer: string | undefined): void {
  for (const [option, url] of [
    ['--base', base],
    ['--issuer', issuer ?? base],
  ] as const) {
    if (!/^https?:\/\//.test(url) || !URL.canParse(url))
      throw wrongUsage(`${option} is a URL such as https://host.example, not "${url}".`);
  }
}

function commandFor(
  { tokenEndpoint, base }: CheckedServer,
  clientId: string,
  { namesResource }: ProvenToken,
  { serviceKey, state }: QuickstartOptions,
): string {
  const resource = namesResource ? ` --resource ${base}` : '';
  return `lanyard token get --token-endpoint ${tokenEndpoint}${resource} --client ${clientId} --scope ${serviceScope} --key ${serviceKey ?? state}`;
}
