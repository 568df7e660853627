import type { DynamicModule, FactoryProvider, Provider } from '@nestjs/common';
import { SMART_CONTEXT } from '../auth/parts/smart-context.js';
import { TOKEN_VERIFIER } from '../auth/parts/token-verifier.js';
import { StartRefused } from '../config/checks/start-refused.js';
import { ACCESS_DECISION } from '../scope/decision-point/access-decision-point.js';
import type { FhirFeature } from './feature.js';
import { PROFILE_VALIDATOR } from './hooks/profile-validator.js';
import { TERMINOLOGY } from './interactions/terminology/terminology-provider.js';
import { AUDIT_SINK } from './storage/audit/delivery/audit-sink.js';
import { BINARY_STORE } from './storage/binary/binary-store.js';
import { CLOCK } from './storage/writing/clock.js';
import { ID_GENERATOR } from './storage/writing/id-generator.js';

/** Parts of the server that a module can replace, by their tokens (docs/extensions/parts.md). */
export const replaceableParts: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [TOKEN_VERIFIER, 'TOKEN_VERIFIER'],
  [SMART_CONTEXT, 'SMART_CONTEXT'],
  [ACCESS_DECISION, 'ACCESS_DECISION'],
  [TERMINOLOGY, 'TERMINOLOGY'],
  [PROFILE_VALIDATOR, 'PROFILE_VALIDATOR'],
  [BINARY_STORE, 'BINARY_STORE'],
  [AUDIT_SINK, 'AUDIT_SINK'],
  [ID_GENERATOR, 'ID_GENERATOR'],
  [CLOCK, 'CLOCK'],
]);

/** Who has replaced which part. There is one of each. */
export class TakenParts {
  private readonly by = new Map<unknown, string>();

  /** Throws {@link StartRefused} for a part that is taken. */
  take(feature: string, tokens: readonly unknown[]): true {
    for (const token of tokens) {
      const other = this.by.get(token);
      if (other !== undefined) throw new StartRefused(taken(feature, other, nameOf(token)));
      this.by.set(token, feature);
    }
    return true;
  }
}

/** Module of a feature that replaces parts: seen by the whole application, so that its providers are found wherever they are injected. */
export function partsModule({
  name,
  parts = [],
}: FhirFeature): Pick<DynamicModule, 'exports' | 'global' | 'providers'> {
  if (parts.length === 0) return {};
  const tokens = parts.map((part) => tokenOf(name, part));
  const check: FactoryProvider = {
    provide: Symbol('parts'),
    inject: [TakenParts],
    useFactory: (all: TakenParts) => all.take(name, tokens),
  };
  return { global: true, providers: [...parts, check], exports: tokens };
}

/** Names of the parts that providers replace, such as `BINARY_STORE`. */
export const partNames = (providers: readonly Provider[]): readonly string[] =>
  providers.map((one) => nameOf(given(one)));

const given = (part: Provider): unknown => (typeof part === 'function' ? part : part.provide);

function tokenOf(feature: string, part: Provider): symbol {
  const token = given(part);
  if (!replaceableParts.has(token)) throw new StartRefused(unknown(feature, nameOf(token)));
  return token as symbol;
}

const nameOf = (token: unknown): string =>
  replaceableParts.get(token) ?? (typeof token === 'function' ? token.name : String(token));

const taken = (feature: string, other: string, part: string): string =>
  feature === other
    ? `${feature} provides the part ${part} twice; there is one. Leave one of its providers out.`
    : `${feature} and ${other} both provide the part ${part}; there is one. Leave one of the two out.`;

const unknown = (feature: string, part: string): string =>
  `${feature} provides ${part} among its parts, which is none. Parts are ${[...replaceableParts.values()].join(', ')}; ` +
  'other providers go into the imports of its module.';
