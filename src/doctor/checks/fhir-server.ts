import { type Candidate, examineCandidate } from '../candidate.js';
import { type DoctorResult, type Recorder, resultsOf } from '../doctor-result.js';
import { phrase, type Phrase } from '../words/say.js';
import { fetchDeadline, type Fetching } from '../../auth/keys/bounded-fetch.js';
import { jsonObject } from '../../auth/keys/json-object.js';
import { KeysUnreachable } from '../../auth/keys/key-source.js';
import { readBounded } from '../../auth/keys/read-bounded.js';
import { cleaned } from '../../auth/refusals/token-refusal.js';
import { isSecureUrl } from '../../config/secure-url.js';
import { usualAlgorithms } from '../../config/foreign/trusted-issuer.js';

type Document = Readonly<Record<string, unknown>>;

interface Looking {
  readonly fetching: Fetching;
  readonly clockSkew: number;
}

/** Bytes of a CapabilityStatement, which may list each element that is searched by. */
const largest = 4 * 1024 * 1024;
const longest = 2048;
const shownCapabilities = 40;

class TooLarge extends Error {}

/** Examines another FHIR server by what it publishes (SMART App Launch 2.2, "Conformance"), and the issuer that it names. */
export async function examineFhirServer(address: string, { fetching, clockSkew }: Looking): Promise<Candidate> {
  const base = address.replace(/\/+$/, '');
  if (!isBase(base)) {
    // A password in it stays untold.
    const shown = base.replace(/\/\/.*@/, '//');
    return { findings: [unreachable(resultsOf(`fhir-server ${cleaned(shown)}`), shown, phrase('no-address'))] };
  }
  const found = resultsOf(`fhir-server ${cleaned(base)}`);
  const metadata = await read(`${base}/metadata`, fetching);
  if ('key' in metadata) return { findings: [unreachable(found, `${base}/metadata`, metadata)] };
  const self = judgeCapability(found, base, metadata.document);
  if (self.some(({ status }) => status === 'failed')) return { findings: self };
  const smart = await read(`${base}/.well-known/smart-configuration`, fetching);
  if ('key' in smart)
    return {
      findings: [...self, found.warning('smart-configuration', 'fhir.no-smart', { why: smart })],
      published: factsOf(base, metadata.document, {}),
    };
  const published = factsOf(base, metadata.document, smart.document);
  const findings = [...self, ...judgeSmart(found, smart.document)];
  const { issuer } = smart.document;
  if (typeof issuer !== 'string' || issuer.length > longest) return { findings, published };
  const known = { setting: 'TRUSTED_ISSUERS' as const, issuer, algorithms: usualAlgorithms, fetching };
  const candidate = await examineCandidate(known, clockSkew);
  return { findings: [...findings, ...candidate.findings], published: { ...candidate.published, ...published } };
}

function isBase(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, search, hash, username, password } = new URL(address);
  return /^https?:$/.test(protocol) && `${search}${hash}${username}${password}` === '';
}

const unreachable = (found: Recorder, address: string, why: Phrase): DoctorResult =>
  found.failed('metadata', 'fhir.unreachable', { address: cleaned(address), why });

/** One document, or why it cannot be had: addresses are judged by `fetching`, redirects are not followed. */
async function read(url: string, fetching: Fetching): Promise<{ readonly document: Document } | Phrase> {
  if (!isSecureUrl(url)) return phrase('keys.insecure', { url: cleaned(url) });
  const signal = fetchDeadline();
  try {
    const headers = { accept: 'application/fhir+json, application/json;q=0.9' };
    const response = await fetching(url, { redirect: 'error', headers, signal });
    const document = jsonObject(await readBounded(response, largest, () => new TooLarge()));
    return document ? { document } : phrase('keys.no-json', { url: cleaned(url) });
  } catch (error) {
    if (error instanceof KeysUnreachable) return { key: error.problem, values: error.values };
    if (error instanceof TooLarge) return phrase('answer.large');
    return signal.aborted ? phrase('answer.late', { seconds: 5 }) : phrase('keys.unreachable', { url: cleaned(url) });
  }
}

function judgeCapability(found: Recorder, base: string, document: Document): readonly DoctorResult[] {
  const { resourceType, fhirVersion, implementation } = document;
  const address = cleaned(`${base}/metadata`);
  if (resourceType !== 'CapabilityStatement') return [found.failed('metadata', 'fhir.no-capability', { address })];
  const version = typeof fhirVersion === 'string' ? cleaned(fhirVersion) : phrase('nothing');
  const said = memberOf(implementation, 'url');
  return [
    typeof version === 'string' && version.startsWith('4.0')
      ? found.ok('metadata', 'fhir.capability', { address, version })
      : found.warning('metadata', 'fhir.other-release', { address, version }),
    ...(said === undefined || said.replace(/\/+$/, '') === base
      ? []
      : [found.warning('base', 'fhir.other-name', { said: cleaned(said) })]),
  ];
}

function judgeSmart(found: Recorder, { issuer, capabilities }: Document): readonly DoctorResult[] {
  const listed = (Array.isArray(capabilities) ? capabilities : [])
    .filter((one): one is string => typeof one === 'string')
    .slice(0, shownCapabilities);
  return [
    typeof issuer === 'string'
      ? found.ok('smart-configuration', 'fhir.smart', { issuer: cleaned(issuer) })
      : found.warning('smart-configuration', 'fhir.no-issuer'),
    ...(listed.length === 0
      ? []
      : [
          found.ok('capabilities', 'fhir.capabilities', { capabilities: listed.map((one) => cleaned(one)).join(', ') }),
        ]),
    listed.includes('client-confidential-asymmetric')
      ? found.ok('backend-services', 'fhir.backend')
      : found.warning('backend-services', 'fhir.no-backend'),
  ];
}

const memberOf = (value: unknown, name: string): string | undefined => {
  const found = typeof value === 'object' && value !== null ? (value as Document)[name] : undefined;
  return typeof found === 'string' && found.length <= longest ? found : undefined;
};

const endpoints = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'registration_endpoint'] as const;

/** Facts that the server publishes, by names; `software` is the product. */
function factsOf(base: string, metadata: Document, smart: Document): Readonly<Record<string, string>> {
  const named: readonly (readonly [string, string | undefined])[] = [
    ['base', base],
    ['fhirVersion', memberOf(metadata, 'fhirVersion')],
    ['software', memberOf(metadata['software'], 'name')],
    ...endpoints.map((name) => [name, memberOf(smart, name)] as const),
  ];
  return Object.fromEntries(named.filter((one): one is readonly [string, string] => one[1] !== undefined));
}
