import { Injectable, Logger, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import { Polled } from '../../../database/polled.js';
import { type SuppressionRule, Suppressions } from '../../../r4/validation/suppression/suppression-rule.js';
import { readSuppressionRule } from '../../../r4/validation/suppression/read-suppression-rule.js';
import { InstalledPackages } from '../packages/installed-packages.js';
import { SqlSession } from '../session/sql-session.js';
import { deleteRule, putRule, readRules, type SuppressionRow } from './suppression-rows.js';

/** A rule with what is known of its last version. */
export type KeptRule = SuppressionRule & Pick<SuppressionRow, 'version' | 'changedBy' | 'changedAt'>;

/** The suppression rules of this database, as all servers of it know them within five seconds; without them, findings are what they are. */
@Injectable()
export class SuppressionRules implements OnModuleInit, OnModuleDestroy {
  private readonly logger = new Logger(SuppressionRules.name);
  private readonly failed = (error: unknown): void =>
    this.logger.warn(`Suppression rules: ${(error as Error).message}`);
  private readonly polled: Polled;
  private known: Suppressions | undefined;

  constructor(
    private readonly session: SqlSession,
    private readonly packages: InstalledPackages,
  ) {
    const changes = { poll: session.changes, subjects: ['suppressions'] } as const;
    this.polled = new Polled(() => this.look(), { failed: this.failed, changes });
  }

  onModuleInit(): Promise<void> {
    return this.polled.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.polled.stop();
  }

  /** Undefined where there is no rule, or where nobody knows whether those known still count. */
  get current(): Suppressions | undefined {
    return this.known && this.polled.isBelieved ? this.known : undefined;
  }

  async list(): Promise<readonly KeptRule[]> {
    return (await readRules(this.session)).map(keptOf);
  }

  /** Throws 400 with everything that is wrong with the rule. */
  check(form: unknown): Promise<SuppressionRule> {
    return readSuppressionRule(form, this.packages, Date.now());
  }

  /** Throws 400 with everything that is wrong with the rule, 412 for another version. */
  async put(form: unknown, changedBy: string, ifVersion?: number): Promise<KeptRule> {
    const { name, ...rule } = await this.check(form);
    const row = await putRule(this.session, { name, body: JSON.stringify(rule), changedBy, ifVersion });
    await this.polled.lookAfresh().catch(this.failed);
    return keptOf(row);
  }

  /** False if there is none of the name. Throws 412 for another version. */
  async remove(name: string, ifVersion?: number): Promise<boolean> {
    const isRemoved = await deleteRule(this.session, name, ifVersion);
    await this.polled.lookAfresh().catch(this.failed);
    return isRemoved;
  }

  private async look(): Promise<void> {
    const rules = (await readRules(this.session)).map(keptOf);
    this.known = rules.length === 0 ? undefined : new Suppressions(rules);
  }
}

const keptOf = ({ name, body, version, changedBy, changedAt }: SuppressionRow): KeptRule => ({
  name,
  ...(JSON.parse(body) as Omit<SuppressionRule, 'name'>),
  version,
  changedBy,
  changedAt,
});
