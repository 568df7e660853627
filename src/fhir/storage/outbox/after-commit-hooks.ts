import { Injectable, type OnModuleInit } from '@nestjs/common';
import { parseJson, type JsonObject } from '../../../r4/json/json.js';
import { callTimeout, ExtensionCalls } from '../../extensions/extension-calls.js';
import { fullName } from '../../extensions/hook-order.js';
import { type HookAt, Hooks } from '../../extensions/hooks.js';
import { Outbox, type OutboxListener } from './outbox.js';
import type { OutboxEvent } from './outbox-event.js';

/** Makes hooks of the point `afterCommit` listeners of the outbox. */
@Injectable()
export class AfterCommitHooks implements OnModuleInit {
  constructor(
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
    private readonly outbox: Outbox,
  ) {}

  /** All features have added their hooks by now. */
  onModuleInit(): void {
    this.outbox.add(...this.hooks.of('afterCommit').map((one) => this.listenerOf(one)));
  }

  private listenerOf({ extension, hook, code }: HookAt<'afterCommit'>): OutboxListener {
    return {
      name: fullName({ extension, hook }),
      types: hook.types,
      timeout: code.timeout ?? callTimeout.usual,
      deliver: (event, content) => this.calls.run(code, async () => hook.afterCommit(committed(event, content))),
    };
  }
}

function committed({ listener, ...event }: OutboxEvent, content: string | undefined) {
  const eventId = `${listener}/${event.type}/${event.id}/${event.versionId}`;
  return { eventId, ...event, ...(content !== undefined && { resource: parseJson(content) as JsonObject }) };
}
