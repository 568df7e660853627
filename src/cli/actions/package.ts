import { stat } from 'node:fs/promises';
import { withApp } from '../../app/start/offline.js';
import { packageAnswer, planAnswer } from '../../app/packages/package-answer.js';
import type { AppConfig } from '../../config/app-config.js';
import { downloadArchive, downloadPackage } from '../../fhir/packages/download-package.js';
import { packageIn } from '../../fhir/packages/named-package.js';
import { type Installation, PackageInstaller } from '../../fhir/packages/package-installer.js';
import type { Judged } from '../../fhir/packages/judge-stored.js';
import { archiveFile, folder, type PackageSource } from '../../fhir/packages/package-source.js';
import type { PackagePlan, Unresolved } from '../../fhir/packages/plan-package.js';
import type { ResourceVerdicts } from '../../fhir/packages/resource-verdicts.js';
import { PackageStore } from '../../fhir/storage/packages/package-store.js';
import { problemText } from '../../r4/packages/package-problem.js';
import { idOf, type PackageName, parsePackageName } from '../../r4/packages/package-manifest.js';
import { audited, auditLogOf } from '../audited.js';
import { CommandFailed, wrongUsage } from '../command-failed.js';
import { commandLine } from '../command-line-user.js';
import { exitCodes } from '../exit-codes.js';
import { openSetup, type OpenServer } from '../open-server.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface ShownOptions {
  readonly json?: true;
}

export interface GivenOptions extends ShownOptions {
  readonly as?: string;
  readonly strict?: true;
}

/** Milliseconds that the command waits for search parameters of the packages; a server goes on with them. */
const indexingPatience = 60_000;

export async function install(given: readonly string[], { as: asked, strict, json }: GivenOptions): Promise<void> {
  const as = nameOf(asked);
  await withPackages(async (server) => {
    const change = {
      command: 'package install',
      on: 'packages',
      details: given.map((one) => ['package', one] as const),
    };
    const done = await audited(auditLogOf(server), change, () =>
      withSources(given, server.config, (sources) =>
        server.get(PackageInstaller).install(sources, { as, strict, by: commandLine() }),
      ),
    );
    if (json) printJson(done.map((one) => planAnswer(one)));
    else for (const one of done) print(...installed(one));
    await server.get(PackageStore).indexed(indexingPatience);
  });
}

export interface PlanOptions extends ShownOptions {
  readonly as?: string;
  readonly resources: string;
}

export async function plan(
  given: readonly string[],
  { as: asked, resources: which, json }: PlanOptions,
): Promise<void> {
  const as = nameOf(asked);
  const judged = judgedOf(which);
  await withPackages(async (server) => {
    const resources = judged && { judged, progress: teller(), mayName: () => Promise.resolve(true) };
    const plans = await withSources(given, server.config, (sources) =>
      server.get(PackageInstaller).plan(sources, { as, resources }),
    );
    if (plans.some(({ state }) => state !== 'installed')) process.exitCode = exitCodes.wouldChange;
    if (json) return printJson(plans.map((one) => planAnswer(one)));
    for (const one of plans) print(...planned(one));
    const verdicts = plans.find((one) => one.resources)?.resources;
    if (verdicts) print(...judgedLines(verdicts));
  });
}

const sampleUnlessSaid = 100;
const largestSample = 10_000;

function judgedOf(text: string): Judged | undefined {
  if (text === 'all') return 'all';
  if (text === 'none') return undefined;
  const [found, number] = /^sample(?::([1-9]\d{0,4}))?$/.exec(text) ?? [];
  const sample = number === undefined ? sampleUnlessSaid : Number(number);
  if (found === undefined || sample > largestSample)
    throw wrongUsage(
      `--resources is all, none, sample, or sample:N with up to ${largestSample} resources of each type.`,
    );
  return { sample };
}

/** Resources after which the terminal is told how far a plan is. */
const toldEvery = 10_000;

const teller = () => (resources: number) => {
  if (resources % toldEvery === 0) remark(`${resources} resources …`);
};

export async function list({ json }: ShownOptions): Promise<void> {
  await withPackages(async (server) => {
    const packages = (await server.get(PackageInstaller).list()).map((one) => packageAnswer(one));
    if (json) return printJson(packages);
    printTable(
      ['PACKAGE', 'DEFINITIONS', 'INSTALLED', 'BY'],
      packages.map((one) => [idOf(one), String(one.definitions), one.installedAt, one.installedBy]),
    );
  });
}

export async function remove(text: string): Promise<void> {
  const name = nameOf(text);
  if (!name) throw wrongUsage('Name the package: lanyard package remove hl7.fhir.us.core@6.1.0');
  await withPackages(async (server) => {
    const change = { command: 'package remove', on: `package ${idOf(name)}` };
    const { definitions, dependents } = await audited(auditLogOf(server), change, () =>
      server.get(PackageInstaller).remove(name),
    );
    remark(`${idOf(name)} is removed, with ${definitions} definitions; running servers know it within 5 seconds.`);
    if (dependents.length > 0) remark(`These say that they rest on it: ${dependents.join(', ')}`);
  });
}

