import type { Principal } from '../../auth/principal.js';
import type { Permission } from '../grammar/permission.js';

/** The question to a policy: policies see the caller and the kind of access, never stored data. */
export interface AccessQuery {
  readonly principal: Principal;
  readonly type: string;
  readonly permission: Permission;
}

/** The verdict of a policy, made by {@link abstain}, {@link deny}, {@link constrain} or {@link mask}. */
export type AccessDecision =
  | { readonly verdict: 'abstain' }
  | { readonly verdict: 'deny'; readonly code: string; readonly text: string; readonly cure?: string }
  | { readonly verdict: 'constrain'; readonly expression: string; readonly because: string }
  | { readonly verdict: 'mask'; readonly elements: readonly string[]; readonly because: string };

/**
 * A rule of an application that narrows what scopes grant. Several policies intersect; one that abstains narrows nothing,
 * and none can widen. Decisions are asked for once per request, type and permission.
 */
export interface AccessPolicy {
  /** For explanations, such as `own-department`. */
  readonly name: string;
  /**
   * Search expressions, `Type?…` each, with all value sets and hierarchies of codes (`:in`, `:not-in`, `:above`, `:below`)
   * that `decide` may constrain by: their codes are looked up beside the policies, not when a request waits.
   */
  readonly terminology?: readonly string[];
  /**
   * All search expressions, `Type?…` each, that `decide` may constrain by, for any caller. Without them each type is
   * asked about (ADR 42), and Lists that the policy depends on are not guarded from the apps of patients.
   */
  readonly expressions?: readonly string[];
  decide(query: AccessQuery): AccessDecision;
}

/** Narrows nothing. */
export const abstain = (): AccessDecision => abstention;

const abstention: AccessDecision = Object.freeze({ verdict: 'abstain' });

/** Refuses with the policy's own code and a text for the caller; `cure` where it is not the operator of the server who can help. */
export const deny = (code: string, text: string, cure?: string): AccessDecision => ({
  verdict: 'deny',
  code,
  text,
  ...(cure !== undefined && { cure }),
});

/** Adds criteria such as `Encounter?service-provider=Organization/o1` (the type may be left out) to every row source. */
export const constrain = (expression: string, because: string): AccessDecision => ({
  verdict: 'constrain',
  expression,
  because,
});

/**
 * Takes elements such as `Patient.telecom` out of everything that the caller is shown; those of other types than the one
 * asked about do not count. The caller can neither search by them nor change resources of the type.
 */
export const mask = (elements: readonly string[], because: string): AccessDecision => ({
  verdict: 'mask',
  elements,
  because,
});

/** Tag for search expressions: interpolated values are escaped, so that none can add an OR, an AND or a system. */
export const search = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.map((part, i) => part + (i < values.length ? escapeValue(values[i]!) : '')).join('');

/** One value of a search expression, whatever it holds. */
export const escapeValue = (value: string): string =>
  encodeURIComponent(value.replace(/[\\,|$]/g, (special) => `\\${special}`));
