import { KeysUnreachable } from '../../auth/keys/key-source.js';
import { fetchDeadline } from '../../auth/keys/bounded-fetch.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import type { TerminologyServerSettings } from '../../config/foreign/terminology-server.js';
import { Authorization } from '../../fhir/terminology-servers/authorization.js';
import { type Answered, ask } from '../ask.js';
import { clockOffset, judgeClock } from './clock.js';
import { type DoctorResult, type Recorder, resultsOf } from '../doctor-result.js';
import { examineTls } from './tls.js';
import { phrase, type Value } from '../words/say.js';

type Headers = Readonly<Record<string, string>>;

/** A question that any terminology server answers, about nobody. */
const question = 'CodeSystem?url=http%3A%2F%2Fhl7.org%2Ffhir%2Fadministrative-gender&_elements=url';

/** Examines one entry of `TERMINOLOGY_SERVERS`: that it answers, takes the credentials, is a FHIR server of R4, and has the time. */
export async function examineTerminologyServer(
  settings: TerminologyServerSettings,
  clockSkew: number,
): Promise<readonly DoctorResult[]> {
  const { url } = settings;
  const group = `terminology ${cleaned(url)}`;
  const found = resultsOf(group);
  const tls = url.startsWith('https:') ? examineTls(group, url) : [];
  const credentials = await credentialsOf(settings, found);
  if ('problem' in credentials) return [credentials.problem, ...(await tls)];
  const { headers } = credentials;
  const askedAt = Date.now();
  const metadata = await ask(`${url}/metadata?mode=terminology`, headers);
  if ('why' in metadata)
    return [
      found.failed('reachable', 'terminology.unreachable', { address: cleaned(url), why: metadata.why }),
      ...(await tls),
    ];
  const offset = clockOffset(metadata.headers, askedAt, Date.now());
  return [
    found.ok('reachable', 'terminology.reachable'),
    ...(await tls),
    await judgeCredentials(settings, headers, found),
    await judgeMetadata(settings, { metadata, headers }, found),
    ...(offset === undefined ? [] : [judgeClock(found, 'clock.of-terminology', offset, clockSkew)]),
  ];
}

/** Header with the credentials of the settings, or the finding that there is no token. */
async function credentialsOf(
  settings: TerminologyServerSettings,
  found: Recorder,
): Promise<{ readonly headers: Headers } | { readonly problem: DoctorResult }> {
  try {
    const authorization = await new Authorization(settings).header(fetchDeadline());
    return { headers: { accept: 'application/fhir+json', ...authorization } };
  } catch (error) {
    const address = cleaned(settings.client?.tokenUrl ?? settings.url);
    const why = error instanceof KeysUnreachable ? { key: error.problem, values: error.values } : phrase('unreadable');
    return { problem: found.failed('authentication', 'terminology.no-token', { address, why }) };
  }
}

/** Metadata is often public: a question shows whether the credentials count. */
async function judgeCredentials(
  { url }: TerminologyServerSettings,
  headers: Headers,
  found: Recorder,
): Promise<DoctorResult> {
  const answer = await ask(`${url}/${question}`, headers);
  if ('why' in answer) return found.failed('authentication', 'terminology.no-answer', { why: answer.why });
  const { status, body } = answer;
  if (status === 401 || status === 403) return found.failed('authentication', 'terminology.refused', { status });
  if (status === 200 && body['resourceType'] === 'Bundle') return found.ok('authentication', 'terminology.answers');
  return found.failed('authentication', 'terminology.no-answer', { why: phrase('answer.status', { status }) });
}

async function judgeMetadata(
  { url }: TerminologyServerSettings,
  { metadata, headers }: { readonly metadata: Answered; readonly headers: Headers },
  found: Recorder,
): Promise<DoctorResult> {
  if (metadata.body['resourceType'] === 'TerminologyCapabilities')
    return found.ok('metadata', 'terminology.capabilities');
  const statement = isStatement(metadata) ? metadata : await ask(`${url}/metadata`, headers);
  if ('why' in statement) return noMetadata(url, statement.why, found);
  if (!isStatement(statement)) return noMetadata(url, phrase('answer.status', { status: statement.status }), found);
  const { fhirVersion } = statement.body;
  const version = typeof fhirVersion === 'string' ? cleaned(fhirVersion) : phrase('none');
  if (typeof fhirVersion === 'string' && fhirVersion.startsWith('4.0'))
    return found.ok('metadata', 'terminology.statement');
  return found.warning('metadata', 'terminology.other-version', { version });
}

const isStatement = ({ body }: Answered): boolean => body['resourceType'] === 'CapabilityStatement';

const noMetadata = (url: string, why: Value, found: Recorder): DoctorResult =>
  found.failed('metadata', 'terminology.no-metadata', { address: cleaned(url), why });
