import type { AppConfig } from '../config/app-config.js';
import { StartRefused } from '../config/start-refused.js';
import { unmet } from '../fhir/guides/claims.js';
import type { Guide } from '../fhir/guides/guide.js';
import { guideParameters } from '../fhir/guides/guide-parameters.js';
import { readGuides } from '../fhir/guides/read-guides.js';
import type { Requirement } from '../fhir/guides/requirements.js';
import type { JsonObject } from '../r4/json/json.js';
import { ask } from './ask.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('implementation guides');
const mostNamed = 12;

/** Tells what the guides of IMPLEMENTATION_GUIDES ask for and the running server neither offers nor claims. */
export async function examineGuides(
  { guides: { names, folder }, fhirBase }: AppConfig,
  base: string = fhirBase,
): Promise<readonly DoctorResult[]> {
  if (names.length === 0) return [];
  let guides: readonly Guide[];
  try {
    guides = await readGuides(names, folder);
  } catch (error) {
    if (!(error instanceof StartRefused)) throw error;
    return error.lines.map((line) => found.failed('package', line, 'The server does not start without it.'));
  }
  const problems = guideParameters(guides).problems.map((fact) =>
    found.warning('search-parameter', fact, 'Nothing, unless clients search by it.'),
  );
  const metadata = await ask(`${base.replace(/\/+$/, '')}/metadata`);
  if (typeof metadata === 'string' || metadata.body['resourceType'] !== 'CapabilityStatement') {
    return [...problems, found.skipped('claims', 'What holds of them cannot be seen: /metadata does not answer.')];
  }
  return [...problems, ...guides.flatMap((guide) => judgeGuide(guide, metadata.body as JsonObject))];
}

function judgeGuide({ id, servers }: Guide, statement: JsonObject): readonly DoctorResult[] {
  if (servers.length === 0) {
    return [found.skipped('claims', `${id} says nothing of servers (no CapabilityStatement of kind requirements).`)];
  }
  return servers.map(({ url, ...server }) => {
    const missing = unmet({ url, ...server }, statement);
    const [required, recommended] = [true, false].map((is) => missing.filter(({ isRequired }) => isRequired === is));
    const also = recommended!.length === 0 ? '' : ` Recommended and not offered: ${listed(recommended!)}.`;
    if (required!.length === 0) return found.ok('claims', `${id}: all that ${url} requires is offered.${also}`);
    return found.warning(
      'claims',
      `${id}: not offered, so that /metadata does not claim ${url}: ${listed(required!)}.${also}`,
      'Nothing, if no client relies on it; an application can add operations and search parameters. What is being indexed comes later.',
    );
  });
}

const listed = (requirements: readonly Requirement[]): string => {
  const names = [...new Set(requirements.map(({ type, kind, name }) => `${type ?? 'the server'}: ${kind} ${name}`))];
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
};
