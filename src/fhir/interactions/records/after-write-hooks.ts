import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type JsonObject, parseJson } from '../../../r4/json/json.js';
import { LimitedContext } from '../../../scope/limited-context.js';
import { contextOf } from '../../../scope/request-context.js';
import { frozen } from '../../extensions/content.js';
import { ExtensionCalls, ExtensionFailed } from '../../extensions/extension-calls.js';
import type { AfterWrite } from '../../extensions/hook.js';
import { fullName } from '../../extensions/hook-order.js';
import { type HookAt, Hooks } from '../../extensions/hooks.js';
import { isRetryable } from '../../storage/session/database-failure.js';
import type { StoredChange, WriteObserver } from '../../storage/writing/stored-changes.js';
import { ResourceRepository } from '../../storage/resource.repository.js';
import { RecordsInteraction } from './records.interaction.js';

/** Calls at work in one transaction: writes of hooks run hooks again. */
const mostAtWork = 10;

/** Runs hooks of the point `afterWrite` in the transaction of the write, in their order for each version. */
@Injectable()
export class AfterWriteHooks implements WriteObserver<ResourceRepository>, OnModuleInit {
  private readonly atWork = new WeakMap<ResourceRepository, number>();

  constructor(
    private readonly resources: ResourceRepository,
    private readonly records: RecordsInteraction,
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  onModuleInit(): void {
    if (this.hooks.has('afterWrite')) this.resources.observer = this;
  }

  isFor(type: string): boolean {
    return this.hooks.at('afterWrite', type).length > 0;
  }

  async stored(tx: ResourceRepository, changes: readonly StoredChange[]): Promise<void> {
    for (const stored of changes) {
      for (const at of this.hooks.at('afterWrite', stored.change.type)) await this.tell(tx, stored, at);
    }
  }

  private async tell(tx: ResourceRepository, stored: StoredChange, at: HookAt<'afterWrite'>): Promise<void> {
    const { code, hook } = at;
    const atWork = (this.atWork.get(tx) ?? 0) + 1;
    if (atWork > mostAtWork) {
      throw this.calls.nonsense(code, `writes what hooks answer by writing: more than ${mostAtWork} calls at work`);
    }
    this.atWork.set(tx, atWork);
    try {
      const event = this.eventOf(tx, stored, at);
      await this.calls.run(code, () => hook.afterWrite(event));
    } catch (error) {
      // A transaction that lost a race starts again, whoever is at work in it.
      throw error instanceof ExtensionFailed && isRetryable(error.cause) ? error.cause : error;
    } finally {
      this.atWork.set(tx, this.atWork.get(tx)! - 1);
    }
  }

  private eventOf(
    tx: ResourceRepository,
    { change: { access }, written, before }: StoredChange,
    at: HookAt<'afterWrite'>,
  ): AfterWrite {
    const { type, id, versionId, method, deleted, body } = written;
    // The types that an operation declares do not limit the hooks of others.
    const context = LimitedContext.wholeOf(contextOf(access));
    frozen(context.principal);
    return {
      interaction: interactions[method],
      type,
      id,
      versionId,
      ...(before !== undefined && { before: contentOf(before) }),
      ...(!deleted && { after: contentOf(body) }),
      context,
      records: this.records.of(context, { name: fullName(at), system: at.hook.system }, tx),
    };
  }
}

const interactions = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

const contentOf = (body: string): JsonObject => frozen(parseJson(body) as JsonObject);
