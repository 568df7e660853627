import type { ConsoleConfig } from '../server/console-config.js';
import { everyScope, loginScopes } from './page-scopes.js';
import { covers, isResourceScope, overlaps } from './rights.js';

/** The authorization server as far as scopes go. */
export interface ScopeSource {
  /** True for that of this server: it knows every scope of the console, and tells what a user may ask for. */
  readonly isOwn: boolean;
  /** CONSOLE_SCOPES: the names that another authorization server knows. */
  readonly configured: readonly string[];
}

export function scopeSource({ issuer, accounts, scopes, tenants }: ConsoleConfig): ScopeSource {
  const usual = everyScope.filter((scope) => tenants === true || !scope.startsWith('operator/'));
  const configured = scopes?.split(' ').filter((scope) => scope !== '');
  return { isOwn: issuer === accounts && configured === undefined, configured: configured ?? usual };
}

/** Scopes to ask for, of those that a page needs: what was asked for in this login is not asked for again by itself, given or not. */
export const scopesToAsk = (
  needed: readonly string[],
  {
    limit,
    asked,
    held,
  }: { readonly limit: readonly string[]; readonly asked: readonly string[]; readonly held: readonly string[] },
): readonly string[] =>
  needed.filter((scope) => overlaps(limit, scope) && !covers(asked, scope) && !covers(held, scope));

/** `scope` of an authorization request for all of these. Another authorization server is asked with the names that it knows, those of no resources always. */
export function scopeParameter({ isOwn, configured }: ScopeSource, scopes: readonly string[]): string {
  if (isOwn) return [...loginScopes, ...[...new Set(scopes)].toSorted()].join(' ');
  return configured.filter((scope) => !isResourceScope(scope) || overlaps(scopes, scope)).join(' ');
}
