import { Injectable } from '@nestjs/common';
import { isObject, type JsonObject } from '../../r4/json/json.js';
import { idOf, type PackageName } from '../../r4/packages/package-manifest.js';
import { guideText } from '../guides/guide.js';
import { InstalledPackages } from '../storage/packages/installed-packages.js';
import type { InstalledPackage } from '../storage/packages/package-rows.js';
import { PackageStore, type PackageTransaction, type StoredDefinition } from '../storage/packages/package-store.js';
import { InvalidPackage } from './invalid-package.js';
import { type JudgeOptions, StoredJudge } from './judge-stored.js';
import type { PackageSource } from './package-source.js';
import { problemText } from '../../r4/packages/package-problem.js';
import { type PackagePlan, planPackage } from './plan-package.js';
import { keyOf, readDefinitionOf, type Survey, survey } from './survey.js';

export interface InstallOptions {
  /** The package that what is given has to be; names one for files without `package.json`. */
  readonly as?: PackageName | undefined;
  /** Refuses a package of which a dependency is missing or a definition is left out. */
  readonly strict?: boolean | undefined;
  /** Who installs it, for the list. */
  readonly by: string;
}

export interface PlanOptions extends Pick<InstallOptions, 'as'> {
  /** Judges stored resources too. */
  readonly resources?: JudgeOptions | undefined;
}

/** Result of an installation. */
export interface Installation extends PackagePlan {
  /** Search parameters of it that are not offered, and why. */
  readonly notOffered: readonly string[];
}

/** Definitions that one statement stores. */
const batchOf = 50;
/** Characters of them. */
const batchSize = 4_000_000;

/** Plans, installs and removes FHIR packages (docs/adr/0076). */
@Injectable()
export class PackageInstaller {
  constructor(
    private readonly store: PackageStore,
    private readonly installed: InstalledPackages,
    private readonly judge: StoredJudge,
  ) {}

  /** Changes that the packages would make; the installation of all of them is taken as one. */
  async plan(sources: readonly PackageSource[], options: PlanOptions = {}): Promise<readonly PackagePlan[]> {
    const surveys = await this.survey(sources, options);
    const plans = await this.planSurveys(surveys);
    const isNew = plans.map(({ state }) => state === 'new');
    if (!options.resources || !isNew.includes(true)) return plans;
    const news = surveys.filter((_, i) => isNew[i]);
    const resources = await this.judge.judge(news, options.resources);
    return plans.map((plan, i) => (isNew[i] ? { ...plan, resources } : plan));
  }

  /** Installs the packages; those that are installed already are left alone. Throws {@link InvalidPackage}. */
  async install(sources: readonly PackageSource[], options: InstallOptions): Promise<readonly Installation[]> {
    const surveys = await this.survey(sources, options);
    const plans = await this.planSurveys(surveys);
    for (const [i, plan] of plans.entries()) requireInstallable(surveys[i]!, plan, options);
    const done: Installation[] = [];
    for (const [i, plan] of plans.entries()) {
      const isNew = plan.state === 'new';
      const notOffered = isNew ? await this.storePackage(surveys[i]!, options.by) : [];
      done.push({ ...plan, notOffered });
    }
    return done;
  }

  /** Throws {@link InvalidPackage} for one that is not installed. */
  async remove(name: PackageName): Promise<{ readonly definitions: number; readonly dependents: readonly string[] }> {
    return this.store.change(async (tx) => {
      const packages = await tx.packages();
      requireInstalled(packages, name);
      const dependents = packages
        .filter(({ manifest }) => manifest.dependencies.some((one) => one.name === name.name))
        .map(idOf);
      return { definitions: await tx.remove(name), dependents };
    });
  }

  async list(): Promise<readonly InstalledPackage[]> {
    await this.installed.lookAfresh();
    return this.installed.all;
  }

  private async survey(
    sources: readonly PackageSource[],
    { as }: Pick<InstallOptions, 'as'>,
  ): Promise<readonly Survey[]> {
    const surveys: Survey[] = [];
    for (const source of sources) surveys.push(await survey(source, { as }));
    return surveys;
  }

