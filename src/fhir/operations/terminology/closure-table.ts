import { FhirError } from '../../../r4/errors/fhir-error.js';
import type { JsonObject } from '../../../r4/json/json.js';
import { CannotExpand, TooCostly } from '../../../r4/terminology/cannot-expand.js';
import { canonicalText } from '../../../r4/terminology/canonical.js';
import type { CodeSystem } from '../../../r4/terminology/code-systems/code-system.js';
import { requireSubsumption } from '../../../r4/terminology/filters/filter-concepts.js';
import type { Question } from '../../../r4/terminology/questions/question.js';
import type { Closure, ClosureAddition, ClosureConcept } from '../../storage/concepts/closures.js';
import { mostRelations, type Relation, relationsOf } from './closure-relations.js';
import { grouped } from '../../../r4/model/grouped.js';
import { IncompleteQuestion } from './terminology-questions.js';

/** Concepts of one closure table. */
export const mostConcepts = 5000;
/** Concepts that one call adds. */
export const mostSent = 1000;

/** 422: no concept of its code system. */
class UnknownConcept extends FhirError {
  readonly status = 422;
  constructor(code: string, { url, version }: CodeSystem) {
    super({
      code: 'code-invalid',
      diagnostics: `The CodeSystem ${canonicalText(url, version)} has no code "${code}". No concept of the call was added: send it again without this one.`,
    });
  }
}

/** 422: relations that were told before do not hold any more, or cannot be told to the caller. */
export class MustBeInitialized extends FhirError {
  readonly status = 422;
  constructor(name: string, reason: string) {
    super({
      code: 'business-rule',
      details: { text: `closure "${name}" must be reinitialized` },
      diagnostics: `${reason} Initialise the closure table "${name}" by its name alone, and send its concepts again.`,
    });
  }
}

/** A concept of a call. */
export interface SentConcept {
  readonly system: string;
  readonly code: string;
  readonly version: string | undefined;
}

/** The relations of one code system. */
export interface SystemRelations {
  readonly system: CodeSystem;
  readonly relations: readonly Relation[];
}

/** Throws 400 for a concept without system or code, and 422 for too many. */
export function sentConcepts(concepts: readonly JsonObject[]): readonly SentConcept[] {
  if (concepts.length > mostSent)
    throw new TooCostly(`The call has ${concepts.length} concepts; send at most ${mostSent} at once.`);
  return concepts.map(({ system, code, version }) => {
    if (typeof system !== 'string' || typeof code !== 'string')
      throw new IncompleteQuestion('A "concept" needs "system" and "code".');
    return { system, code, version: typeof version === 'string' ? version : undefined };
  });
}

/** A closure table, with its code systems as the caller may read them now. */
export class ClosureTable {
  private readonly concepts: ReadonlyMap<string, readonly ClosureConcept[]>;

  private constructor(
    private readonly name: string,
    private readonly closure: Closure,
    private readonly systems: ReadonlyMap<string, CodeSystem>,
  ) {
    this.concepts = grouped(closure.concepts, ({ system }) => system);
  }

  /** Throws {@link MustBeInitialized} where a code system is another one than it was when its relations were told. */
  static async open(name: string, closure: Closure, { source }: Question): Promise<ClosureTable> {
    const known = Object.entries(closure.systems);
    const found = await source.codeSystems(known.map(([, { canonical }]) => canonical));
    const systems = new Map<string, CodeSystem>();
    for (const [i, [url, { canonical, edition }]] of known.entries()) {
      const system = found[i];
      if (!system) throw new MustBeInitialized(name, `The CodeSystem ${canonical} is not known here any more.`);
      if (system.edition !== edition)
        throw new MustBeInitialized(name, `The CodeSystem ${canonical} has changed since its concepts were added.`);
      systems.set(url, system);
    }
    return new ClosureTable(name, closure, systems);
  }

