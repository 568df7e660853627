// Searches of Inferno's US Core kit, the examples of US Core, and a naive reading of both
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parse } from 'yaml';
import { writePackage } from './fhir-package.js';
import { base } from './server.js';
import { dateInterval, folded, type Interval, type NaivePrefix, matchesDate, periodInterval } from './naive-search.js';

const data = new URL('../../../shared/data/', import.meta.url);
const metadata = (version: string): URL => new URL(`inferno/us-core-metadata/v${version}/metadata.yml.gz`, data);

/** The versions of the kit, and where examples of each are, or of the next one. */
export const usCoreVersions = [
  { version: '3.1.1', examples: '3.1.1' },
  { version: '4.0.0', examples: '4.0.0' },
  { version: '5.0.1', examples: '6.1.0' },
  { version: '6.1.0', examples: '6.1.0' },
  { version: '7.0.0', examples: 'current-ballot' },
  { version: '8.0.0', examples: 'current-ballot' },
] as const;

/** Versions whose package is there. */
export const usCorePackages = ['3.1.1', '4.0.0', '6.1.0'] as const;

export const hasUsCore = usCoreVersions.every(
  ({ version, examples }) => existsSync(metadata(version)) && existsSync(new URL(`us-core/${examples}/`, data)),
);

export type Resource = { readonly resourceType: string; readonly id: string } & Readonly<Record<string, unknown>>;

export interface Definition {
  readonly paths: readonly string[];
  readonly type: string;
  readonly comparators: readonly NaivePrefix[];
  readonly values: readonly string[];
  readonly isMultipleOr: boolean;
}

export interface Search {
  readonly names: readonly string[];
  readonly expectation: string;
  readonly isFirst: boolean;
}

export interface Group {
  readonly name: string;
  readonly resource: string;
  readonly profile: string;
  readonly searches: readonly Search[];
  readonly definitions: ReadonlyMap<string, Definition>;
  readonly includes: readonly string[];
  readonly revincludes: readonly string[];
}

interface RawGroup {
  readonly ':name': string;
  readonly ':resource': string;
  readonly ':profile_url': string;
  readonly ':searches': readonly { readonly ':names': readonly string[]; readonly ':expectation': string }[];
  readonly ':search_definitions': Readonly<Record<string, RawDefinition>>;
  readonly ':include_params'?: readonly string[];
  readonly ':revincludes'?: readonly string[];
}

interface RawDefinition {
  readonly ':paths': readonly string[];
  readonly ':type': string;
  readonly ':comparators': Readonly<Record<string, string>>;
  readonly ':values': readonly string[];
  readonly ':multiple_or': string;
}

const unzip = (file: URL): string => gunzipSync(readFileSync(file)).toString('utf8');

const groupsRead = new Map<string, readonly Group[]>();

/** The groups of a version with the searches that a server SHALL or SHOULD have; read once, because a file takes long. */
export function usCoreGroups(version: string): readonly Group[] {
  let groups = groupsRead.get(version);
  if (!groups) groupsRead.set(version, (groups = readGroups(version)));
  return groups;
}

function readGroups(version: string): readonly Group[] {
  const { ':groups': groups } = parse(unzip(metadata(version))) as { ':groups': readonly RawGroup[] };
  return groups.map((group) => ({
    name: group[':name'],
    resource: group[':resource'],
    profile: group[':profile_url'],
    searches: group[':searches']
      .filter((search) => ['SHALL', 'SHOULD'].includes(search[':expectation']))
      .map((search, i) => ({ names: search[':names'], expectation: search[':expectation'], isFirst: i === 0 })),
    definitions: new Map(
      Object.entries(group[':search_definitions']).map(([name, raw]) => [name.slice(1), definitionOf(raw)]),
    ),
    includes: group[':include_params'] ?? [],
    revincludes: group[':revincludes'] ?? [],
  }));
}

const definitionOf = (raw: RawDefinition): Definition => ({
  paths: raw[':paths'],
  type: raw[':type'],
  comparators: Object.entries(raw[':comparators'])
    .filter(([, expectation]) => expectation === 'SHALL')
    .map(([name]) => name.slice(1) as NaivePrefix),
  values: raw[':values'],
  isMultipleOr: raw[':multiple_or'] === 'SHALL',
});

const linesOf = (file: URL): readonly Resource[] =>
  unzip(file)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Resource);

/** Without narratives, which some have broken. */
export function usCoreExamples(folder: string): readonly Resource[] {
  const examples = new URL(`us-core/${folder}/examples/`, data);
  return readdirSync(examples)
    .filter((name) => name.endsWith('.ndjson.gz') && !name.startsWith('Bundle'))
    .flatMap((name) => linesOf(new URL(name, examples)))
    .map((resource) => ({ ...resource, text: undefined }));
}

const definitionsOf = (folder: string, type: string): readonly Resource[] =>
  linesOf(new URL(`us-core/${folder}/definitions/${type}.ndjson.gz`, data));

