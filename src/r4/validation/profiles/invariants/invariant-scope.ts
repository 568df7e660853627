import type { JsonObject } from '../../../json/json.js';
import type { ResourceContext } from '../../validation-run.js';
import type { Coded, Membership } from '../definitions/code-membership.js';
import type { Item } from '../model/item.js';

/** Variables of an invariant beside the element that it is about. */
export interface InvariantScope {
  readonly context: ResourceContext;
  /** Set when it asked for something that is not at hand. */
  isOpen: boolean;
  /** Set when it asked for something that another server did not say. */
  isUnanswered: boolean;
  /** Set when an expression was stopped for the time that it took, so that it is worth another try. */
  isHurried: boolean;
  /** A resource that a reference names and that travels along. */
  local(reference: JsonObject): { readonly resource: JsonObject } | undefined;
  targetType(reference: JsonObject): string | undefined;
  membershipOf(valueSet: string, code: Coded): Membership;
  /** Undefined when the profile is not known. */
  conforms(item: Item, canonical: string): boolean | undefined;
}
