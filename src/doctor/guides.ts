import type { AppConfig } from '../config/app-config.js';
import { unmet } from '../fhir/guides/claims.js';
import { type Guide, readGuideText } from '../fhir/guides/guide.js';
import type { Requirement } from '../fhir/guides/requirements.js';
import { InvalidPackage } from '../fhir/packages/invalid-package.js';
import { requirePackageIn } from '../fhir/packages/named-package.js';
import type { InstalledPackage } from '../fhir/storage/packages/package-rows.js';
import type { JsonObject } from '../r4/json/json.js';
import { idOf, type PackageName } from '../r4/packages/package-manifest.js';
import { ask } from './ask.js';
import { type DoctorResult, resultsOf } from './doctor-result.js';

const found = resultsOf('implementation guides');
const mostNamed = 12;

/** Tells what the installed guides ask for and the running server neither offers nor claims. */
export async function examineGuides(
  { guides: { names, folder }, fhirBase }: AppConfig,
  packages: readonly InstalledPackage[],
  base: string = fhirBase,
): Promise<readonly DoctorResult[]> {
  const installed = new Set(packages.map(idOf));
  const absent = await findAbsent(
    names.filter((name) => !installed.has(idOf(name))),
    folder,
  );
  if (packages.length === 0) return absent;
  const problems = packages.flatMap((one) =>
    one.problems.map((fact) => found.warning('package', `${idOf(one)}: ${fact}`, 'Nothing, unless clients go by it.')),
  );
  const metadata = await ask(`${base.replace(/\/+$/, '')}/metadata`);
  if (typeof metadata === 'string' || metadata.body['resourceType'] !== 'CapabilityStatement') {
    return [
      ...absent,
      ...problems,
      found.skipped('claims', 'What holds of them cannot be seen: /metadata does not answer.'),
    ];
  }
  const guides = packages.map(({ guide }) => readGuideText(guide));
  return [...absent, ...problems, ...guides.flatMap((guide) => judgeGuide(guide, metadata.body as JsonObject))];
}

/** Packages of the settings that the next start would not find. */
async function findAbsent(names: readonly PackageName[], folder: string): Promise<readonly DoctorResult[]> {
  const results: DoctorResult[] = [];
  for (const name of names) {
    try {
      await requirePackageIn(folder, name);
    } catch (error) {
      if (!(error instanceof InvalidPackage)) throw error;
      const line = `IMPLEMENTATION_GUIDES: ${error.given} ${error.fact}`;
      results.push(found.failed('package', line, 'The server does not start without it.'));
    }
  }
  return results;
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
