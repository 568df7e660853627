import { usualAlgorithms } from '../../config/foreign/trusted-issuer.js';
import { en } from '../../doctor/words/en.js';
import { type SmartMember, smartMembers, valuesListed } from '../../doctor/smart-members.js';
import { type Discovered, discoverByBase, discoverByIssuer, textIn } from '../smart/discover.js';
import { fetchJson, wordsOf } from '../smart/fetch-json.js';
import { progress, stepFailed } from './progress.js';

/** Facts about the FHIR server and its authorization server. */
export interface CheckedServer {
  readonly base: string;
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly jwksUri: string;
  readonly registrationEndpoint: string | undefined;
}

export async function checkServer(base: string, issuer: string | undefined): Promise<CheckedServer> {
  progress.title('The FHIR server');
  await checkMetadata(base);
  const smart = await discoverByBase(base);
  progress.ok(`${smart.source} is there`);
  const named = issuer ?? textIn(smart.metadata, 'issuer');
  if (named === undefined)
    throw stepFailed(
      `${smart.source} names no issuer.`,
      'Say which authorization server to use: --issuer https://idp.example',
    );
  progress.title('The authorization server');
  const server = await checkIssuer(named, smart);
  await checkKeys(server.jwksUri);
  return { base, ...server };
}

async function checkMetadata(base: string): Promise<void> {
  const answer = await fetchJson(`${base}/metadata`, { headers: { accept: 'application/fhir+json' } });
  const { resourceType, fhirVersion } = answer.body;
  if (answer.status !== 200 || resourceType !== 'CapabilityStatement')
    throw stepFailed(
      `${base}/metadata is no CapabilityStatement: ${wordsOf(answer)}`,
      'Give the FHIR base: --base https://fhir.example/fhir/r4',
    );
  progress.ok(`${base} is a FHIR server, version ${String(fhirVersion)}`);
}

async function checkIssuer(issuer: string, smart: Discovered): Promise<Omit<CheckedServer, 'base'>> {
  const found = await discoverByIssuer(issuer);
  const { source, metadata } = found;
  if (metadata['issuer'] !== issuer)
    throw stepFailed(
      `${source} says that its issuer is "${String(metadata['issuer'])}", not "${issuer}".`,
      'The two have to be the same, letter by letter: give that one, --issuer …',
    );
  progress.ok(`${source} is there`);
  // SMART's document may know more, but only about its own issuer.
  const all = smart.metadata['issuer'] === issuer ? { ...smart.metadata, ...metadata } : metadata;
  const tokenEndpoint = textIn(all, 'token_endpoint');
  const jwksUri = textIn(all, 'jwks_uri');
  if (tokenEndpoint === undefined || jwksUri === undefined)
    throw stepFailed(
      `${source} names no ${tokenEndpoint === undefined ? 'token_endpoint' : 'jwks_uri'}.`,
      'Without it this server can neither get nor check tokens.',
    );
  for (const member of smartMembers) tellMember(found, member);
  return { issuer, tokenEndpoint, jwksUri, registrationEndpoint: textIn(all, 'registration_endpoint') };
}

function tellMember({ source, metadata }: Discovered, member: SmartMember): void {
  const { name, values, why } = member;
  const listed = valuesListed(metadata, member);
  if (listed === undefined) return progress.note(`${source} does not say ${name}`);
  if (listed.length > 0) return progress.ok(`${name}: ${listed.join(', ')}`);
  progress.note(`${name} has no ${values.join(' and no ')}. ${en.phrases[why]}`);
}

const usual: readonly string[] = usualAlgorithms;

async function checkKeys(jwksUri: string): Promise<void> {
  const answer = await fetchJson(jwksUri, { headers: { accept: 'application/json' } });
  const { keys } = answer.body;
  if (answer.status !== 200 || !Array.isArray(keys))
    throw stepFailed(`${jwksUri} is no JWK set: ${wordsOf(answer)}`, 'Tokens are checked with the keys there.');
  const usable = keys.map(describeKey).filter((key) => key !== undefined);
  if (usable.length === 0)
    throw stepFailed(
      `${jwksUri} has no key that checks signatures (RSA or EC).`,
      'Let the authorization server sign its tokens with RS256 or ES256.',
    );
  progress.ok(`${jwksUri} has ${usable.join(', ')}`);
}

function describeKey(key: unknown): string | undefined {
  const jwk = Object(key) as Readonly<Record<string, unknown>>;
  const { kty, use, alg } = jwk;
  if (use === 'enc' || (kty !== 'RSA' && kty !== 'EC')) return undefined;
  const isUsual = typeof alg !== 'string' || usual.includes(alg);
  const name = textIn(jwk, 'alg') ?? textIn(jwk, 'crv') ?? kty;
  const advice = isUsual ? '' : ' (needs "algorithms" in TRUSTED_ISSUERS)';
  return `${name} key ${textIn(jwk, 'kid') ?? 'without kid'}${advice}`;
}