  /** The concepts that are not in it yet. Throws 422 for those that it cannot take. */
  async additionOf(sent: readonly SentConcept[], { source }: Question): Promise<ClosureAddition> {
    const systems = { ...this.closure.systems };
    const concepts: Omit<ClosureConcept, 'added'>[] = [];
    for (const [url, ofSystem] of grouped(sent, ({ system }) => system)) {
      const system = this.systems.get(url) ?? (await requireSystem(source, url, ofSystem));
      requireVersion(system, ofSystem);
      const known = new Set(this.conceptsOf(url).map(({ code }) => code));
      const codes = [...new Set(ofSystem.map(({ code }) => code))].filter((code) => !known.has(code));
      const owns = await ownCodes(system, codes);
      concepts.push(...codes.map((code) => ({ system: url, code, own: owns.get(code)! })));
      const canonical = canonicalText(url, ofSystem.find(({ version }) => version !== undefined)?.version);
      systems[url] ??= { canonical, edition: system.edition };
    }
    const all = this.closure.concepts.length + concepts.length;
    if (all > mostConcepts)
      throw new TooCostly(
        `The closure table "${this.name}" would have ${all} concepts; it may have ${mostConcepts}. Keep another one under another name.`,
      );
    return { systems, concepts };
  }

  /** With the concepts of an addition, at the next version. */
  async with({ systems, concepts }: ClosureAddition, question: Question): Promise<ClosureTable> {
    const version = this.closure.version + 1;
    const added = concepts.map((one) => ({ ...one, added: version }));
    const closure = { ...this.closure, version, systems, concepts: [...this.closure.concepts, ...added] };
    return ClosureTable.open(this.name, closure, question);
  }

  /** The relations that versions after this one added. Throws {@link TooCostly}. */
  async relationsSince(version: number): Promise<readonly SystemRelations[]> {
    const told: SystemRelations[] = [];
    let left = mostRelations;
    for (const [url, system] of this.systems) {
      const concepts = this.conceptsOf(url);
      const relations = await relationsOf(system, concepts, { since: version, most: left });
      left -= relations.length;
      if (relations.length > 0) told.push({ system, relations });
    }
    return told;
  }

  private conceptsOf(url: string): readonly ClosureConcept[] {
    return this.concepts.get(url) ?? [];
  }
}

async function requireSystem(
  source: Question['source'],
  url: string,
  sent: readonly SentConcept[],
): Promise<CodeSystem> {
  const name = canonicalText(url, sent.find(({ version }) => version !== undefined)?.version);
  const [system] = await source.codeSystems([name]);
  if (!system) throw new CannotExpand(`The CodeSystem ${name} is not known here.`, 'not-found');
  if (system.content === 'supplement')
    throw new CannotExpand(`The CodeSystem ${name} is a supplement: send concepts of the one that it supplements.`);
  requireSubsumption(system);
  return system;
}

/** A closure table has one version of a code system: relations of several would contradict each other. */
function requireVersion(system: CodeSystem, sent: readonly SentConcept[]): void {
  const other = sent.find(({ version }) => version !== undefined && version !== system.version);
  if (!other) return;
  const { url, version } = system;
  throw new CannotExpand(
    `The closure table goes by ${canonicalText(url, version)}, and a concept names version "${other.version}". Keep another one for another version.`,
    'version-error',
  );
}

/** By the code as it was sent, the code as the system writes it. */
async function ownCodes(system: CodeSystem, codes: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const stored = new Set((await system.stored?.concepts(codes))?.map(({ code }) => code));
  const owns = new Map<string, string>();
  for (const code of codes) {
    const own = stored.has(code) ? code : await otherSpelling(system, code);
    if (own === undefined) throw unknown(system, code);
    owns.set(code, own);
  }
  return owns;
}

async function otherSpelling(system: CodeSystem, code: string): Promise<string | undefined> {
  if (!system.stored) return system.codeOf(code);
  return system.foldsCase ? (await system.stored.find(code))?.concept.code : undefined;
}

const unknown = (system: CodeSystem, code: string): Error =>
  system.content === 'complete'
    ? new UnknownConcept(code, system)
    : new CannotExpand(
        `The content of the CodeSystem ${system.url} is "${system.content}" here, without the code "${code}".`,
      );
