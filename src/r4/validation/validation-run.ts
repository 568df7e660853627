import type { JsonObject } from '../json/json.js';
import { type Finding, type FindingCode, type FindingKind, findingKinds, type Severity } from './finding.js';

/**
 * `structure` makes wrong bindings, references and formats warnings, so that old data can be loaded. `none` finds only what storing,
 * searching and deciding access rest on (ADR 117).
 */
export type ValidationLevel = 'strict' | 'structure' | 'none';

/** How strictly to validate, and how much to tell. */
export interface ValidationOptions {
  readonly level?: ValidationLevel;
  /** No more findings than this are reported; errors are kept before warnings. */
  readonly maximumFindings?: number;
}

/** References between a resource and what it contains, noted on the way for dom-3. */
export interface ContainedMentions {
  /** Every `#id` that occurs. */
  readonly fragments: Set<string>;
  /** The contained resources that name their container by `#`. */
  readonly referring: Set<JsonObject>;
}

/** A resource that is not contained in another: `%rootResource` of an invariant. */
export interface RootContext {
  readonly resource: JsonObject;
  /** Undefined when it contains nothing, so that nobody asks. */
  readonly mentions: ContainedMentions | undefined;
}

/** The resource around an element: `%resource` of an invariant. */
export interface ResourceContext {
  readonly resource: JsonObject;
  readonly root: RootContext;
}

interface InvariantText {
  readonly key: string;
  readonly severity: Severity;
  readonly human: string;
}

const defaultMaximum = 100;

/** One validation: where it stands, in which resource, and what it found. */
export class ValidationRun {
  /** Element names and indices from the root. */
  readonly path: (string | number)[] = [];
  readonly maximum: number;
  depth = 0;
  /** Grows with each finding after which invariants around it would say nothing new. */
  broken = 0;
  /** Enough errors: the rest is not looked at. */
  full = false;
  context: ResourceContext;
  private readonly findings: Finding[] = [];
  private errors = 0;
  private readonly isRelaxed: boolean;

  constructor({ level = 'strict', maximumFindings = defaultMaximum }: ValidationOptions) {
    this.isRelaxed = level !== 'strict';
    this.maximum = maximumFindings;
    this.context = { resource: {}, root: { resource: {}, mentions: undefined } };
  }

  report(code: FindingCode, expected: string, found: string): void {
    const kind: FindingKind = findingKinds[code];
    if (kind.breaks) this.broken++;
    const severity = kind.warning || (kind.relaxed && this.isRelaxed) ? 'warning' : 'error';
    const expression = this.expression();
    const text = `${expression}: expected ${expected}; found ${found}.`;
    this.add({ severity, code, issue: kind.issue, expression, expected, found, text });
  }

  /** Reports at an element below the one where the run stands. */
  reportAt(part: string, code: FindingCode, [expected, found]: readonly [expected: string, found: string]): void {
    this.path.push(part);
    this.report(code, expected, found);
    this.path.pop();
  }

  violate({ key, severity, human }: InvariantText): void {
    const kind: FindingKind | undefined = key in findingKinds ? findingKinds[key as FindingCode] : undefined;
    const expression = this.expression();
    this.add({
      severity: kind?.relaxed && this.isRelaxed ? 'warning' : severity,
      code: key,
      issue: 'invariant',
      expression,
      expected: `that "${human}"`,
      found: `that ${key} does not hold`,
      text: `${expression}: ${human} (${key})`,
    });
  }

  /** Returns the findings in the order of the document; warnings are dropped first when there are too many. */
  result(): readonly Finding[] {
    let room = this.maximum - this.errors;
    return this.findings.filter(({ severity }) => severity === 'error' || room-- > 0);
  }

  private add(finding: Finding): void {
    if (this.full) return;
    if (finding.severity === 'error') this.errors++;
    else if (this.findings.length - this.errors >= this.maximum) return;
    this.findings.push(finding);
    this.full = this.errors >= this.maximum;
  }

  private expression(): string {
    let text = '';
    for (const part of this.path) {
      if (typeof part === 'number') text += `[${part}]`;
      else text += text === '' ? part : `.${part}`;
    }
    return text;
  }
}
