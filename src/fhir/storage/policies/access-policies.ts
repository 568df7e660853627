import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { isTrusted, Polled } from '../../../database/polled.js';
import { AccessRules, type PolicyEdition, type PolicySource } from '../../../scope/access-rules.js';
import { groupsIn } from '../../../scope/policies/groups-of.js';
import type { AccessPolicy } from '../../../scope/policies/policy.js';
import {
  type PolicyGroup,
  readPolicyGroup,
  readStoredPolicy,
  requireListed,
} from '../../../scope/policies/read-stored-policy.js';
import { accessPoliciesOf, type StoredPolicy } from '../../../scope/policies/stored-policy.js';
import { InvalidRequest } from '../../../r4/errors/fhir-error.js';
import { SqlSession } from '../session/sql-session.js';
import {
  insertVersion,
  type PolicyKind,
  type PolicyRow,
  readCurrent,
  readGeneration,
  readVersions,
} from './policy-rows.js';

/** Seconds. A look that hangs must not keep others from looking. */
const patience = 3;

/** A policy or group with what is known of its last version. */
export type Kept<T> = T & Pick<PolicyRow, 'version' | 'changedBy' | 'changedAt'>;

/** The policies that one look found. */
class StoredEdition implements PolicyEdition {
  constructor(
    readonly policies: readonly AccessPolicy[],
    /** Instant of the last look that found them, in ms of `performance.now()`. */
    public confirmedAt: number,
  ) {}

  get isBelieved(): boolean {
    return isTrusted(this.confirmedAt);
  }
}

/** The policies that administrators edit, of all servers on this database: kept in memory, and never believed when stale. */
@Injectable()
export class AccessPolicies implements PolicySource, OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(AccessPolicies.name);
  private readonly failed = (error: unknown): void => this.logger.warn(`Access policies: ${(error as Error).message}`);
  private readonly polled: Polled;
  private generation = '';
  /** None is known before the first look. */
  private known = new StoredEdition([], -Infinity);
  private readonly groups = new Map<string, ReadonlySet<string>>();
  private readonly looks: SqlSession;

  constructor(
    private readonly session: SqlSession,
    private readonly rules: AccessRules,
  ) {
    this.looks = session.within(patience);
    this.polled = new Polled((askedAt) => this.look(askedAt), {
      failed: this.failed,
      changes: {
        poll: session.changes,
        subjects: ['policies'],
        // Codes are of other rows.
        isUnsettled: () => rules.nameCodes(this.known.policies),
        confirmed: (askedAt) => (this.known.confirmedAt = askedAt),
      },
    });
  }

  async onModuleInit(): Promise<void> {
    await this.polled.start();
    this.rules.setSource(this);
  }

  onModuleDestroy(): Promise<void> {
    return this.polled.stop();
  }

  get edition(): PolicyEdition {
    return this.known;
  }

  refresh(): Promise<void> | undefined {
    return this.polled.refresh();
  }

  /** Makes what was stored by now count. A database that is away has nothing to say: then what is known becomes stale. */
  lookAfresh(): Promise<void> {
    return this.polled.lookAfresh().catch(this.failed);
  }

  async list(): Promise<readonly Kept<StoredPolicy>[]> {
    return (await this.current('policy')).map((row) => keptOf<StoredPolicy>(row));
  }

  async listGroups(): Promise<readonly Kept<PolicyGroup>[]> {
    return (await this.current('group')).map((row) => keptOf<PolicyGroup>(row));
  }

  /** All versions, the last one first; `body` is null where it was taken away. */
  versions(kind: PolicyKind, name: string): Promise<readonly PolicyRow[]> {
    return readVersions(this.session, kind, name);
  }

  /** Throws 400 with everything that is wrong with it. */
  async check(form: unknown): Promise<StoredPolicy> {
    const { expressions } = this.rules;
    const policy = readStoredPolicy(form, expressions);
    await requireListed(policy, expressions);
    return policy;
  }

  async put(policy: StoredPolicy, changedBy: string, ifVersion?: number): Promise<Kept<StoredPolicy>> {
    return keptOf((await this.write('policy', policy.name, JSON.stringify(policy), { changedBy, ifVersion }))!);
  }

  async putGroup(form: unknown, changedBy: string): Promise<Kept<PolicyGroup>> {
    const group = readPolicyGroup(form);
    return keptOf((await this.write('group', group.name, JSON.stringify(group), { changedBy }))!);
  }

  /** Its versions stay. Throws 400 when there is none of the name. */
  async remove(kind: PolicyKind, name: string, changedBy: string): Promise<void> {
    const [latest] = await this.versions(kind, name);
    if (!latest || latest.body === null)
      throw new InvalidRequest({ code: 'not-found', diagnostics: `There is no ${kind} of that name.` });
    await this.write(kind, name, null, { changedBy });
  }

  private async write(
    kind: PolicyKind,
    name: string,
    body: string | null,
    { changedBy, ifVersion }: { readonly changedBy: string; readonly ifVersion?: number | undefined },
  ): Promise<PolicyRow | undefined> {
    const row = await insertVersion(this.session, { kind, name, body, changedBy, ifVersion });
    await this.lookAfresh();
    return row;
  }

  private async current(kind: PolicyKind) {
    return (await readCurrent(this.session)).filter((row) => row.kind === kind);
  }

  private async look(askedAt: number): Promise<void> {
    const generation = await readGeneration(this.looks);
    if (generation !== this.generation) await this.apply(await readCurrent(this.looks), askedAt);
    // Other codes are another limit.
    else if (await this.rules.readCodes(this.known.policies))
      this.known = new StoredEdition(this.known.policies, askedAt);
    this.generation = generation;
    this.known.confirmedAt = askedAt;
  }

  private async apply(rows: readonly (PolicyRow & { readonly kind: PolicyKind })[], askedAt: number): Promise<void> {
    const made = rows
      .filter(({ kind }) => kind === 'policy')
      .flatMap((row) => accessPoliciesOf(keptOf<StoredPolicy>(row), groupsIn(this.groups), this.rules.expressions));
    // None counts before what it names has been looked up; those that go still need theirs meanwhile.
    await this.rules.readCodes([...this.known.policies, ...made]);
    this.groups.clear();
    for (const row of rows.filter(({ kind }) => kind === 'group')) {
      const { name, members } = keptOf<PolicyGroup>(row);
      this.groups.set(name, new Set(members));
    }
    this.known = new StoredEdition(made, askedAt);
  }
}

const keptOf = <T>(row: PolicyRow): Kept<T> => {
  const { version, changedBy, changedAt } = row;
  return { ...(JSON.parse(row.body!) as T), version, changedBy, changedAt };
};
