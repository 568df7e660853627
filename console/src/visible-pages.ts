import { hasAdminRight } from './login/rights.js';
import type { Login } from './login/session.js';
import { useLogin, useServer } from './login/use-login.js';
import { type PageRoute, pages } from './routes.js';
import type { ConsoleConfig } from './server/console-config.js';

/** The pages that somebody can use who is logged in like this. Others can be opened by a link, and say why not. */
export function useVisiblePages(): readonly PageRoute[] {
  const login = useLogin();
  const { config } = useServer();
  return pages.filter((page) => isVisible(page, login, config));
}

type Needs = Pick<PageRoute, 'rights' | 'isOfIssuer'>;

export function isVisible(
  { rights = [], isOfIssuer = false }: Needs,
  login: Login,
  { accounts }: Pick<ConsoleConfig, 'accounts'>,
): boolean {
  if (isOfIssuer && accounts === undefined) return false;
  if (rights.length === 0 || login.state === 'ended') return true;
  return login.state === 'in' && rights.some((right) => hasAdminRight(login.tokens.scopes, right));
}
