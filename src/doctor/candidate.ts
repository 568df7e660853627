import type { DoctorResult } from './doctor-result.js';
import { resultsOf } from './doctor-result.js';
import { fetchPublished, judgePublished, type KnownIssuer } from './checks/issuers.js';
import { smartMembers, valuesListed } from './smart-members.js';
import { phrase } from './words/say.js';
import { cleaned } from '../auth/refusals/token-refusal.js';

/** An authorization server that may be trusted: what was found, and the addresses that it names. */
export interface Candidate {
  readonly findings: readonly DoctorResult[];
  /** Absent: its metadata cannot be had. */
  readonly published?: Readonly<Record<string, string>>;
}

const addresses = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri', 'registration_endpoint'];
const longest = 2048;

/** Examines an authorization server before any setting names it. */
export async function examineCandidate(known: KnownIssuer, clockSkew: number): Promise<Candidate> {
  const published = await fetchPublished(known);
  const findings = await judgePublished(known, published, clockSkew);
  if ('key' in published) return { findings };
  const { metadata } = published;
  const named = addresses.flatMap((name): [string, string][] => {
    const value = metadata[name];
    return typeof value === 'string' && value.length <= longest ? [[name, value]] : [];
  });
  return { findings: [...findings, ...judgeForSmart(known, metadata)], published: Object.fromEntries(named) };
}

function judgeForSmart({ issuer }: KnownIssuer, metadata: Readonly<Record<string, unknown>>): readonly DoctorResult[] {
  const found = resultsOf(`issuer ${cleaned(issuer)}`);
  return smartMembers.map((member) => {
    const { name, values, why } = member;
    const listed = valuesListed(metadata, member);
    if (listed === undefined) return found.skipped(name, 'issuer.smart-unsaid', { member: name });
    if (listed.length > 0) return found.ok(name, 'issuer.smart', { member: name, values: listed.join(', ') });
    return found.warning(name, 'issuer.smart-missing', { member: name, values: values.join(', '), why: phrase(why) });
  });
}
