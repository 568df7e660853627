import { createHash } from 'node:crypto';
import { textOf } from '../../r4/json/items.js';
import { type JsonObject, writeJson } from '../../r4/json/json.js';
import { definitionTypes } from '../../r4/packages/definition-types.js';
import { namedCanonicals, type NamedCanonical } from '../../r4/packages/named-canonicals.js';
import { idOf, type PackageManifest, type PackageName, readManifest } from '../../r4/packages/package-manifest.js';
import { validateResource } from '../../r4/validation/validate-resource.js';
import type { StoredDefinition } from '../storage/packages/package-store.js';
import { GuideReader, type Guide } from '../guides/guide.js';
import { InvalidPackage } from './invalid-package.js';
import { packageProblem, type PackageProblem } from '../../r4/packages/package-problem.js';
import type { PackageSource, SentDocument } from './package-source.js';

/** A definition of a package, without its content. */
export type SurveyedDefinition = Omit<StoredDefinition, 'resource'>;

/** Contents of a package without the definitions themselves: as much as fits into memory for any package. */
export interface Survey {
  readonly source: PackageSource;
  readonly manifest: PackageManifest;
  /** By type, url and version, in the order of the package. */
  readonly definitions: ReadonlyMap<string, SurveyedDefinition>;
  /** Dependencies, with the first definition that has each. */
  readonly named: ReadonlyMap<string, NamedCanonical & { readonly by: string }>;
  readonly guide: Guide;
  /** Omitted parts. */
  readonly problems: readonly PackageProblem[];
  readonly digest: string;
}

export interface SurveyOptions {
  /** The package that it has to be; names one for files without `package.json`. */
  readonly as?: PackageName | undefined;
}

const mostProblems = 200;

/** Reads a package once, and keeps what says what it has. Throws {@link InvalidPackage}. */
export async function survey(source: PackageSource, { as }: SurveyOptions = {}): Promise<Survey> {
  let manifest: PackageManifest | undefined;
  const found = new Findings();
  for await (const document of source.documents()) {
    if (document.path === 'package.json') manifest = manifestOf(source, document, as);
    else found.add(document);
  }
  manifest ??= as && withoutManifest(as);
  if (!manifest)
    throw new InvalidPackage(
      source.given,
      'has no package/package.json, so it is no FHIR package. Definitions alone need a name: --as my.guide@1.0.0',
    );
  return found.result(source, manifest);
}

const withoutManifest = (name: PackageName): PackageManifest => ({
  ...name,
  title: undefined,
  canonical: undefined,
  fhirVersions: [],
  dependencies: [],
});

function manifestOf(source: PackageSource, { content }: SentDocument, as: PackageName | undefined): PackageManifest {
  const read = readManifest(content);
  if (typeof read === 'string') throw new InvalidPackage(source.given, `${read}.`);
  if (as && (read.name !== as.name || read.version !== as.version)) {
    throw new InvalidPackage(
      source.given,
      `is another package under its name: ${JSON.stringify(read.name)}, version ${JSON.stringify(read.version)}.`,
    );
  }
  return read;
}

class Findings {
  private readonly definitions = new Map<string, SurveyedDefinition & { readonly resourceId: string }>();
  private readonly named = new Map<string, NamedCanonical & { readonly by: string }>();
  private readonly guide = new GuideReader();
  private readonly problems: PackageProblem[] = [];

  add({ path, content }: SentDocument): void {
    const definition = readDefinitionOf(content);
    if (definition === undefined) return;
    if (typeof definition === 'string') return this.problem('package.no-url', { path, type: definition });
    const wrong = whatIsWrong(content);
    if (wrong !== undefined) return this.problem('package.invalid', { path, ...wrong });
    const key = keyOf(definition);
    if (this.definitions.has(key)) return this.problem('package.twice', { path, definition: key });
    this.definitions.set(key, definition);
    this.guide.add(content);
    for (const one of namedCanonicals(content)) {
      const name = `${one.type} ${one.canonical}`;
      if (!this.named.has(name)) this.named.set(name, { ...one, by: `${definition.type}/${definition.resourceId}` });
    }
  }

  result(source: PackageSource, manifest: PackageManifest): Survey {
    const definitions = new Map(
      [...this.definitions].map(([key, { resourceId, ...one }]) => [
        key,
        { ...one, id: storedId(manifest, resourceId, key) },
      ]),
    );
    const digest = createHash('sha256');
    for (const [key, one] of [...definitions].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      digest.update(`${key} ${one.digest}\n`);
    const { named, problems } = this;
    const guide = this.guide.result(manifest);
    return { source, manifest, definitions, named, guide, problems, digest: digest.digest('base64url') };
  }

  private problem(...problem: Parameters<typeof packageProblem>): void {
    if (this.problems.length < mostProblems) this.problems.push(packageProblem(...problem));
  }
}

/** Names a definition within a package. */
export const keyOf = ({ type, url, version }: Pick<SurveyedDefinition, 'type' | 'url' | 'version'>): string =>
  `${type} ${url}${version === '' ? '' : `|${version}`}`;

/** The definition that a document is; its type if it has no url, so that nothing can name it; `undefined` for what is none. */
export function readDefinitionOf(
  content: JsonObject,
): (SurveyedDefinition & { readonly resourceId: string }) | string | undefined {
  const type = textOf(content['resourceType']);
  if (!definitionTypes.has(type)) return undefined;
  const resourceId = textOf(content['id']);
  // NamingSystem has no url in R4.
  const url = textOf(content['url']) || (type === 'NamingSystem' ? `#${resourceId}` : '');
  if (url === '') return type;
  const digest = createHash('sha256').update(writeJson(content)).digest('base64url');
  return { type, id: '', url, version: textOf(content['version']), digest, resourceId };
}

/** Kinds of findings after which a resource could not be served in both formats; what else guides get wrong is theirs. */
const unservable: ReadonlySet<string> = new Set(['structure', 'too-costly', 'too-long', 'security']);

function whatIsWrong(content: JsonObject): { readonly element: string; readonly finding: string } | undefined {
  const finding = validateResource(content, { level: 'structure' }).find(
    ({ severity, issue, code }) => severity === 'error' && (unservable.has(issue) || code === 'illegal-character'),
  );
  return finding && { element: finding.expression, finding: finding.text };
}

/** An id of its own for each definition of each version of a package, readable as far as it fits. */
function storedId(name: PackageName, resourceId: string, key: string): string {
  const hash = createHash('sha256')
    .update(`${idOf(name)} ${key}`)
    .digest('hex')
    .slice(0, 16);
  const readable = resourceId.replaceAll(/[^A-Za-z0-9.-]/g, '-').slice(0, 64 - hash.length - 1);
  return readable === '' ? hash : `${readable}-${hash}`;
}
