import type { Json, JsonObject } from '../../json/json.js';
import { listOf } from '../../json/items.js';
import { isObject } from '../../json/json.js';
import { supertypes } from '../../model/elements.js';
import { targetType } from '../references.js';
import type { NoAnswer } from '../../terminology/far-terminology.js';
import type { ResourceContext } from '../validation-run.js';
import { type Coded, CodeMembership, type Membership } from './definitions/code-membership.js';
import type { CompiledProfile, ElementNode } from './model/element-node.js';
import type { InvariantScope } from './invariants/invariant-scope.js';
import type { Item } from './model/item.js';
import type { KnownDefinitions } from './definitions/known-definitions.js';
import {
  type ProfileFindingCode,
  profileIssues,
  type ProfileRuleFinding,
  type ProfileSeverity,
} from './profile-finding.js';
import { type Profile, Profiles } from './model/profiles.js';

/** Message about an element, and the rule that asked. */
export interface Statement {
  readonly code: ProfileFindingCode;
  readonly severity?: ProfileSeverity;
  readonly expected: string;
  readonly found: string;
  readonly cure: string;
  /** Key of the invariant, in place of the code. */
  readonly key?: string;
}

/** A resource that a reference names and that travels along: contained, or in the same Bundle. */
export interface LocalResource {
  readonly resource: JsonObject;
  readonly isContained: boolean;
}

/** Elements that one validation may visit. */
const mostSteps = 2_000_000;
/** Errors; as many other findings are kept. */
const mostFindings = 100;

/** The element that asks, and its profile. */
type Asking = Pick<ElementNode, 'profile' | 'id'>;

/** State that a run shares with the silent runs inside of it. */
interface Shared {
  steps: number;
  readonly open: Map<ElementNode, Set<Json>>;
  /** Findings about questions that other servers did not answer, of silent runs too. */
  readonly unchecked: ProfileRuleFinding[];
  readonly codes: CodeMembership;
}

/** One validation against profiles: where it stands, what it knows, what it found. */
export class ProfileRun implements InvariantScope {
  readonly path: (string | number)[] = [];
  readonly findings: ProfileRuleFinding[] = [];
  errors = 0;
  private remarks = 0;
  /** An invariant asked for something that is not at hand. */
  isOpen = false;
  isHurried = false;
  isUnanswered = false;
  context: ResourceContext;
  readonly codes: CodeMembership;
  private readonly profiles: Profiles;

  constructor(
    readonly definitions: KnownDefinitions,
    private readonly check: (node: ElementNode, item: Item, run: ProfileRun) => void,
    private readonly shared: Shared = {
      steps: 0,
      open: new Map(),
      unchecked: [],
      codes: new CodeMembership(definitions),
    },
  ) {
    this.codes = shared.codes;
    this.profiles = new Profiles(definitions);
    this.context = { resource: {}, root: { resource: {}, mentions: undefined } };
  }

  /** Bundles around what is looked at, the nearest last. */
  readonly bundles: JsonObject[] = [];

  profile(canonical: string): Profile {
    return this.profiles.get(canonical);
  }

  compiled(canonical: string): CompiledProfile | undefined {
    const found = this.profiles.get(canonical);
    return found.kind === 'compiled' ? found.profile : undefined;
  }

  /** False when enough was looked at: then the rest is not. */
  step(): boolean {
    if (++this.shared.steps <= mostSteps) return true;
    this.isSpent = true;
    return false;
  }

  isSpent = false;

  /** True if the item meets the node, silently; what is being asked already counts as met. */
  meets(node: ElementNode, item: Item): boolean {
    const value = item.value ?? null;
    const open = this.shared.open.get(node) ?? new Set();
    if (open.has(value) || !this.step()) return true;
    this.shared.open.set(node, open.add(value));
    const silent = new ProfileRun(this.definitions, this.check, this.shared);
    silent.context = this.context;
    silent.bundles.push(...this.bundles);
    silent.path.push(...this.path);
    this.check(node, item, silent);
    open.delete(value);
    this.isHurried ||= silent.isHurried;
    return silent.errors === 0;
  }

  /** Undefined when the profile is not known. */
  conforms(item: Item, canonical: string): boolean | undefined {
    const profile = this.compiled(canonical);
    if (!profile) return undefined;
    if (!supertypes(item.type).includes(profile.type)) return false;
    return !profile.isConstraint || this.meets(profile.root, item);
  }