/** The package of a version as its publisher's tools keep it, with all that a server goes by. */
export async function writeUsCore(folder: string, version: string): Promise<void> {
  const types = ['CapabilityStatement', 'ImplementationGuide', 'OperationDefinition', 'SearchParameter'];
  const resources = types.flatMap((type) => definitionsOf(version, type));
  await writePackage(folder, { name: 'hl7.fhir.us.core', version, resources });
}

/** Profiles that a CapabilityStatement for servers lists, of all types. */
export function usCoreProfiles(version: string): readonly string[] {
  const server = definitionsOf(version, 'CapabilityStatement').find(({ id }) => id === 'us-core-server')!;
  const [rest] = server['rest'] as readonly { resource: readonly { supportedProfile?: readonly string[] }[] }[];
  return rest!.resource.flatMap(({ supportedProfile = [] }) => supportedProfile);
}

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

/** Values at a path such as `context.period`, `effective` (any type) or `extension.where(url='x').value`. */
export function valuesAt(resource: Resource, path: string): readonly unknown[] {
  const steps = path.match(/where\([^)]*\)|[^.]+/g) ?? [];
  return steps.reduce<readonly unknown[]>((nodes, step) => nodes.flatMap((node) => next(node, step)), [resource]);
}

function next(node: unknown, step: string): readonly unknown[] {
  if (!isNode(node)) return [];
  const url = /^where\(url\s*=\s*'(.*)'\)$/.exec(step)?.[1];
  if (url !== undefined) return node['url'] === url ? [node] : [];
  const choice = new RegExp(`^${step}[A-Z]`);
  const keys = step in node ? [step] : Object.keys(node).filter((key) => choice.test(key));
  return keys.flatMap((key) => node[key]).filter((value) => value !== undefined && value !== null);
}

export const valuesOf = (resource: Resource, { paths }: Definition): readonly unknown[] =>
  paths.flatMap((path) => valuesAt(resource, path));

const dates = new Set(['date', 'dateTime', 'instant', 'Period']);
const strings = new Set(['HumanName', 'Address', 'string']);

export type Kind = 'date' | 'string' | 'reference' | 'id' | 'canonical' | 'token';

export function kindOf({ type }: Definition): Kind {
  if (dates.has(type)) return 'date';
  if (strings.has(type)) return 'string';
  if (type === 'Reference') return 'reference';
  if (type === 'canonical') return 'canonical';
  return type.endsWith('System.String') ? 'id' : 'token';
}

export interface NaiveToken {
  readonly system: string;
  readonly code: string;
}

export function tokensOf(value: unknown): readonly NaiveToken[] {
  if (typeof value === 'string') return [{ system: '', code: value }];
  if (!isNode(value)) return [];
  if (Array.isArray(value['coding'])) return value['coding'].flatMap((coding) => tokensOf(coding));
  const code = value['code'] ?? value['value'];
  const system = value['system'];
  return typeof code === 'string' ? [{ system: typeof system === 'string' ? system : '', code }] : [];
}

/** Texts that find a name or address. */
export function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (!isNode(value)) return [];
  const parts = [
    'text',
    'family',
    'given',
    'prefix',
    'suffix',
    'line',
    'city',
    'district',
    'state',
    'postalCode',
    'country',
  ];
  return parts.flatMap((part) => value[part] ?? []).filter((one): one is string => typeof one === 'string');
}

export function intervalOf(value: unknown): Interval | undefined {
  if (typeof value === 'string') return dateInterval(value);
  if (!isNode(value) || !('start' in value || 'end' in value)) return undefined;
  return periodInterval(value['start'] as string | undefined, value['end'] as string | undefined);
}

export const referenceOf = (value: unknown): string | undefined =>
  isNode(value) && typeof value['reference'] === 'string' ? value['reference'] : undefined;

/** `name=value` of a search, with any of its values. */
export interface Asked {
  readonly name: string;
  readonly values: readonly string[];
}

/** True if the resource matches the search. */
export function matches(resource: Resource, { name, values }: Asked, definition: Definition): boolean {
  const found = valuesOf(resource, definition);
  const kind = kindOf(definition);
  return values.some((value) => found.some((one) => matchers[kind](one, value, name)));
}

type Matcher = (found: unknown, value: string, name: string) => boolean;

const matchers: Readonly<Record<Kind, Matcher>> = {
  id: (found, value) => found === value,
  canonical: (found, value) => found === value,
  reference: (found, value, name) => {
    const address = value.replace(`${base}/`, '');
    return referenceOf(found) === (name === 'patient' && !address.includes('/') ? `Patient/${address}` : address);
  },
  string: (found, value) => textsOf(found).some((text) => folded(text).startsWith(folded(value))),
  token: (found, value) => {
    const [system, code] = value.includes('|') ? value.split('|') : [undefined, value];
    return tokensOf(found).some((one) => one.code === code && (system === undefined || one.system === system));
  },
  date: (found, value) => {
    const [, prefix = 'eq', text = ''] = /^(gt|ge|lt|le)?(.*)$/.exec(value) ?? [];
    const row = intervalOf(found);
    return row !== undefined && matchesDate(prefix as NaivePrefix, dateInterval(text), row);
  },
};
