import type { Access } from '../../scope/access.js';
import type { AuditSealer } from './audit/audit-sealer.js';
import { mayGuide } from './write/guard-consents.js';
import type { Change } from './change.js';
import type { Judged } from './consent/without-consents.js';
import type { SearchDefinitions } from './custom/search-definitions.js';
import type { SearchTarget } from './search-groups.js';

/** Under what they allow something is done now: {@link Access.confirm}. */
export async function confirm(accesses: readonly Access[]): Promise<void> {
  for (const access of accesses) await access.confirm();
}

/** What has to be so before something is done under accesses. Each throws 503 while it is not. */
export class Readiness {
  constructor(
    private readonly definitions: SearchDefinitions,
    private readonly sealer?: AuditSealer,
  ) {}

  /** Within a transaction: AuditEvents as they are by then. */
  get withinTransaction(): Readiness {
    return new Readiness(this.definitions);
  }

  /** Rows can be judged, and the accesses count. */
  toJudge(accesses: readonly Access[]): Promise<void> {
    this.definitions.requireJudgeable(accesses);
    return confirm(accesses);
  }

  /** The same; AuditEvents are made of their short form in the background: who looks for them shall find them all. */
  async toRead(accesses: readonly Access[]): Promise<void> {
    await this.toJudge(accesses);
    if (this.sealer && accesses.some(({ type }) => type === 'AuditEvent')) await this.sealer.catchUp();
  }

  toSearch(accesses: readonly Access[]): Promise<void> {
    this.definitions.requireSearchable();
    return this.toRead(accesses);
  }

  /** Rows can be found by what they are indexed by, and the accesses count. */
  toLookAt(accesses: readonly Access[]): Promise<void> {
    this.definitions.requireSearchable();
    return confirm(accesses);
  }
}

export function byType(accesses: readonly Access[]): (type: string) => Access {
  const known = new Map(accesses.map((access) => [access.type, access]));
  return (type) => known.get(type)!;
}

export const judgedTargets = (targets: readonly SearchTarget[], judged: Judged): readonly SearchTarget[] =>
  targets.map(({ access, criteria }) => ({ access: judged(access), criteria }));

/** Types whose content is kept in tables of their own as well. */
const kept: ReadonlySet<string> = new Set(['Consent', 'SearchParameter']);

/** Whether the change is one statement that nothing has to be looked up for. */
export const isFreeCreate = (change: Change): boolean =>
  change.kind === 'create' &&
  !kept.has(change.type) &&
  change.access.unrestricted &&
  !change.external &&
  !mayGuide(change);
