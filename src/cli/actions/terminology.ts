import { openRelease } from '../../fhir/releases/open-release.js';
import type { LoadedSystem } from '../../fhir/storage/concepts/load-rows.js';
import { InvalidRelease } from '../../fhir/storage/concepts/release-concept.js';
import { type Release, TerminologyStore } from '../../fhir/storage/concepts/terminology-store.js';
import { canonicalText, parseCanonical } from '../../r4/terminology/canonical.js';
import { supplementsOf } from '../../r4/terminology/code-systems/supplements.js';
import { audited, auditLogOf } from '../audited.js';
import { CommandFailed } from '../command-failed.js';
import { commandLine } from '../command-line-user.js';
import { openSetup, type OpenServer } from '../open-server.js';
import { print, printJson, printTable, remark } from '../terminal.js';

export interface ShownOptions {
  readonly json?: true;
}

export interface LoadOptions {
  readonly version?: string;
}

/** Concepts after which the terminal is told how far a load is. */
const toldEvery = 100_000;

export async function load(path: string, { version: named }: LoadOptions): Promise<void> {
  const release = await readable(path, () => openRelease(path, named));
  await withApplication(async (server) => {
    const change = { command: 'terminology load', on: `terminology ${path}` };
    const begun = performance.now();
    const { url, version, concepts, leadingNowhere } = await audited(auditLogOf(server), change, () =>
      readable(path, () => server.get(TerminologyStore).load(release, { by: commandLine(), progress: teller() })),
    );
    const seconds = ((performance.now() - begun) / 1000).toFixed(3);
    print(`Loaded ${nameOf({ url, version })}: ${concepts} concepts in ${seconds} s.`);
    const without = await withoutBase(release, server.get(TerminologyStore));
    if (without) remark(without);
    const { count, example } = leadingNowhere;
    if (count > 0)
      remark(`${count} links of its hierarchy lead to codes that the release does not have, such as ${example}.`);
  });
}

export async function list({ json }: ShownOptions): Promise<void> {
  await withApplication(async (server) => {
    const loaded = await server.get(TerminologyStore).list();
    if (json)
      return printJson(
        loaded.map(({ url, version, format, concepts, loadedBy, loadedAt }) => ({
          url,
          ...(version !== '' && { version }),
          format,
          concepts,
          loadedBy,
          loadedAt,
        })),
      );
    printTable(
      ['CODE SYSTEM', 'FORMAT', 'CONCEPTS', 'LOADED', 'BY'],
      loaded.map((one) => [nameOf(one), one.format, String(one.concepts), one.loadedAt.toISOString(), one.loadedBy]),
    );
  });
}

export async function remove(name: string): Promise<void> {
  await withApplication(async (server) => {
    const store = server.get(TerminologyStore);
    const found = theOnly(await store.list(), name);
    const change = { command: 'terminology remove', on: `terminology ${nameOf(found)}` };
    await audited(auditLogOf(server), change, () => store.remove(found));
    remark(`${nameOf(found)} is removed, with ${found.concepts} concepts.`);
  });
}

/** Remark about a supplement of a code system that is not loaded in the version that it names; undefined for any other release. */
async function withoutBase({ head }: Release, store: TerminologyStore): Promise<string | undefined> {
  const { content, supplements } = head;
  if (content !== 'supplement' || typeof supplements !== 'string') return undefined;
  const { url } = parseCanonical(supplements);
  const bases = (await store.list()).filter((one) => one.url === url && one.content !== 'supplement');
  if (bases.some(({ version }) => supplementsOf({ supplements }, { url, version: version || undefined })))
    return undefined;
  const present = bases.length === 0 ? 'that code system is not loaded' : `loaded is ${bases.map(nameOf).join(', ')}`;
  return `It is a supplement of ${supplements}, and ${present}: it adds nothing until that version is loaded, or its "supplements" is corrected.`;
}

function theOnly(loaded: readonly LoadedSystem[], name: string): LoadedSystem {
  const { url, version } = parseCanonical(name);
  const found = loaded.filter((one) => one.url === url && (version === undefined || one.version === version));
  if (found.length === 1) return found[0]!;
  const some = (found.length > 0 ? found : loaded).map(nameOf).join(', ');
  if (found.length > 1) throw new CommandFailed([`${name} is loaded in several versions: name one of ${some}.`]);
  throw new CommandFailed([`${name} is not loaded. ${some === '' ? 'No code system is' : `Loaded: ${some}`}.`]);
}

const nameOf = ({ url, version }: Pick<LoadedSystem, 'url' | 'version'>): string =>
  canonicalText(url, version === '' ? undefined : version);

function teller(): (stored: number, of: number) => void {
  let told = 0;
  return (stored, of) => {
    if (stored < told + toldEvery && stored < of) return;
    told = stored;
    remark(`${stored} of ${of} concepts are stored …`);
  };
}

/** Runs the work; a mistake in the release at `path` becomes one line that names it. */
async function readable<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof InvalidRelease)) throw error;
    throw new CommandFailed([error.message.includes(path) ? error.message : `${path} ${error.message}`]);
  }
}

/** Many commands end before the whole server is needed, which takes a second to load. */
async function withApplication(work: (server: OpenServer) => Promise<void>): Promise<void> {
  const setup = await openSetup();
  const { withApp } = await import('../../app/start/offline.js');
  await withApp(setup, remark, (app, config) => work({ config, get: (part) => app.get(part) }));
}
