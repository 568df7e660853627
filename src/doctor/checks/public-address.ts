import type { AuthOptions } from '../../auth/auth-options.js';
import type { AppConfig } from '../../config/app-config.js';
import type { Answered, Unanswered } from '../ask.js';
import { askSelf } from '../ask-self.js';
import { clockOffset, judgeClock } from './clock.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { examineTls } from './tls.js';
import { phrase, type Value } from '../words/say.js';

const found = resultsOf('public address');

export interface PublicAddress {
  readonly config: AppConfig;
  readonly auth: AuthOptions;
  /** The FHIR base as clients use it; that of `PUBLIC_URL` when absent. */
  readonly base?: string;
}

/** Calls this server the way its clients do, and compares what comes with what its settings say. */
export async function examinePublicAddress({ config, auth, base }: PublicAddress): Promise<readonly DoctorResult[]> {
  const called = (base ?? config.fhirBase).replace(/\/+$/, '');
  const askedAt = Date.now();
  const metadata = await askSelf(`${called}/metadata`);
  const tls = called.startsWith('https:') ? await examineTls('public address', called) : [];
  if ('why' in metadata) return [unreachable(called, metadata, base !== undefined), ...tls];
  const offset = clockOffset(metadata.headers, askedAt, Date.now());
  const self = judgeMetadata(called, metadata, config);
  if (self.status === 'failed') return [self, ...tls];
  const documents = await Promise.all([
    examineSmartConfiguration(called, auth),
    examineProtectedResource(called, config),
    examineCredentials(called),
  ]);
  return [
    self,
    ...documents,
    ...tls,
    ...(offset === undefined ? [] : [judgeClock(found, 'clock.of-address', offset, config.clockSkew)]),
  ];
}

const unreachable = (address: string, { why }: Unanswered, isGiven: boolean): DoctorResult =>
  isGiven
    ? found.failed('reachable', 'address.unreachable', { address, why })
    : found.skipped('reachable', 'address.unseen', { address, why });

function judgeMetadata(
  address: string,
  { status, headers, body }: Answered,
  { fhirBase: base }: AppConfig,
): DoctorResult {
  const location = headers.get('location');
  if (location !== null) return found.failed('metadata', 'address.redirects', { address, location });
  if (status !== 200 || body['resourceType'] !== 'CapabilityStatement')
    return found.failed('metadata', 'address.no-metadata', { address, status });
  const said = textOf((body['implementation'] as Readonly<Record<string, unknown>> | undefined)?.['url']);
  if (said === base && address === base) return found.ok('metadata', 'address.metadata', { address });
  return said === address
    ? found.failed('metadata', 'address.other-server', { address, base })
    : found.failed('metadata', 'address.other-name', { address, said });
}

const textOf = (value: unknown): Value => (typeof value === 'string' ? value : phrase('nothing'));

async function examineSmartConfiguration(
  called: string,
  { localIssuer, issuers, authorizationServer }: AuthOptions,
): Promise<DoctorResult> {
  const answer = await askSelf(`${called}/.well-known/smart-configuration`);
  if ('why' in answer || answer.status !== 200)
    return found.failed('smart-configuration', 'address.no-smart', { why: reasonOf(answer) });
  const { issuer, token_endpoint: endpoint } = answer.body;
  const ours = [...(localIssuer === undefined ? [] : [localIssuer]), ...issuers.map((each) => each.issuer)];
  const isEndpoint = !authorizationServer || endpoint === authorizationServer.tokenEndpoint;
  if (typeof issuer === 'string' && ours.includes(issuer) && isEndpoint)
    return found.ok('smart-configuration', 'address.smart', { issuer });
  return found.failed('smart-configuration', 'address.smart-other', {
    issuer: textOf(issuer),
    endpoint: textOf(endpoint),
    issuers: ours.join(', ') || phrase('nobody'),
  });
}

/** RFC 9728 3: the well-known path stands before that of the resource, where proxies with a path of their own forget it. */
async function examineProtectedResource(called: string, { fhirBase }: AppConfig): Promise<DoctorResult> {
  const { origin, pathname } = new URL(called);
  const path = `/.well-known/oauth-protected-resource${pathname}`;
  const answer = await askSelf(`${origin}${path}`);
  const resource = 'why' in answer ? undefined : answer.body['resource'];
  if (resource === fhirBase) return found.ok('protected-resource', 'address.protected-resource');
  const isAnswer = !('why' in answer) && answer.status === 200;
  return found.failed('protected-resource', 'address.no-protected-resource', {
    address: `${origin}${path}`,
    why: isAnswer ? phrase('answer.resource', { resource: textOf(resource) }) : reasonOf(answer),
    path,
  });
}

const reasonOf = (answer: Answered | Unanswered): Value =>
  'why' in answer ? answer.why : phrase('answer.status', { status: answer.status });

/** A token that cannot count, only to see how a credential arrives. */
async function examineCredentials(called: string): Promise<DoctorResult> {
  const address = `${called}/$my-access`;
  const answer = await askSelf(address, { authorization: 'Bearer lanyard-doctor' });
  const codes = 'why' in answer ? [] : codesOf(answer.body);
  if (codes.includes('token-opaque-unsupported') || codes.includes('token-inactive'))
    return found.ok('credentials', 'address.credentials');
  if (codes.includes('no-credentials')) return found.failed('credentials', 'address.credentials-lost');
  if (codes.includes('tls-required')) return found.failed('credentials', 'address.credentials-http');
  const why = 'why' in answer ? answer.why : phrase('answer.address-status', { address, status: answer.status });
  return found.warning('credentials', 'address.credentials-unknown', { why });
}

function codesOf({ issue }: Readonly<Record<string, unknown>>): readonly string[] {
  const issues = (Array.isArray(issue) ? issue : []) as readonly {
    details?: { coding?: readonly { code?: string }[] };
  }[];
  return issues.flatMap(({ details }) => (details?.coding ?? []).map(({ code = '' }) => code));
}
