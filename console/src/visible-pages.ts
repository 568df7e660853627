import { hasAdminRight } from './login/rights.js';
import type { Login } from './login/session.js';
import { useLogin, useServer } from './login/use-login.js';
import { type PageRoute, pages } from './routes.js';
import type { ConsoleConfig } from './server/console-config.js';

/** The pages that somebody can use who is logged in like this. Others can be opened by a link, and say why not. */
export function useVisiblePages(): readonly PageRoute[] {
  const login = useLogin();
  const { config, session } = useServer();
  const visitor = { state: login.state, mayHave: session.mayHave() };
  return pages.filter((page) => isVisible(page, visitor, config));
}

type Needs = Pick<PageRoute, 'rights' | 'isOfIssuer'>;

interface Visitor extends Pick<Login, 'state'> {
  /** Scopes of the token, and those that can be asked for. */
  readonly mayHave: readonly string[];
}

export function isVisible(
  { rights = [], isOfIssuer = false }: Needs,
  { state, mayHave }: Visitor,
  { accounts }: Pick<ConsoleConfig, 'accounts'>,
): boolean {
  if (isOfIssuer && accounts === undefined) return false;
  if (rights.length === 0 || state === 'ended') return true;
  return state === 'in' && rights.some((right) => hasAdminRight(mayHave, right));
}
