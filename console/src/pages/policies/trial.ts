import type { MessageKey } from '../../messages/messages.js';

/** Effects of other policies on requests, those that hinder people first. */
export const effects = ['refused', 'fewer', 'other', 'permitted', 'more'] as const;

export type Effect = (typeof effects)[number];

export interface TrialExample {
  readonly effect: Effect;
  readonly user?: string;
  readonly client?: string;
  readonly request: string;
  readonly types: readonly string[];
  readonly reasons: readonly string[];
  readonly seen: number;
  readonly lastSeen: string;
}

/** Answer of `POST policy-trials` (docs/policies.md). */
export interface Trial {
  readonly tried: {
    readonly shapes: number;
    readonly requests: number;
    readonly failed: number;
    readonly since?: string;
    readonly isFull?: true;
    readonly leftOut?: number;
  };
  readonly changes: Readonly<Record<Effect, { readonly shapes: number; readonly requests: number }>>;
  readonly examples: readonly TrialExample[];
  readonly notes: readonly string[];
  readonly lockedOut?: string;
}

export const effectKey = (effect: Effect): MessageKey =>
  effect === 'other' ? 'policies.effect.changed' : `policies.effect.${effect}`;
