import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { resourceTypes } from '../../../r4/model/resource-types.js';
import type { PendingParameter } from '../../../r4/search/parameters/custom-parameters.js';
import { typesOf } from '../../../r4/search/parameters/parameter-types.js';
import type { SearchParameter } from '../../../r4/search/parameters/search-parameter.js';
import { SearchParameters } from '../../../r4/search/parameters/search-parameters.js';
import type { Access } from '../../../scope/access.js';
import { IndexForm } from './forms/index-form.js';
import { KnownForms } from './forms/known-forms.js';
import { BeingIndexed, requireJudgeable, requireSearchable } from './forms/require-indexed.js';
import { SortSlots } from '../searching/sort-slots.js';
import type { Pace } from '../../../database/polled.js';
import { SqlSession } from '../session/sql-session.js';
import { type CustomRow, readRows, readState } from './definition-rows.js';
import { isStale } from './fence.js';
import { type OpenJob, percentOf, readIndexingState } from './index-job.js';
import {
  type DefinedChange,
  type NotOffered,
  type PackagedParameters,
  registerPackaged,
  registerParameters,
} from './register-parameters.js';

const mostAttempts = 8;
const settledEveryMs = 50;

/** After a change of definitions every write looks whether it is committed, so that who made it finds it at work. */
const changeTakesMs = 2_000;

/** Every server looks so often, and withdraws what it knows when it has not been confirmed for so long; releases run side by side, so both stay. */
export const definitionsPace: Pace = { every: 1_500, trustedFor: 4_000 };

/** Knowledge of this process about the custom search parameters of all servers on its database. */
@Injectable()
export class SearchDefinitions implements OnModuleInit {
  private rows: readonly CustomRow[] = [];
  private open: readonly OpenJob[] = [];
  private state = { generation: 1, revision: 1 };
  private withdrawn = false;
  private changedAt = -Infinity;
  private applied = 0;
  /** Instant at which the database had all that this process goes by, in ms of `performance.now()`. */
  knownSince = performance.now();
  readonly forms: KnownForms;

  constructor(
    private readonly session: SqlSession,
    private readonly parameters: SearchParameters,
    private readonly slots: SortSlots,
    form: IndexForm,
  ) {
    this.forms = new KnownForms(form);
  }

  /** Before anything is written, indexed or answered. */
  async onModuleInit(): Promise<void> {
    await this.forms.want(this.session);
    await this.poll();
  }

  /** Jobs that are open. One small statement when there is no news. */
  async poll(): Promise<readonly OpenJob[]> {
    const { revision, open, ...forms } = await readIndexingState(this.session);
    const isOtherForm = this.forms.isNews(forms);
    if (isOtherForm) await this.forms.refresh(this.session, forms);
    const isNews = isOtherForm || revision !== this.state.revision || this.withdrawn || this.hasProgressed(open);
    this.open = open;
    if (isNews) await this.refresh();
    return open;
  }

  async refresh(): Promise<void> {
    const state = await readState(this.session);
    const rows = await readRows(this.session);
    // A look that began earlier may end later.
    if (state.revision < this.state.revision) return;
    if (state.revision > this.state.revision) this.changedAt = -Infinity;
    this.state = state;
    this.rows = rows;
    this.withdrawn = false;
    this.apply();
  }

  /** Withdraws definitions not confirmed for too long: they may have changed, so no search may rely on them. */
  withdraw(): void {
    if (this.withdrawn) return;
    this.withdrawn = true;
    this.apply();
  }

  /** True while definitions are withdrawn, or rows of other forms may be stored. */
  get isUnsettled(): boolean {
    return this.withdrawn || this.forms.typesOfOthers.length > 0;
  }