function nameOf(text: string | undefined): PackageName | undefined {
  if (text === undefined) return undefined;
  const name = parsePackageName(text);
  if (!name) throw wrongUsage(`"${text}" is no package: write name@version, such as hl7.fhir.us.core@6.1.0.`);
  return name;
}

/** The server without what its settings would install: the command may be what makes that possible. */
async function withPackages(work: (server: OpenServer) => Promise<void>): Promise<void> {
  const setup = await openSetup();
  const guides = { ...setup.config.guides, names: [] };
  const config = Object.create(setup.config, { guides: { value: guides } }) as AppConfig;
  await withApp({ ...setup, config }, remark, (app) => work({ config, get: (part) => app.get(part) }));
}

async function withSources<T>(
  given: readonly string[],
  { guides }: AppConfig,
  work: (sources: readonly PackageSource[]) => Promise<T>,
): Promise<T> {
  const discards: (() => Promise<void>)[] = [];
  try {
    const sources: PackageSource[] = [];
    for (const one of given) {
      const found = await sourceOf(one, guides);
      sources.push(found);
      if ('discard' in found) discards.push(found.discard as () => Promise<void>);
    }
    return await work(sources);
  } finally {
    for (const discard of discards) await discard();
  }
}

/** A file, a folder, an address, or a name in the folder of packages or at the registry. */
async function sourceOf(given: string, guides: AppConfig['guides']): Promise<PackageSource> {
  const found = await stat(given).catch(() => undefined);
  if (found) return found.isDirectory() ? folder(given) : archiveFile(given);
  if (/^https?:/.test(given)) return downloadArchive(given);
  const name = parsePackageName(given);
  if (!name)
    throw new CommandFailed([
      `${given}: there is no such file or folder. Give a .tgz, a folder, a https address, or name@version.`,
    ]);
  return (await packageIn(guides.folder, name)) ?? downloadPackage(guides.registry, name);
}

function installed(one: Installation): readonly string[] {
  const head =
    one.state === 'installed' ? `${one.package} is installed already.` : `Installed ${one.package}: ${countsOf(one)}.`;
  return [head, ...remarksOf(one), ...one.notOffered.map((fact) => `  not offered: ${fact}`)];
}

function planned(one: PackagePlan): readonly string[] {
  const states = {
    new: `${one.package} would be installed: ${countsOf(one)}.`,
    installed: `${one.package} is installed already.`,
    'other content': `${one.package} is installed with other content: remove that one first.`,
  };
  return [states[one.state], ...remarksOf(one)];
}

function judgedLines({ judged, checked, becomeInvalid, suppressed, profiles }: ResourceVerdicts): readonly string[] {
  const of = judged === 'all' ? 'resources' : 'resources of a sample';
  return [
    `Of ${checked} ${of}, ${becomeInvalid} would become invalid.`,
    ...(suppressed > 0
      ? [
          `Suppression rules let ${suppressed} ${suppressed === 1 ? 'error' : 'errors'} of them pass (lanyard validation list).`,
        ]
      : []),
    ...profiles.flatMap((one) => [
      `  ${one.type} ${one.profile}: ${one.checked} checked, ${one.becomeInvalid} would become invalid, ${one.stayInvalid} are invalid already` +
        (one.becomeValid > 0 ? `, ${one.becomeValid} would become valid` : ''),
      ...one.examples.flatMap(({ reference, findings }) =>
        findings.map(({ code, expression, asked }) => `    ${reference}: ${code} at ${expression}, asked by ${asked}`),
      ),
    ]),
  ];
}

const countsOf = ({ definitions, types }: PackagePlan): string =>
  `${definitions} definitions (${Object.entries(types)
    .map(([type, count]) => `${count} ${type}`)
    .join(', ')})`;

function remarksOf({ replaced, conflicts, dependencies, unresolved, problems }: PackagePlan): readonly string[] {
  return [
    ...dependencies
      .filter(({ state }) => state === 'missing')
      .map((one) => `  missing: ${idOf(one)}${one.missing ? `, on which rests ${restingOn(one.missing)}` : ''}`),
    ...(unresolved.count > 0 ? [`  leads nowhere: ${restingOn(unresolved)}`] : []),
    ...replaced.map((fact) => `  newer: ${fact}`),
    ...conflicts.map((fact) => `  conflict: ${fact}`),
    ...problems.map((problem) => `  left out: ${problemText(problem)}`),
  ];
}

const restingOn = ({ count, examples }: Unresolved): string =>
  `${examples.join('; ')}${count > examples.length ? `; and ${count - examples.length} more` : ''}`;
