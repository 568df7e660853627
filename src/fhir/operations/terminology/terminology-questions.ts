import { Injectable } from '@nestjs/common';
import { FhirError, type Issue, ResourceNotFound } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { CannotExpand, InvalidValueSet, TooCostly } from '../../../r4/terminology/cannot-expand.js';
import { canonicalText, parseCanonical } from '../../../r4/terminology/canonical.js';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import { Expansion } from '../../../r4/terminology/value-sets/expansion.js';
import { GivenSource, unnamed } from '../../../r4/terminology/questions/given-source.js';
import type { Question } from '../../../r4/terminology/questions/question.js';
import type { Part } from '../../../r4/terminology/read-resource.js';
import { matchesVersion, SystemVersions } from '../../../r4/terminology/system-versions.js';
import type { Foreseen } from '../../../r4/terminology/terminology-source.js';
import type { ValueSet } from '../../../r4/terminology/value-sets/value-set.js';
import type { RequestContext } from '../../../scope/request-context.js';
import { Terminology } from '../../interactions/terminology/terminology.js';
import { KnownReleases } from '../../storage/concepts/known-releases.js';
import { ResourceRepository } from '../../storage/resource.repository.js';

/** Parameter of the operations that take definitions along. */
export const txResource = {
  name: 'tx-resource',
  type: 'Resource',
  max: '*',
  unchecked: true,
  documentation: 'Definitions that count for this call alone.',
} as const;

/** Parameters that say which versions of code systems count (https://hl7.org/fhir/R4/valueset-operation-expand.html). */
export const systemVersions = [
  {
    name: 'system-version',
    type: 'canonical',
    max: '*',
    documentation: 'Version of a code system where the value set names none: `system|version`.',
  },
  {
    name: 'check-system-version',
    type: 'canonical',
    max: '*',
    documentation: 'Version that has to be used: the call fails where another one would be.',
  },
  {
    name: 'force-system-version',
    type: 'canonical',
    max: '*',
    documentation: 'Version that is used, whatever the value set names.',
  },
] as const;

/** Parameter of the operations that go by supplements (https://hl7.org/fhir/R4/codesystem.html#supplements, docs/adr/0105). */
export const useSupplement = {
  name: 'useSupplement',
  type: 'canonical',
  max: '*',
  documentation:
    'Supplements of code systems whose designations and properties count, beside those that the value set names.',
} as const;

/** Parameter of the operations that could be asked about another day. */
export const date = {
  name: 'date',
  type: 'dateTime',
  documentation: 'Day by whose definitions the answer goes: today.',
} as const;

/** Throws 422 for a day before today: definitions are kept as they are now. */
export function requireToday(asked: string | undefined): void {
  if (asked === undefined) return;
  const day = asked.slice(0, 10);
  // Where it is yesterday still, clients say so.
  const today = new Date(Date.now() - 86_400_000).toISOString();
  if (day >= today.slice(0, day.length)) return;
  throw new CannotAnswer(
    new CannotExpand(
      `Answers go by the definitions of today, and not by those of ${day}. Leave out "date", or name versions of the value set and its code systems.`,
    ),
  );
}

/** Versions that a call asks for by {@link systemVersions}. Throws 400 for one that names none. */
export const askedVersions = (sent: {
  readonly 'system-version': readonly string[];
  readonly 'check-system-version': readonly string[];
  readonly 'force-system-version': readonly string[];
}): SystemVersions => {
  for (const { name } of systemVersions) for (const value of sent[name]) requireVersion(name, value);
  return new SystemVersions({
    preferred: sent['system-version'],
    checked: sent['check-system-version'],
    forced: sent['force-system-version'],
  });
};

function requireVersion(name: string, value: string): void {
  const { url, version = '' } = parseCanonical(value);
  if (url !== '' && version !== '') return;
  throw new IncompleteQuestion(`"${name}" is ${value}, which names no version: write system|version.`, 'value');
}

/** System of the kinds of issues of HL7's terminology ecosystem. */
const kinds = 'http://hl7.org/fhir/tools/CodeSystem/tx-issue-type';

/** 422: nothing can be said, or it would take too much; the text says what is in the way. */
export class CannotAnswer extends FhirError {
  readonly status = 422;
  constructor(problem: CannotExpand) {
    const { fact, kind } = problem;
    const cure = cureOf(problem);
    super({
      code: codeOf(problem),
      ...(kind && { details: { coding: [{ system: kinds, code: kind }], text: fact } }),
      diagnostics: `${fact}${cure}`,
      ...(problem instanceof InvalidValueSet && { expression: [problem.expression] }),
    });
  }
}

function cureOf(problem: CannotExpand): string {
  if (problem instanceof TooCostly)
    return ' Narrow the question: by filter, by a smaller value set, or one code at a time.';
  return problem.kind === 'not-found' ? ' Compare its url and version, or install the package that has it.' : '';
}

function codeOf(problem: CannotExpand): Issue['code'] {
  if (problem instanceof TooCostly) return 'too-costly';
  if (problem instanceof InvalidValueSet) return 'invalid';
  return problem.kind === undefined ? 'not-supported' : issueCodes[problem.kind];
}

const issueCodes = { 'not-found': 'not-found', 'vs-invalid': 'processing', 'version-error': 'exception' } as const;

/** 404: no definition of that canonical that the caller may read. */
export class UnknownDefinition extends FhirError {
  readonly status = 404;
  constructor(type: string, canonical: string) {
    const what = type === 'ValueSet' ? 'value Set' : type;
    super({
      code: 'not-found',
      details: {
        coding: [{ system: kinds, code: 'not-found' }],
        text: `A definition for the ${what} '${canonical}' could not be found`,
      },
      diagnostics: `A definition for the ${type} '${canonical}' could not be found. Compare its url and version, or install the package that has it.`,
    });
  }
}