  /** Runs work that stores index columns until the parameters they were made by are the current ones. */
  async whileCurrent<T>(work: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await work();
        if (performance.now() - this.changedAt < changeTakesMs) await this.poll().catch(() => undefined);
        return result;
      } catch (error) {
        if (attempt === mostAttempts || !isStale(error)) throw error;
        await this.refresh();
      }
    }
  }

  /** Takes the SearchParameter resources among the changes of a transaction for what they define. */
  async register(session: SqlSession, changes: readonly DefinedChange[]): Promise<void> {
    const ofParameters = changes.filter(({ type }) => type === 'SearchParameter');
    if (ofParameters.length === 0) return;
    if (await registerParameters(session, this.parameters, ofParameters)) this.changedAt = performance.now();
  }

  /** Takes SearchParameter resources of packages for what they define; returns those that cannot be offered. */
  async registerPackaged(session: SqlSession, changed: PackagedParameters): Promise<readonly NotOffered[]> {
    const problems = await registerPackaged(session, this.parameters, changed);
    this.changedAt = performance.now();
    return problems;
  }

  /** Resolves when no parameter is being indexed, or after so many milliseconds. */
  async settled(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds;
    while (performance.now() < end) {
      await this.poll();
      if (!this.rows.some(({ state }) => state === 'building')) return;
      await delay(settledEveryMs);
    }
  }

  /** Percent of what is being indexed now. */
  get progress(): number {
    return this.open.reduce((least, job) => Math.min(least, percentOf(job)), this.open.length === 0 ? 0 : 100);
  }

  /** Throws 503 while rows that are stored may lack what a search looks for. */
  requireSearchable(): void {
    requireSearchable(this.forms, this.progress);
  }

  /** Throws 503 while rows that are stored may lack what they would be judged by. */
  requireJudgeable(accesses: readonly Access[]): void {
    requireJudgeable(this.forms, accesses, this.progress);
  }

  /** Throws 503 while rows that are stored may lack the references that a delete looks for. */
  requireReferences(): void {
    if (!this.forms.lacksReferences) return;
    throw new BeingIndexed('Whether something refers to what is to be deleted cannot be checked yet', this.progress);
  }

  get generation(): number {
    return this.state.generation;
  }

  /** The row that a SearchParameter resource defines, as this process knows it. */
  definedBy(resourceId: string): CustomRow | undefined {
    return this.rows.find((row) => row.resourceId === resourceId);
  }

  progressOf(job: number): number {
    const found = this.open.find(({ id }) => id === job);
    return found ? percentOf(found) : 0;
  }

  private hasProgressed(open: readonly OpenJob[]): boolean {
    const isBuilding = this.forms.lacking.length > 0 || this.rows.some(({ state }) => state === 'building');
    return isBuilding && progressText(open) !== progressText(this.open);
  }

  private apply(): void {
    const { generation } = this.state;
    const revision = ++this.applied;
    this.knownSince = performance.now();
    const known = this.rows.filter(({ state }) => state !== 'removing');
    const pending = [...known.flatMap((row) => this.pendingOf(row) ?? []), ...this.lacking()];
    const isPending = (parameter: SearchParameter): boolean => pending.some((one) => one.parameter === parameter);
    const active = known.flatMap(({ parameter }) => (isPending(parameter) ? [] : [parameter]));
    this.parameters.setCustom({ generation, revision, active, pending });
    this.slots.setCustom(known.flatMap(({ parameter, slot }) => (slot === null ? [] : [{ parameter, slot }])));
  }

  /** Parameters that the application added and rows of other forms lack. */
  private lacking(): readonly PendingParameter[] {
    return this.forms.lackingSearched.map((parameter) => ({ parameter, state: 'building', progress: this.progress }));
  }

  private pendingOf({ parameter, state, job, reason }: CustomRow): PendingParameter | undefined {
    if (this.isBuiltIn(parameter)) {
      return { parameter, state: 'failed', reason: 'this server has a built-in parameter of that code' };
    }
    if (state === 'failed') return { parameter, state, ...(reason !== null && { reason }) };
    if (state === 'building') return { parameter, state, progress: this.progressOf(job) };
    const unheard = 'its definition cannot be looked up in the database right now';
    return this.withdrawn ? { parameter, state: 'building', reason: unheard } : undefined;
  }

  /** An application may have come to bring one since. */
  private isBuiltIn(parameter: SearchParameter): boolean {
    const types = typesOf(parameter).filter((type) => resourceTypes.has(type));
    return types.some((type) => this.parameters.findBuiltIn(type, parameter.code) !== undefined);
  }
}

const progressText = (jobs: readonly OpenJob[]): string => JSON.stringify(jobs.map((job) => [job.id, percentOf(job)]));
