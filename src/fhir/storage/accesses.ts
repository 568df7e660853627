import type { RequestCaller } from '../../database/caller-shares.js';
import type { Access } from '../../scope/access.js';
import { depthOf } from '../../r4/search/query/criterion.js';
import type { AuditSealer } from './audit/audit-sealer.js';
import { mayGuide } from './consent/guard-consents.js';
import { definitionTypes } from '../../r4/packages/definition-types.js';
import { binaryReferrers } from '../../r4/model/patient-compartment.js';
import { readsRowAlone } from './predicates/row-alone.js';
import type { Change, Create, Edit, Update } from './writing/change.js';
import type { ConsentLift } from './consent/without-consents.js';
import type { SearchDefinitions } from './indexing/search-definitions.js';
import type { SearchTarget } from './searching/search-groups.js';

/**
 * Before something is done under the accesses: {@link Access.confirm}, and whoever asked for them still counts. Undefined: all of them count, as nearly
 * always. Throws or rejects otherwise.
 */
export function confirm(accesses: readonly Access[], from = 0): Promise<void> | undefined {
  for (let i = from; i < accesses.length; i++) {
    const access = accesses[i]!;
    access.askedBy.confirm?.();
    const confirming = access.confirm();
    if (confirming) return confirming.then(() => confirm(accesses, i + 1));
  }
  return undefined;
}

/** Checks before something is done under accesses. Each one that fails is 503. Undefined: nothing has to be waited for. */
export class Readiness {
  constructor(
    private readonly definitions: SearchDefinitions,
    private readonly sealer?: AuditSealer,
  ) {}

  /** Within a transaction, AuditEvents are read as they are, without waiting for more. */
  get withinTransaction(): Readiness {
    return new Readiness(this.definitions);
  }

  /** Rows can be judged, and the accesses still count. */
  toJudge(accesses: readonly Access[]): Promise<void> | undefined {
    this.definitions.requireJudgeable(accesses);
    return confirm(accesses);
  }

  /** Rows can be judged, and all AuditEvents are stored: the background makes them from their short form. */
  toRead(accesses: readonly Access[]): Promise<void> | undefined {
    const judging = this.toJudge(accesses);
    if (!this.sealer || !accesses.some(({ type }) => type === 'AuditEvent')) return judging;
    const { sealer } = this;
    return judging ? judging.then(() => sealer.catchUp()) : sealer.catchUp();
  }

  toSearch(accesses: readonly Access[]): Promise<void> | undefined {
    this.definitions.requireSearchable();
    return this.toRead(accesses);
  }

  /** Rows can be found by their index, and the accesses still count. */
  toLookAt(accesses: readonly Access[]): Promise<void> | undefined {
    this.definitions.requireSearchable();
    return confirm(accesses);
  }
}

export function byType(accesses: readonly Access[]): (type: string) => Access {
  const known = new Map(accesses.map((access) => [access.type, access]));
  return (type) => known.get(type)!;
}

export const judgedTargets = (targets: readonly SearchTarget[], judged: ConsentLift): readonly SearchTarget[] =>
  targets.map(({ access, criteria }) => ({ access: judged(access), criteria }));

/** As how many statements a search counts (docs/adr/0054): what is asked decides, never what is stored. */
export const weightOf = (targets: readonly SearchTarget[]): number =>
  Math.max(1, depthOf(targets.flatMap(({ criteria }) => criteria)));

/** The caller of the access, for a statement of this weight. */
export const callerFor = ({ askedBy }: Access, weight: number): RequestCaller =>
  weight === 1 ? askedBy : { ...askedBy, weight };

/** Types whose content is kept in tables of their own as well. */
const kept: ReadonlySet<string> = new Set(['Consent', 'SearchParameter']);

/** The one change, if it can be written without a transaction around it: by statements each of which is one. */
export const loneChange = ([change, ...more]: readonly Change[]): Create | Update | Edit | undefined =>
  change &&
  more.length === 0 &&
  change.kind !== 'delete' &&
  !kept.has(change.type) &&
  !mayGuide(change) &&
  isAlone(change)
    ? change
    : undefined;

/** True if nothing has to be looked up but the row itself, and nothing is stored beside it. */
function isAlone(change: Create | Update | Edit): boolean {
  const { kind, type, access } = change;
  if (kind === 'create') return access.unrestricted && !change.external;
  if (type === 'Binary' || definitionTypes.has(type)) return false;
  // Of content within one record, what it points at is judged as well.
  return access.unrestricted || (!binaryReferrers.has(type) && readsRowAlone(access.ofContent.grants));
}