/** 400: the question lacks something. */
export class IncompleteQuestion extends FhirError {
  readonly status = 400;
  constructor(diagnostics: string, code: Issue['code'] = 'required') {
    super({ code, diagnostics });
  }
}

/** Throws 400 for a call that has more than one of the parameters. */
export function requireOneOf(sent: Readonly<Record<string, unknown>>, ...names: readonly string[]): void {
  const given = names.filter((name) => sent[name] !== undefined);
  if (given.length > 1)
    throw new IncompleteQuestion(
      `The call has "${given.join('" and "')}", which say the same thing: send one.`,
      'value',
    );
}

/** The text that a call has, in one or several places. Throws 400 for two. */
export function oneText(what: string, ...places: readonly unknown[]): string | undefined {
  const [text, other] = new Set(places.filter((one) => typeof one === 'string'));
  if (other === undefined) return text;
  throw new IncompleteQuestion(`The call names two ${what}: ${text} and ${other}; it can be about one.`, 'value');
}

export const oneVersion = (...places: readonly unknown[]): string | undefined =>
  oneText('versions of the code system', ...places);

export const oneSystem = (...places: readonly unknown[]): string | undefined => oneText('code systems', ...places);

/** How a call names a definition: by its address, by canonical, or by sending it. */
export interface Naming {
  readonly type: 'ValueSet' | 'CodeSystem';
  readonly id?: string | undefined;
  readonly url?: string | undefined;
  readonly version?: string | undefined;
  readonly sent?: JsonObject | undefined;
}

/** Facts about a question before it is asked. */
export interface AskedOf {
  /** Codes that it will be about. */
  readonly codes?: readonly string[];
  readonly versions?: SystemVersions;
}

/** Opens questions over what the caller may read, what the request brings, and R4's own. */
@Injectable()
export class TerminologyQuestions {
  constructor(
    private readonly terminology: Terminology,
    private readonly resources: ResourceRepository,
    private readonly releases: KnownReleases,
  ) {}

  open(
    context: RequestContext,
    given: readonly (JsonObject | undefined)[] = [],
    { codes = [], versions }: AskedOf = {},
  ): Question {
    const sent = given.filter((one) => one !== undefined).map((one) => plainOf(one));
    const stored = this.terminology.storedFirst(context, this.resources, this.releases);
    const source = sent.length === 0 ? stored : new GivenSource(stored, sent);
    return { source, expansion: new Expansion(source, codes, versions) };
  }
}

/** Decimals and the like as JSON.parse makes them. */
const plainOf = (resource: JsonObject): Part => JSON.parse(JSON.stringify(resource)) as Part;

/** The name by which a source finds what a call is about; undefined: the call names nothing. */
export function nameIn({ type, id, url, version, sent }: Naming): string | undefined {
  if (id !== undefined) return `${type}/${id}`;
  if (sent) return typeof sent['url'] === 'string' ? sent['url'] : unnamed;
  return url === undefined ? undefined : withVersion(url, version);
}

/** The version may stand in the canonical too. */
function withVersion(url: string, version: string | undefined): string {
  if (version === undefined) return url;
  const named = parseCanonical(url);
  if (named.version !== undefined && named.version !== version)
    throw new IncompleteQuestion(
      `The call names two versions of ${named.url}: ${named.version} and ${version}.`,
      'value',
    );
  return canonicalText(named.url, version);
}

/** Throws 400 where nothing is named, and 404 for what is not there. */
export async function requireValueSet({ source }: Question, naming: Naming): Promise<[string, ValueSet]> {
  const name = requireName(naming);
  const [found] = await source.valueSets([name]);
  if (!found) throw missing(naming, name);
  requireSame(naming, found);
  return [name, found];
}

export async function requireCodeSystem(
  { source }: Question,
  naming: Naming,
  foreseen?: Foreseen,
): Promise<[string, CodeSystem]> {
  const name = requireName(naming);
  const [found] = await source.codeSystems([name], foreseen);
  if (!found) throw missing(naming, name);
  requireSame(naming, found);
  return [name, found];
}

/** Throws 400 where a call names another definition than the one that its address names, or that it sends. */
function requireSame(
  { type, id, sent, url, version }: Naming,
  found: { readonly url: string; readonly version: string | undefined },
): void {
  if (id === undefined && !sent) return;
  const named = parseCanonical(url ?? found.url);
  const versions = [named.version, version].filter((one) => one !== undefined);
  const isIt = named.url === found.url || found.url === '';
  if (isIt && versions.every((one) => matchesVersion(one, found.version ?? ''))) return;
  const asked = canonicalText(named.url, versions[0]);
  throw new IncompleteQuestion(
    `The call is about the ${type} ${canonicalText(found.url, found.version)}, and names ${asked} too: leave that out, or ask about it.`,
    'value',
  );
}

function requireName(naming: Naming): string {
  const name = nameIn(naming);
  if (name !== undefined) return name;
  const what = naming.type === 'ValueSet' ? '"url" or "valueSet"' : '"system", "url" or "coding"';
  throw new IncompleteQuestion(`The call names no ${naming.type}: send ${what}.`);
}

const missing = ({ type, id }: Naming, name: string): FhirError =>
  id === undefined ? new UnknownDefinition(type, name) : new ResourceNotFound({ type, id });

/** Runs work that may find that it cannot be done. Throws {@link CannotAnswer}. */
export async function answering<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CannotExpand) throw new CannotAnswer(error);
    throw error;
  }
}
