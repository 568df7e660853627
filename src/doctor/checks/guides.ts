import type { AppConfig } from '../../config/app-config.js';
import { unmet } from '../../fhir/guides/claims.js';
import { type Guide, readGuideText } from '../../fhir/guides/guide.js';
import type { Requirement } from '../../fhir/guides/requirements.js';
import { InvalidPackage } from '../../fhir/packages/invalid-package.js';
import { requirePackageIn } from '../../fhir/packages/named-package.js';
import type { InstalledPackage } from '../../fhir/storage/packages/package-rows.js';
import type { JsonObject } from '../../r4/json/json.js';
import { idOf, type PackageName } from '../../r4/packages/package-manifest.js';
import { askSelf } from '../ask-self.js';
import { type DoctorResult, resultsOf } from '../doctor-result.js';
import { listing, phrase, type Value } from '../words/say.js';

const found = resultsOf('implementation guides');
const mostNamed = 12;

/** Tells what the installed guides ask for and the running server neither offers nor claims. */
export async function examineGuides(
  { guides: { names, folder }, fhirBase }: Pick<AppConfig, 'guides' | 'fhirBase'>,
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
    one.problems.map((problem) => found.warning('package', 'guides.problem', { package: idOf(one), problem })),
  );
  const metadata = await askSelf(`${base.replace(/\/+$/, '')}/metadata`);
  if ('why' in metadata || metadata.body['resourceType'] !== 'CapabilityStatement') {
    return [...absent, ...problems, found.skipped('claims', 'guides.unseen')];
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
      results.push(found.failed('package', 'guides.absent', { package: error.given, problem: error.fact }));
    }
  }
  return results;
}

function judgeGuide({ id, servers }: Guide, statement: JsonObject): readonly DoctorResult[] {
  if (servers.length === 0) return [found.skipped('claims', 'guides.no-requirements', { package: id })];
  return servers.map(({ url, ...server }) => {
    const missing = unmet({ url, ...server }, statement);
    const [required, others] = [true, false].map((is) => missing.filter(({ isRequired }) => isRequired === is));
    const recommended = others!.length === 0 ? '' : phrase('guides.recommended', { missing: namesOf(others!) });
    const values = { package: id, url, recommended };
    if (required!.length === 0) return found.ok('claims', 'guides.offered', values);
    return found.warning('claims', 'guides.not-offered', { ...values, missing: namesOf(required!) });
  });
}

const namesOf = (requirements: readonly Requirement[]): Value => {
  const names = new Set(requirements.map(({ type = 'server', kind, name }) => `${type}: ${kind} ${name}`));
  return listing([...names], mostNamed, '; ');
};
