import { setPreference } from '../preferences.js';
import { takePending } from './pending.js';
import { handOver, type Session } from './session.js';

/** There is no session at the server, or not for this user: the page is shown as to anybody. */
const needsPage = /^(?:login|consent|interaction)_required$/;

/**
 * Ends a login that this tab began, and says where the user was; `handed-over`: another window began it, and has the code now.
 * Throws what the authorization server says.
 */
export async function receive(
  session: Session,
  search: string,
): Promise<{ readonly returnTo: string } | 'handed-over'> {
  const query = new URLSearchParams(search);
  const pending = takePending(query.get('state'));
  // The code is for one use: it does not stay in the address.
  history.replaceState(history.state, '', location.pathname);
  if (!pending) {
    handOver(search);
    window.close();
    return 'handed-over';
  }
  const error = query.get('error');
  if (error === null) await session.finish(query, pending);
  else {
    setPreference('has-session', undefined);
    if (!needsPage.test(error)) throw new Error(query.get('error_description') ?? error);
  }
  return { returnTo: pending.returnTo };
}
