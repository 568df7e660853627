import { hasAdminRight } from './rights.js';
import { useLogin } from './use-login.js';

/** True if the user may administer this, such as `admin/User.c`; also while a login is renewed. Only for what is shown: the server judges. */
export function useRight(right: string): boolean {
  const login = useLogin();
  return login.state === 'ended' || (login.state === 'in' && hasAdminRight(login.tokens.scopes, right));
}
