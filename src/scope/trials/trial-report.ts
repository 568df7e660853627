import { permissionWords } from '../grammar/permission.js';
import type { CallerShape, RequestShape } from './access-shape.js';
import type { Effect, ShapeChange } from './try-policies.js';

/** A shape of requests, with how often and when it was seen. */
interface SeenRequest {
  readonly caller: CallerShape;
  readonly request: RequestShape;
  readonly seen: number;
  /** Instant, UTC. */
  readonly lastSeen: string;
}

/** One shape of requests that other policies would treat otherwise. */
export interface TrialExample extends ShapeChange {
  /** All of it, in English. */
  readonly words: string;
  /** Absent for users who are patients. */
  readonly user?: string;
  readonly client?: string;
  /** Such as `search Observation`. */
  readonly request: string;
  readonly scopes: readonly string[];
  readonly seen: number;
  readonly lastSeen: string;
}

/** Result of a trial. */
export interface TrialSummary {
  readonly tried: {
    readonly shapes: number;
    readonly requests: number;
    /** Shapes that could not be decided again. */
    readonly failed: number;
    /** When the shape was seen that was not seen for the longest time. */
    readonly since?: string;
    /** True if there are as many shapes as are kept: those seen before them are not known. */
    readonly isFull?: true;
    /** Shapes, those seen longest ago, that were not tried since one trial does no more work. */
    readonly leftOut?: number;
  };
  readonly changes: Readonly<Record<Effect, { readonly shapes: number; readonly requests: number }>>;
  /** Order of the reports: refusals first; within an effect the most frequent ones. */
  readonly examples: readonly TrialExample[];
  readonly notes: readonly string[];
}

const effects: readonly Effect[] = ['refused', 'fewer', 'other', 'permitted', 'more'];
const examplesOfEffect = 20;

const effectWords: Readonly<Record<Effect, string>> = {
  refused: 'is permitted now and would be refused',
  fewer: 'would reach less',
  other: 'would reach other rows or elements',
  permitted: 'is refused now and would be permitted',
  more: 'would reach more',
};

/** Collects what a trial finds. */
export class TrialReport {
  private readonly found = new Map<Effect, TrialExample[]>(effects.map((effect) => [effect, []]));
  private readonly tried = { shapes: 0, requests: 0, failed: 0 };
  private since: string | undefined;
  private leftOut = 0;

  /** `mostShapes`: how many are kept. */
  constructor(
    private readonly hasDecisionPoint: boolean,
    private readonly mostShapes: number,
  ) {}

  add(seen: SeenRequest, change: ShapeChange | 'failed' | undefined): void {
    this.tried.shapes++;
    this.tried.requests += seen.seen;
    if (this.since === undefined || seen.lastSeen < this.since) this.since = seen.lastSeen;
    if (change === 'failed') this.tried.failed++;
    else if (change) this.found.get(change.effect)!.push(exampleOf(seen, change));
  }

  leaveOut(shapes: number): void {
    this.leftOut += shapes;
  }

  get summary(): TrialSummary {
    const counted = [...this.found].map(([effect, all]) => [
      effect,
      { shapes: all.length, requests: all.reduce((sum, { seen }) => sum + seen, 0) },
    ]);
    return {
      tried: {
        ...this.tried,
        ...(this.since !== undefined && { since: this.since }),
        ...(this.tried.shapes + this.leftOut >= this.mostShapes && { isFull: true }),
        ...(this.leftOut > 0 && { leftOut: this.leftOut }),
      },
      changes: Object.fromEntries(counted) as TrialSummary['changes'],
      examples: [...this.found.values()].flatMap((all) =>
        all.toSorted((one, other) => other.seen - one.seen).slice(0, examplesOfEffect),
      ),
      notes: this.hasDecisionPoint ? [decisionPointNote] : [],
    };
  }
}

const decisionPointNote = 'The decision point of this server was not asked: only its own policies are compared.';

function exampleOf({ caller, request, seen, lastSeen }: SeenRequest, change: ShapeChange): TrialExample {
  const { subject, clientId, scopes, kind } = caller;
  const line = requestWords(request);
  const who = [
    kind === 'machine' ? 'a machine' : (subject ?? 'a user who is a patient or a related person'),
    ...(clientId === undefined ? [] : [`by ${clientId}`]),
  ].join(' ');
  const times = seen === 1 ? 'once' : `${seen} times`;
  const reasons = change.reasons.length === 0 ? '' : ` ${change.reasons.join(' ')}`;
  return {
    ...change,
    words: `${who}, ${line}, seen ${times}: ${effectWords[change.effect]}.${reasons}`,
    ...(kind === 'user' && subject !== undefined && { user: subject }),
    ...(clientId !== undefined && { client: clientId }),
    request: line,
    scopes,
    seen,
    lastSeen,
  };
}

const kindWords: Readonly<Partial<Record<RequestShape['kind'], string>>> = {
  read: permissionWords.r,
  vread: 'read an old version of',
  'history-instance': 'history of one',
  'history-type': 'history of',
  'history-system': 'history of everything',
  'search-type': permissionWords.s,
  'search-system': 'search across types',
  'search-compartment': 'search within one',
  create: permissionWords.c,
  update: permissionWords.u,
  delete: permissionWords.d,
  patch: 'patch',
};

function requestWords({ kind, type, member, operation, types, isConditional }: RequestShape): string {
  const verb = operation === undefined ? (kindWords[kind] ?? kind) : `$${operation}`;
  const of = [type, member === undefined ? undefined : `for ${member}`, types?.join(', ')];
  return [verb, ...(isConditional ? ['by a condition'] : []), ...of].filter((part) => part !== undefined).join(' ');
}
