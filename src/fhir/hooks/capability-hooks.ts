import { Injectable, type OnModuleInit } from '@nestjs/common';
import { StartRefused } from '../../config/checks/start-refused.js';
import { isObject, type Json, type JsonObject, parseJson, writeJson } from '../../r4/json/json.js';
import { hasErrors, validateResource } from '../../r4/validation/validate-resource.js';
import { ExtensionCalls } from '../extensions/extension-calls.js';
import { fullName } from '../extensions/hook-order.js';
import { type HookAt, Hooks } from '../extensions/hooks.js';
import { withAddition } from './add-to-document.js';

/** Adds to the CapabilityStatement what hooks of the point `onCapability` return; asked once, while the server starts. */
@Injectable()
export class CapabilityHooks implements OnModuleInit {
  private made: { readonly of: string; readonly text: string } | undefined;
  private additions: readonly { readonly of: string; readonly addition: JsonObject }[] = [];

  constructor(
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  /** Throws {@link StartRefused} for an addition of no use. */
  onModuleInit(): void {
    this.additions = this.hooks.at('onCapability').map((at) => ({ of: fullName(at), addition: this.ask(at) }));
  }

  get areAny(): boolean {
    return this.additions.length > 0;
  }

  /** The text of the statement with all additions; the same text again for the same statement. */
  textOf(statement: string): string {
    if (this.additions.length === 0) return statement;
    if (this.made?.of !== statement) {
      this.made = { of: statement, text: writeJson(this.addTo(parseJson(statement) as JsonObject)) };
    }
    return this.made.text;
  }

  /** The statement with all additions. Throws {@link StartRefused} where one changes it or makes it invalid. */
  private addTo(statement: JsonObject): JsonObject {
    let whole = statement;
    for (const { of, addition } of this.additions) {
      try {
        whole = withAddition(whole, addition);
      } catch (error) {
        throw refused(of, `would change it: ${(error as Error).message}`);
      }
      const findings = validateResource(whole, { level: 'strict' });
      if (hasErrors(findings))
        throw refused(of, `makes it invalid: ${findings.find(({ severity }) => severity === 'error')!.text}`);
    }
    return whole;
  }

  private ask(at: HookAt<'onCapability'>): JsonObject {
    const { code, hook } = at;
    const made: unknown = this.calls.runNow(code, () => hook.onCapability());
    if (!isObject(made as Json)) throw refused(fullName(at), 'is no object');
    // As JSON has it, and a copy.
    return parseJson(writeJson(made as JsonObject)) as JsonObject;
  }
}

const refused = (hook: string, mistake: string): StartRefused =>
  new StartRefused(
    `${hook}: what onCapability returns for the CapabilityStatement ${mistake}. It may add elements and items of lists.`,
  );
