import { isResourceType, suggestType } from '../../r4/model/resource-types.js';
import { type AdminScope, isAdminScope, type ParsedAdminScope, parseAdminScope } from './admin-scope.js';
import type { Permission } from './permission.js';
import { type Constraint, parseConstraints } from './scope-constraints.js';
import { type Letters, parseSuffix, shownScope, version1 } from './scope-suffix.js';

export type ScopeContext = 'patient' | 'user' | 'system';

/** A scope for FHIR resources (SMART App Launch 2.2, "Scopes and Launch Context"), v1 or v2. */
export interface SmartScope {
  readonly text: string;
  readonly context: ScopeContext;
  /** An R4 type, or `*`. */
  readonly type: string;
  readonly permissions: readonly Permission[];
  readonly constraints: readonly Constraint[];
}

/** Probable meaning of an ignored scope; for explanations, never for decisions. */
export interface MeantScope {
  readonly type: string;
  readonly permissions: readonly Permission[];
}

export type IgnoredCode = 'scope-out-of-order' | 'scope-unknown' | 'scope-constraint-unsupported';

export type ParsedScope =
  { readonly ok: SmartScope } | { readonly ignored: IgnoredCode; readonly why: string; readonly meant?: MeantScope };

// Three parts, read whole: nothing may follow, and `.` and `?` separate only once.
const resourceScope = /^(patient|user|system)\/([^/.?]+)\.([^?]*)(?:\?(.*))?$/;
const nearlyResourceScope = /^(patient|user|system)\/.|^[^/:]+\/[^/.]+\.\w+/i;
/** RFC 6749 3.3: the characters a scope may have. */
const scopeToken = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/** Reads one scope of a token. What is not exactly SMART v1 or v2 grants nothing, and the reason is kept. */
export function parseScope(text: string): ParsedScope {
  if (!scopeToken.test(text)) return { ignored: 'scope-unknown', why: 'it has characters that no scope may have' };
  const match = resourceScope.exec(text);
  if (!match) return { ignored: 'scope-unknown', why: whyNoResourceScope(text) };
  const [, context, type, suffix, query] = match as unknown as [string, ScopeContext, string, string, string?];
  const letters = parseSuffix(suffix);
  if (type !== '*' && !isResourceType(type)) return unknownType(type, letters);
  if ('why' in letters) return { ignored: letters.ignored, why: letters.why, meant: { type, ...letters.meant } };
  if (query === undefined) return { ok: { text, context, type, permissions: letters.ok, constraints: [] } };
  const meant = { type, permissions: letters.ok };
  if (Object.hasOwn(version1, suffix))
    return { ignored: 'scope-unknown', why: `.${suffix} takes no constraint; write letters of cruds`, meant };
  const constraints = parseConstraints(query);
  if ('why' in constraints) return { ignored: 'scope-constraint-unsupported', why: constraints.why, meant };
  return { ok: { text, context, type, permissions: letters.ok, constraints: constraints.ok } };
}

function unknownType(type: string, letters: Letters): ParsedScope {
  const suggestion = suggestType(type);
  const why = `${shownScope(type)} is no R4 resource type${suggestion ? `; did you mean ${suggestion}?` : ''}`;
  const meant = 'ok' in letters ? letters.ok : letters.meant.permissions;
  return { ignored: 'scope-unknown', why, ...(suggestion && { meant: { type: suggestion, permissions: meant } }) };
}

const whyNoResourceScope = (text: string): string =>
  looksLikeResourceScope(text)
    ? 'it is not of the form (patient|user|system)/Type.permissions'
    : 'it is not a scope for FHIR resources';

/** True if a scope seems meant for FHIR resources; `openid`, `launch/patient`, `admin/User.r` or `https://…` do not. */
export const looksLikeResourceScope = (text: string): boolean =>
  !isAdminScope(text) && nearlyResourceScope.test(text) && !text.startsWith('__') && !text.includes('://');

/** True if a scope seems meant as a right, to resources or to administer. */
export const looksLikeRight = (text: string): boolean => looksLikeResourceScope(text) || isAdminScope(text);

/** Record types of the server itself that only a scope naming them reaches (docs/adr/0006). */
const neverByWildcard: ReadonlySet<string> = new Set(['AuditEvent']);

export const coversType = (scopeType: string, type: string): boolean =>
  scopeType === type || (scopeType === '*' && !neverByWildcard.has(type));

export const covers = (scope: MeantScope, type: string, permission: Permission): boolean =>
  coversType(scope.type, type) && scope.permissions.includes(permission);

/** The scope as text; in v1 undefined where v1 has no word for exactly this. */
export function scopeText(scope: AnyScope, version: 'v1' | 'v2'): string | undefined {
  const start = `${scope.context}/${scope.type}.`;
  const letters = scope.permissions.join('');
  if (version === 'v2') return start + letters + queryOf(scope.constraints);
  const word = Object.entries(version1).find(([, meaning]) => meaning.join('') === letters)?.[0];
  return word === undefined || scope.constraints.length > 0 ? undefined : start + word;
}

function queryOf(constraints: readonly Constraint[]): string {
  const pairs = constraints.map(({ name, value }) => `${name}=${encode(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

// Characters that RFC 6749 permits in a scope, and that a query does not need encoded, stay readable.
const encode = (value: string): string =>
  encodeURIComponent(value).replace(/%(?:3A|2F|7C|2C)/g, (code) => decodeURIComponent(code));

/** The smallest scope that permits this, in both syntaxes. */
export function smallestScopes(
  context: ScopeContext,
  type: string,
  permission: Permission,
): { readonly v2: string; readonly v1: string } {
  const word = version1['read']!.includes(permission) ? 'read' : 'write';
  return { v2: `${context}/${type}.${permission}`, v1: `${context}/${type}.${word}` };
}

/** A scope of either grammar. The contexts differ, so no scope for resources ever covers one for administration, nor the other way round. */
export type AnyScope = SmartScope | AdminScope;

/** Reads a scope of either grammar, as {@link parseScope} and `parseAdminScope` do. */
export const parseAnyScope = (text: string): ParsedScope | ParsedAdminScope =>
  isAdminScope(text) ? parseAdminScope(text) : parseScope(text);

/** Undefined for what gives no right at all. */
export function readScope(text: string): AnyScope | undefined {
  const parsed = parseAnyScope(text);
  return 'ok' in parsed ? parsed.ok : undefined;
}

/** True if `granted` grants all that `asked` could grant. Scopes outside SMART's grammar: same text only. */
export function scopeWithin(asked: string, granted: string): boolean {
  if (asked === granted) return true;
  const [inner, outer] = [readScope(asked), readScope(granted)];
  return inner !== undefined && outer !== undefined && isWithin(inner, outer);
}

/** As {@link scopeWithin}, for parsed scopes. */
export const isWithin = (inner: AnyScope, outer: AnyScope): boolean =>
  inner.context === outer.context &&
  coversType(outer.type, inner.type) &&
  inner.permissions.every((letter) => outer.permissions.includes(letter)) &&
  outer.constraints.every((constraint) => hasConstraint(inner, constraint));

const hasConstraint = (scope: AnyScope, wanted: Constraint): boolean =>
  scope.constraints.some(({ name, value }) => name === wanted.name && value === wanted.value);
