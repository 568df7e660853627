import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import type { Principal } from '../../../auth/principal.js';
import { AccessRules, type PolicySource } from '../../../scope/access-rules.js';
import { type AccessPolicy, deny } from '../../../scope/policies/policy.js';
import {
  type PolicyGroup,
  readPolicyGroup,
  readStoredPolicy,
  requireListed,
} from '../../../scope/policies/read-stored-policy.js';
import { accessPoliciesOf, type StoredPolicy } from '../../../scope/policies/stored-policy.js';
import { InvalidRequest } from '../../model/fhir-error.js';
import { SqlSession } from '../sql-session.js';
import {
  insertVersion,
  type PolicyKind,
  type PolicyRow,
  readCurrent,
  readGeneration,
  readVersions,
} from './policy-rows.js';

const lookEveryMs = 2_000;
/** Once the last look is older, policies may have changed. */
const believedForMs = 5_000;

/** A policy or group with what is known of its last version. */
export type Kept<T> = T & Pick<PolicyRow, 'version' | 'changedBy' | 'changedAt'>;

/** While it cannot be known what the policies are, nobody gets anything. */
const unknown: readonly AccessPolicy[] = [
  {
    name: 'stored-policies',
    decide: () =>
      deny('unavailable', 'The access policies of this server cannot be looked up in its database right now.'),
  },
];

/** The policies that administrators edit, of all servers on this database: kept in memory, and never believed when stale. */
@Injectable()
export class AccessPolicies implements PolicySource, OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(AccessPolicies.name);
  private generation = '';
  private askedAt = -Infinity;
  private looking: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private made: readonly AccessPolicy[] = [];
  private readonly groups = new Map<string, ReadonlySet<string>>();

  constructor(
    private readonly session: SqlSession,
    private readonly rules: AccessRules,
  ) {}

  async onModuleInit(): Promise<void> {
    await this.lookOnce();
    this.rules.setSource(this);
    this.timer = setInterval(() => void this.look(), lookEveryMs).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  get policies(): readonly AccessPolicy[] {
    return this.isFresh ? this.made : unknown;
  }

  refresh(): Promise<void> | undefined {
    return this.isFresh ? undefined : this.look();
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
    await this.looking;
    await this.look();
    return row;
  }

  private async current(kind: PolicyKind) {
    return (await readCurrent(this.session)).filter((row) => row.kind === kind);
  }

  private get isFresh(): boolean {
    return performance.now() - this.askedAt < believedForMs;
  }

  /** A database that is away has nothing to say: then what is known becomes stale. */
  private look(): Promise<void> {
    this.looking ??= this.lookOnce()
      .catch((error: unknown) => this.logger.warn(`Access policies: ${(error as Error).message}`))
      .finally(() => (this.looking = undefined));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const askedAt = performance.now();
    const generation = await readGeneration(this.session);
    if (generation !== this.generation) await this.apply(await readCurrent(this.session));
    else await this.rules.readCodes(this.made);
    this.generation = generation;
    this.askedAt = askedAt;
  }

  private async apply(rows: readonly (PolicyRow & { readonly kind: PolicyKind })[]): Promise<void> {
    const made = rows
      .filter(({ kind }) => kind === 'policy')
      .flatMap((row) =>
        accessPoliciesOf(keptOf<StoredPolicy>(row), (who) => this.groupsOf(who), this.rules.expressions),
      );
    // None counts before what it names has been looked up; those that go still need theirs meanwhile.
    await this.rules.readCodes([...this.made, ...made]);
    this.groups.clear();
    for (const row of rows.filter(({ kind }) => kind === 'group')) {
      const { name, members } = keptOf<PolicyGroup>(row);
      this.groups.set(name, new Set(members));
    }
    this.made = made;
  }

  /** Of a user of this server, what is stored here; of others, the claim `groups`, whose form has been checked. */
  private groupsOf({ local, kind, subject, claims }: Principal): readonly string[] | undefined {
    if (local && kind === 'user')
      return [...this.groups].filter(([, members]) => members.has(subject)).map(([name]) => name);
    const claimed = claims['groups'] as string | readonly string[] | undefined;
    if (claimed === undefined) return leavesGroupsOut(claims) ? undefined : [];
    return typeof claimed === 'string' ? [claimed] : claimed;
  }
}

/** Entra ID's overage: a token that is too small for the groups says where to ask for them (OpenID Connect Core, section 5.6.2). */
const leavesGroupsOut = ({ hasgroups, _claim_names: names }: Principal['claims']): boolean =>
  (hasgroups !== undefined && hasgroups !== false) ||
  (typeof names === 'object' && names !== null && Object.hasOwn(names, 'groups'));

const keptOf = <T>(row: PolicyRow): Kept<T> => {
  const { version, changedBy, changedAt } = row;
  return { ...(JSON.parse(row.body!) as T), version, changedBy, changedAt };
};
