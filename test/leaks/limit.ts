import type { DynamicModule } from '@nestjs/common';
import type { StoredPolicy } from '../../src/scope/policies/stored-policy.js';
import type { JsonObject } from '../../src/r4/json/json.js';
import type { GivenConcept } from '../support/release-of.js';

/** A resource, and others that decide who sees it. */
export type Maker = (id: string) => readonly [JsonObject, ...JsonObject[]];

/** One kind of limit on a caller, and data on both sides of it. */
export interface Limit {
  readonly name: string;
  readonly scope: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  /** What the caller asks for. */
  readonly type: string;
  /** Letters of `cruds` that the caller has on the type. */
  readonly may: string;
  /** Within reach. */
  readonly own: Maker;
  /** Ids of what is within reach; `own-1` to `own-3` unless the id itself is the limit. */
  readonly ownIds?: readonly string[];
  /** Out of reach, by what makes it look otherwise. */
  readonly hidden: Readonly<Record<string, Maker>>;
  /** Names of `hidden` that the clinical scopes alone hide: `$my-disclosures` opens the whole record (ADR 25). */
  readonly byScope?: readonly string[];
  /** The caller may read these and not write them: they are somebody else's. */
  readonly foreign?: Readonly<Record<string, Maker>>;
  /** What is in the resources within reach, but masked: it differs between the worlds. */
  readonly masked?: (world: 'a' | 'b') => JsonObject;
  /** A 404 tells of no limit: the caller reaches all there is for this tenant, or nothing but Consents withholds some. */
  readonly namesNoLimit?: true;
  /** Stored beside, in both worlds. */
  readonly around?: readonly JsonObject[];
  /** Whether an update can take a resource from one side to the other. */
  readonly moves?: boolean;
  /** Whether the caller may write what they will not see: Consents are about looking at what is there. */
  readonly takesOutside?: boolean;
  /** Run after the data was stored. */
  readonly sql?: string;
  /** The same rule as that of another limit, for other data: without the paths that are `alike`. */
  readonly brief?: boolean;
  /** A code system that is loaded before. */
  readonly release?: { readonly head: JsonObject; readonly concepts: readonly GivenConcept[] };
  /** A policy that an administrator stored. */
  readonly stored?: StoredPolicy;
  /** What the server has to be started with. */
  readonly features?: readonly DynamicModule[];
}

export const idsOf = ({ ownIds = ['own-1', 'own-2', 'own-3'] }: Limit): readonly string[] => ownIds;

const pointingTypes = ['Provenance', 'Binary', 'DocumentReference', 'DiagnosticReport', 'Media'];

/** The scopes of the caller, and those to write what is judged by what it points at; none more for what is named already. */
export function pointingScope({ scope, type }: Limit): string {
  const context = /\b(?:patient|user|system)\//.exec(scope)?.[0] ?? 'user/';
  const isNamed = (one: string): boolean =>
    one === type || scope.includes(`/${one}.`) || scope.includes(`${context}*.`);
  return [scope, ...pointingTypes.filter((one) => !isNamed(one)).map((one) => `${context}${one}.cruds`)].join(' ');
}
