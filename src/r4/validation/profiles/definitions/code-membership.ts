import { listOf } from '../../../json/items.js';
import { isObject, type Json, type JsonObject } from '../../../json/json.js';
import { ucumCodeOf, ucumSystem } from '../../../search/values/canonical-unit.js';
import type { MemberQuestion } from '../../../model/definition-source.js';
import { CannotExpand } from '../../../terminology/cannot-expand.js';
import { canonicalText } from '../../../terminology/canonical.js';
import { CodeSystem } from '../../../terminology/code-systems/code-system.js';
import { filterConcepts } from '../../../terminology/filters/filter-concepts.js';
import { implicitValueSet } from '../../../terminology/value-sets/implicit-value-sets.js';
import { readValueSet, type ValueSet, type ValueSetPart } from '../../../terminology/value-sets/value-set.js';
import type { KnownDefinitions } from './known-definitions.js';

/**
 * Tells if a code is in a value set; `unknown` where the definitions at hand do not say, `unanswered` where another server would have to say it and did
 * not.
 */
export type Membership = 'yes' | 'no' | 'unknown' | 'unanswered';

/** A code, and its system unless the element implies that. */
export interface Coded {
  readonly system?: string | undefined;
  readonly code: string;
}

/** A code of a system; `name` is the canonical of the code system, perhaps with a version. */
export interface CodeOfSystem {
  readonly system: string;
  readonly name: string;
  readonly code: string;
}

/** A code, with the answers about it so far, by the canonicals of value sets. */
interface Asked extends Coded {
  readonly depth: number;
  readonly answers: Map<string, Membership>;
}

/** Its codes may be expressions, of which no list has all. */
const snomed = 'http://snomed.info/sct';
/** Value sets that import one another, this deep. */
const deepest = 20;
/** Systems whose codes follow a syntax: BCP 47 and BCP 13 (https://hl7.org/fhir/R4/terminologies-systems.html). */
const bySyntax: ReadonlyMap<string, RegExp> = new Map([
  ['urn:ietf:bcp:47', /^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/],
  ['urn:ietf:bcp:13', /^[a-z]+\/[\w.+-]+(?:;.*)?$/i],
]);

/** Membership in value sets by their definitions (https://hl7.org/fhir/R4/valueset.html#logical). */
export class CodeMembership {
  /** By value set, then by code. What is not known yet may be with the next definitions, and is asked again. */
  private readonly known = new Map<string, Map<string, 'yes' | 'no'>>();

  constructor(private readonly definitions: KnownDefinitions) {}

  has(valueSet: string, coded: Coded): Membership {
    let known = this.known.get(valueSet);
    if (!known) this.known.set(valueSet, (known = new Map()));
    const key = coded.system === undefined ? coded.code : `${coded.system}\u0000${coded.code}`;
    const before = known.get(key);
    if (before) return before;
    const answer = this.isIn(valueSet, { ...coded, depth: 0, answers: new Map() });
    if (answer === 'yes' || answer === 'no') known.set(key, answer);
    return answer;
  }

  /** `url|version` of the value set that answers. */
  nameOf(valueSet: string): string {
    const set = this.valueSet(valueSet);
    return typeof set === 'object' ? canonicalText(set.url, set.version) : valueSet;
  }

  /** Membership of an element without any code. */
  ofNoCode(valueSet: string): Membership {
    const set = this.valueSet(valueSet);
    return typeof set === 'object' ? 'no' : (set ?? 'unknown');
  }

  /** Some codes of a small value set that lists them, for the words of a finding. */
  examplesOf(valueSet: string): readonly string[] {
    const set = this.valueSet(valueSet);
    const includes = typeof set === 'object' ? set.includes : [];
    return includes.flatMap(({ codes = [] }) => codes.slice(0, 5)).slice(0, 5);
  }

  /** Tells if a system defines a code; `unknown` too where not all of its codes are at hand. */
  defines({ system, name, code }: CodeOfSystem): Membership {
    if (system === ucumSystem) return membershipOf(ucumCodeOf(code) === code);
    const syntax = bySyntax.get(system);
    if (syntax) return membershipOf(syntax.test(code));
    if (system === snomed && /\D/.test(code)) return 'unknown';
    const codeSystem = this.codeSystem(name);
    if (this.isElsewhere(name, codeSystem)) return this.elsewhere({ system: name, code, filters: [] }, false);
    if (codeSystem?.content !== 'complete') return 'unknown';
    return membershipOf(codeSystem.codeOf(code) !== undefined);
  }

  /** Texts of a code, in all languages; none where they are not at hand. */
  textsOf({ name, code }: CodeOfSystem): readonly string[] {
    const codeSystem = this.codeSystem(name);
    const concept = codeSystem?.concept(codeSystem.codeOf(code) ?? code);
    if (concept?.display === undefined) return [];
    return [concept.display, ...concept.designations.map(({ value }) => value)];
  }

  /** `url|version` of the code system that answers. */
  systemName(name: string): string {
    const { url, version } = this.codeSystem(name) ?? {};
    return url === undefined ? name : canonicalText(url, version);
  }

  /** The codes of a small code system; none of one with more than `most`. */
  codesOf(name: string, most: number): readonly string[] {
    const codeSystem = this.codeSystem(name);
    return codeSystem && codeSystem.size <= most ? [...codeSystem.codes()] : [];
  }

