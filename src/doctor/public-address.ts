import type { AuthOptions } from '../auth/auth-options.js';
import type { AppConfig } from '../config/app-config.js';
import { type Answered, ask } from './ask.js';
import { clockOffset, judgeClock } from './clock.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';
import { examineTls } from './tls.js';

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
  const metadata = await ask(`${called}/metadata`);
  const tls = called.startsWith('https:') ? await examineTls('public address', called) : [];
  if (typeof metadata === 'string') return [unreachable(called, metadata, base !== undefined), ...tls];
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
    ...(offset === undefined ? [] : [judgeClock(found, 'that address', offset, config.clockSkew)]),
  ];
}

function unreachable(called: string, why: string, isGiven: boolean): DoctorResult {
  if (!isGiven)
    return found.skipped(
      'reachable',
      `${called} cannot be reached from here: ${why}. While the server runs, try it from where its clients are, with --base.`,
    );
  return found.failed(
    'reachable',
    `${called} cannot be reached: ${why}.`,
    'Start the server; look at the name in DNS, and at what the proxy or load balancer sends on.',
  );
}

function judgeMetadata(called: string, { status, headers, body }: Answered, { fhirBase }: AppConfig): DoctorResult {
  const location = headers.get('location');
  if (location !== null)
    return found.failed(
      'metadata',
      `${called}/metadata redirects to ${location}.`,
      'Let PUBLIC_URL be the address that answers itself; clients do not send tokens along a redirect.',
    );
  if (status !== 200 || body['resourceType'] !== 'CapabilityStatement')
    return found.failed(
      'metadata',
      `${called}/metadata answers ${status} and no CapabilityStatement.`,
      'Something else answers there: let the proxy send everything below the path of PUBLIC_URL to this server.',
    );
  const said = textOf((body['implementation'] as Readonly<Record<string, unknown>> | undefined)?.['url']);
  if (said === fhirBase && called === fhirBase)
    return found.ok('metadata', `${called} answers, and says so of itself.`);
  return found.failed(
    'metadata',
    said === called
      ? `What answers at ${called} is not the server of these settings, which is ${fhirBase}.`
      : `What answers at ${called} calls itself ${said}.`,
    'Set PUBLIC_URL of the running server to what clients call, without /fhir/r4, and start it again.',
  );
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : 'nothing');

async function examineSmartConfiguration(
  called: string,
  { localIssuer, issuers, authorizationServer }: AuthOptions,
): Promise<DoctorResult> {
  const answer = await ask(`${called}/.well-known/smart-configuration`);
  if (typeof answer === 'string' || answer.status !== 200)
    return found.failed(
      'smart-configuration',
      `smart-configuration cannot be had: ${typeof answer === 'string' ? answer : `it answers ${answer.status}`}.`,
      'Let the proxy send paths that begin with .well-known below the FHIR base on as well; some keep them for themselves.',
    );
  const issuer = textOf(answer.body['issuer']);
  const tokenEndpoint = textOf(answer.body['token_endpoint']);
  const ours = [...(localIssuer === undefined ? [] : [localIssuer]), ...issuers.map((each) => each.issuer)];
  if (ours.includes(issuer) && (!authorizationServer || tokenEndpoint === authorizationServer.tokenEndpoint))
    return found.ok('smart-configuration', `It sends apps to ${issuer}, whose tokens count here.`);
  return found.failed(
    'smart-configuration',
    `It sends apps to ${issuer}, token endpoint ${tokenEndpoint}; tokens count from ${ours.join(', ') || 'nobody'}.`,
    'Start the server again with the settings that this command reads, and let no proxy answer in its place.',
  );
}

/** RFC 9728 3: the well-known path stands before that of the resource, where proxies with a path of their own forget it. */
async function examineProtectedResource(called: string, { fhirBase }: AppConfig): Promise<DoctorResult> {
  const { origin, pathname } = new URL(called);
  const path = `/.well-known/oauth-protected-resource${pathname}`;
  const answer = await ask(`${origin}${path}`);
  const resource = typeof answer === 'string' ? answer : textOf(answer.body['resource']);
  if (resource === fhirBase)
    return found.ok('protected-resource', 'Its metadata as a protected resource names the FHIR base.');
  const what =
    typeof answer === 'string'
      ? answer
      : answer.status === 200
        ? `it names ${resource}`
        : `it answers ${answer.status}`;
  return found.failed(
    'protected-resource',
    `${origin}${path} is not what refusals point to: ${what}.`,
    `Let the proxy send ${path} to this server.`,
  );
}

/** A token that cannot count, only to see how a credential arrives. */
async function examineCredentials(called: string): Promise<DoctorResult> {
  const answer = await ask(`${called}/$my-access`, { authorization: 'Bearer lanyard-doctor' });
  const codes = typeof answer === 'string' ? [] : codesOf(answer.body);
  if (codes.includes('token-opaque-unsupported') || codes.includes('token-inactive'))
    return found.ok('credentials', 'Tokens arrive as they are sent.');
  if (codes.includes('no-credentials'))
    return found.failed(
      'credentials',
      'A token that was sent did not arrive: the proxy takes the Authorization header away.',
      'Let the proxy pass Authorization on.',
    );
  if (codes.includes('tls-required'))
    return found.failed(
      'credentials',
      'What came over https arrives as http: X-Forwarded-Proto is missing, or its sender is not trusted.',
      'Let the proxy set X-Forwarded-Proto, and name its address in TRUSTED_PROXIES.',
    );
  return found.warning(
    'credentials',
    `How tokens arrive cannot be told: ${typeof answer === 'string' ? answer : `${called}/$my-access answers ${answer.status}`}.`,
    'Look whether something between answers in the place of this server.',
  );
}

function codesOf({ issue }: Readonly<Record<string, unknown>>): readonly string[] {
  const issues = (Array.isArray(issue) ? issue : []) as readonly {
    details?: { coding?: readonly { code?: string }[] };
  }[];
  return issues.flatMap(({ details }) => (details?.coding ?? []).map(({ code = '' }) => code));
}