  private async planSurveys(surveys: readonly Survey[]): Promise<readonly PackagePlan[]> {
    await this.installed.lookAfresh();
    const state = {
      packages: this.installed.all,
      withUrl: (type: string, urls: readonly string[]) => this.store.withUrl(type, urls),
    };
    const plans: PackagePlan[] = [];
    for (const one of surveys) plans.push(await planPackage(one, state, surveys));
    return plans;
  }

  private async storePackage(found: Survey, by: string): Promise<readonly string[]> {
    const { manifest, guide, problems, digest } = found;
    return this.store.change(async (tx) => {
      // Another process may have installed it since.
      if ((await tx.packages()).some((one) => idOf(one) === idOf(manifest))) return [];
      const definitions = await storeDefinitions(tx, found);
      const notOffered = await tx.finish({
        manifest,
        digest,
        guide: guideText(guide),
        problems,
        definitions,
        installedBy: by,
      });
      return notOffered.map(({ fact }) => fact);
    });
  }
}

function requireInstallable({ source, manifest }: Survey, plan: PackagePlan, { strict }: InstallOptions): void {
  if (plan.state === 'other content')
    throw new InvalidPackage(
      source.given,
      `is ${plan.package} with other content than the one that is installed. Remove that one first: lanyard package remove ${plan.package}`,
    );
  if (/^hl7\.fhir\.r\d+b?\.core$/.test(manifest.name))
    throw new InvalidPackage(source.given, `is FHIR itself, which is built in. Leave it out.`);
  if (!strict) return;
  const missing = plan.dependencies.filter(({ state }) => state === 'missing').map(idOf);
  if (missing.length > 0)
    throw new InvalidPackage(
      source.given,
      `rests on packages that are neither installed nor given: ${missing.join(', ')}. Give them too, or leave out --strict.`,
    );
  if (plan.problems.length > 0)
    throw new InvalidPackage(
      source.given,
      `has what cannot be installed: ${problemText(plan.problems[0]!)}. Leave out --strict to install the rest.`,
    );
}

function requireInstalled(packages: readonly InstalledPackage[], name: PackageName): void {
  if (packages.some((one) => idOf(one) === idOf(name))) return;
  const there = packages.length === 0 ? 'No package is' : `Installed: ${packages.map(idOf).join(', ')}`;
  throw new InvalidPackage(idOf(name), `is not installed. ${there}${packages.length === 0 ? '.' : ''}`);
}

/** Reads the package again, and stores what the survey took. */
async function storeDefinitions(tx: PackageTransaction, { source, manifest, definitions }: Survey): Promise<number> {
  const left = new Map(definitions);
  let batch: StoredDefinition[] = [];
  let size = 0;
  let stored = 0;
  const store = async (): Promise<void> => {
    await tx.store(manifest, batch);
    stored += batch.length;
    [batch, size] = [[], 0];
  };
  for await (const { content, size: length } of source.documents()) {
    const read = readDefinitionOf(content);
    if (read === undefined || typeof read === 'string') continue;
    const key = keyOf(read);
    const wanted = left.get(key);
    if (wanted?.digest !== read.digest) continue;
    left.delete(key);
    batch.push({ ...wanted, resource: withSource(content, manifest) });
    size += length;
    if (batch.length >= batchOf || size >= batchSize) await store();
  }
  await store();
  if (left.size > 0)
    throw new InvalidPackage(source.given, 'changed while it was read, so nothing was installed. Install it again.');
  return stored;
}

/** `meta.source` says which package a definition is of. */
function withSource(resource: JsonObject, name: PackageName): JsonObject {
  const { resourceType, id, meta, ...rest } = resource;
  const known = isObject(meta) ? meta : {};
  return {
    ...(resourceType !== undefined && { resourceType }),
    ...(id !== undefined && { id }),
    meta: { ...known, source: sourceOf(name) },
    ...rest,
  };
}

/** Such as `package:hl7.fhir.us.core@6.1.0`. */
export const sourceOf = (name: PackageName): string => `package:${idOf(name)}`;