  private valueSet(canonical: string): ValueSet | 'unanswered' | undefined {
    const here = this.definitions.derive(`value set ${canonical}`, () => {
      const found = this.definitions.get('ValueSet', canonical);
      return found ? readValueSet(found) : implicitValueSet(canonical);
    });
    return here ?? this.definitions.farValueSet(canonical);
  }

  /** Each value set is asked once, however often others import it; one that imports itself is unknown until it is known. */
  private isIn(valueSet: string, asked: Asked): Membership {
    const before = asked.answers.get(valueSet);
    if (before) return before;
    asked.answers.set(valueSet, 'unknown');
    const answer = this.answer(valueSet, asked);
    asked.answers.set(valueSet, answer);
    return answer;
  }

  private answer(valueSet: string, asked: Asked): Membership {
    const set = this.valueSet(valueSet);
    if (set === 'unanswered') return set;
    if (!set || asked.depth > deepest) return 'unknown';
    const composed = this.composed(set, asked);
    if (composed === 'yes' || composed === 'no' || !set.expansion) return composed;
    return inExpansion(set.expansion.codes, asked) ? 'yes' : 'no';
  }

  private composed({ includes, excludes, expansion }: ValueSet, asked: Asked): Membership {
    if (includes.length === 0 && expansion) return 'unknown';
    const included = either(includes, (part) => this.inPart(part, asked));
    if (included === 'no' || excludes.length === 0) return included;
    const excluded = either(excludes, (part) => this.inPart(part, asked));
    if (excluded === 'yes') return 'no';
    return excluded === 'no' || included === 'unanswered' ? included : excluded;
  }

  private inPart(part: ValueSetPart, asked: Asked): Membership {
    let result: Membership = part.system === undefined ? 'yes' : this.inSystem(part, part.system, asked);
    for (const name of part.valueSets) {
      if (result === 'no') return 'no';
      const imported = this.isIn(name, { ...asked, depth: asked.depth + 1 });
      if (imported === 'no') return 'no';
      if (imported !== 'yes' && result !== 'unanswered') result = imported;
    }
    return result;
  }

  private inSystem(part: ValueSetPart, system: string, { system: own, code }: Coded): Membership {
    if (own !== undefined && own !== system) return 'no';
    if (part.codes) return membershipOf(part.codes.includes(code));
    const syntax = bySyntax.get(system);
    if (syntax && part.filters.length === 0) return membershipOf(syntax.test(code));
    return this.inDefinition(part, canonicalText(system, part.version), code);
  }

  private inDefinition(part: ValueSetPart, name: string, code: string): Membership {
    const codeSystem = this.codeSystem(name);
    if (this.isElsewhere(name, codeSystem)) return this.elsewhere({ system: name, code, filters: part.filters }, true);
    if (!codeSystem || codeSystem.content !== 'complete') return 'unknown';
    if (part.filters.length === 0) return membershipOf(codeSystem.has(code));
    const filtered = this.filtered(part, codeSystem, name);
    return filtered ? membershipOf(filtered.has(code)) : 'unknown';
  }

  /** True if the concepts are in tables of their own, or another server may have them. */
  private isElsewhere(name: string, system: CodeSystem | undefined): boolean {
    return system ? system.content === 'not-present' : this.definitions.isFar('CodeSystem', name);
  }

  private elsewhere(question: MemberQuestion, isBound: boolean): Membership {
    const isIn = this.definitions.isMember(question, isBound);
    if (isIn === undefined) return 'unknown';
    return isIn === 'unanswered' ? isIn : membershipOf(isIn);
  }

  private codeSystem(name: string): CodeSystem | undefined {
    return this.definitions.derive(`code system ${name}`, () => {
      const found = this.definitions.get('CodeSystem', name);
      return found && new CodeSystem(found);
    });
  }

  private filtered({ filters }: ValueSetPart, system: CodeSystem, name: string): ReadonlySet<string> | undefined {
    return this.definitions.derive(`filter ${name} ${JSON.stringify(filters)}`, () => {
      try {
        return filterConcepts(system, filters);
      } catch (error) {
        if (error instanceof CannotExpand) return undefined;
        throw error;
      }
    });
  }
}

const membershipOf = (isIn: boolean): Membership => (isIn ? 'yes' : 'no');

function either<T>(parts: readonly T[], ask: (part: T) => Membership): Membership {
  let result: Membership = 'no';
  for (const part of parts) {
    const answer = ask(part);
    if (answer === 'yes') return 'yes';
    if (answer !== 'no' && result !== 'unanswered') result = answer;
  }
  return result;
}

const inExpansion = (codes: ReadonlyMap<string, ReadonlySet<string>>, { system, code }: Coded): boolean =>
  system === undefined ? [...codes.values()].some((some) => some.has(code)) : codes.get(system)?.has(code) === true;

/** The codes that a bound element has; undefined for a value that cannot be bound, such as a text. */
export function codesOf(value: Json | undefined, type: string): readonly Coded[] | undefined {
  if (typeof value === 'string') return [{ code: value }];
  if (!isObject(value)) return undefined;
  if (type === 'CodeableConcept') return listOf(value['coding']).filter(isObject).flatMap(codeOf);
  return codeOf(value);
}

const codeOf = ({ system, code }: JsonObject): readonly Coded[] =>
  typeof code === 'string' ? [{ code, system: typeof system === 'string' ? system : '' }] : [];
