import { hasAdminRight } from './rights.js';
import { useLogin, useServer } from './use-login.js';

/** True if the token has the right to administer this, such as `admin/User.c`; also while a login is renewed. Only for what is shown: the server judges. */
export function useRight(right: string): boolean {
  const login = useLogin();
  return login.state === 'ended' || (login.state === 'in' && hasAdminRight(login.tokens.scopes, right));
}

/** True if the token has the right, or may have it once it is asked for. */
export function useMayHave(right: string): boolean {
  const login = useLogin();
  const { session } = useServer();
  return login.state === 'ended' || (login.state === 'in' && hasAdminRight(session.mayHave(), right));
}
