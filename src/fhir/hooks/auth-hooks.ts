import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Authenticator } from '../../auth/authenticator.js';
import { type AddedClaims, type ClaimSource, requireAddable } from '../../auth/claim-source.js';
import type { Principal } from '../../auth/principal.js';
import { frozen } from '../extensions/content.js';
import { ExtensionCalls } from '../extensions/extension-calls.js';
import { type HookAt, Hooks } from '../extensions/hooks.js';

/** Adds claims of hooks of the point `authenticate` to those of verified callers. */
@Injectable()
export class AuthHooks implements ClaimSource, OnModuleInit {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly hooks: Hooks,
    private readonly calls: ExtensionCalls,
  ) {}

  onModuleInit(): void {
    if (this.hooks.has('authenticate')) this.authenticator.addClaimSource(this);
  }

  /** A later hook sees the claims of those before. */
  async claimsOf(principal: Principal): Promise<AddedClaims> {
    let added: AddedClaims = {};
    for (const at of this.hooks.at('authenticate')) {
      const known = { ...principal, claims: { ...added, ...principal.claims } };
      added = { ...added, ...(await this.ask(at, frozen(known))) };
    }
    return added;
  }

  private ask({ code, hook }: HookAt<'authenticate'>, principal: Principal): Promise<AddedClaims> {
    return this.calls.run(code, async () => {
      const claims: unknown = (await hook.authenticate(principal)) ?? {};
      if (!isRecord(claims)) throw new Error('It returned something else than claims.');
      requireAddable(principal, claims);
      // A hook that keeps its claims must not change them after the decision.
      return frozen(structuredClone(claims));
    });
  }
}

const isRecord = (value: unknown): value is AddedClaims =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