  membershipOf(valueSet: string, code: Coded): Membership {
    return this.codes.has(valueSet, code);
  }

  targetType(reference: JsonObject): string | undefined {
    const local = this.local(reference)?.resource['resourceType'];
    return typeof local === 'string' ? local : targetType(reference, this.context);
  }

  local({ reference }: JsonObject): LocalResource | undefined {
    if (typeof reference !== 'string' || reference === '') return undefined;
    if (reference.startsWith('#')) {
      const { root } = this.context;
      const contained = listOf(root.resource['contained'])
        .filter(isObject)
        .find(({ id }) => id === reference.slice(1));
      const found = reference === '#' ? root.resource : contained;
      return found && { resource: found, isContained: true };
    }
    for (const bundle of this.bundles.toReversed()) {
      const resource = entryOf(bundle, reference);
      if (resource) return { resource, isContained: false };
    }
    return undefined;
  }

  get unchecked(): readonly ProfileRuleFinding[] {
    return this.shared.unchecked;
  }

  /** A check that rests on another server, which did not answer; `severity`: of what it might have found. */
  reportUnanswered(node: Asking, severity: ProfileSeverity, expected: string): void {
    const { noAnswer } = this.definitions;
    if (!noAnswer || this.shared.unchecked.length >= mostFindings) return;
    const { found, cure } = unansweredTexts(noAnswer);
    const statement = { code: 'not-checked', severity, expected, found, cure } as const;
    this.shared.unchecked.push({ ...this.finding(node, statement), noAnswer });
  }

  report(node: Asking, statement: Statement): void {
    const { severity = 'error' } = statement;
    const count = severity === 'error' ? ++this.errors : ++this.remarks;
    if (count <= mostFindings) this.findings.push(this.finding(node, statement));
  }

  private finding(node: Asking, statement: Statement): ProfileRuleFinding {
    const { code, key, severity = 'error', expected, found, cure } = statement;
    const expression = this.expression();
    const asked = `${node.profile.canonical}#${node.id}`;
    const text = `${expression}: expected ${expected}; found ${found}. ${cure} Asked by ${asked}.`;
    return {
      severity,
      code: key ?? code,
      issue: key === undefined ? profileIssues[code] : 'invariant',
      expression,
      expected,
      found,
      text,
      asked,
      cure,
    };
  }

  expression(): string {
    let text = '';
    for (const part of this.path) text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
    return text;
  }

  at<T>(parts: readonly (string | number)[], work: () => T): T {
    const { length } = this.path;
    this.path.push(...parts);
    const result = work();
    this.path.length = length;
    return result;
  }
}

const unansweredTexts = ({ reason, server }: NoAnswer): Pick<Statement, 'found' | 'cure'> =>
  ({
    away: {
      found: `what ${server} would have to be asked, which does not answer right now`,
      cure: 'Validate it again later.',
    },
    limit: {
      found: 'more questions for other terminology servers than one resource, or one call, may cause',
      cure: 'Send it in smaller parts, or install the code systems here.',
    },
    unclear: {
      found: `what ${server} cannot tell`,
      cure: 'Install the code system or value set here, or look at that server.',
    },
  })[reason];

/** `Patient/1`, as references and findings name it. */
export const nameOfResource = ({ resourceType, id }: JsonObject): string =>
  `${typeof resourceType === 'string' ? resourceType : 'Resource'}/${typeof id === 'string' ? id : ''}`;

const entries = new WeakMap<JsonObject, ReadonlyMap<string, JsonObject>>();

/** By fullUrl, or by `Type/id` (https://hl7.org/fhir/R4/bundle.html#references). */
function entryOf(bundle: JsonObject, reference: string): JsonObject | undefined {
  let known = entries.get(bundle);
  if (!known) {
    const made = new Map<string, JsonObject>();
    for (const entry of listOf(bundle['entry'])) {
      if (!isObject(entry) || !isObject(entry['resource'])) continue;
      const { resource, fullUrl } = entry;
      if (typeof fullUrl === 'string') made.set(fullUrl, resource);
      made.set(nameOfResource(resource), resource);
    }
    known = made;
    entries.set(bundle, known);
  }
  return known.get(reference);
}
