import type { PendingLogin } from './oauth.js';

/** State that a tab keeps while the browser is away to log in: no token; removed on return. */
export interface KeptLogin extends PendingLogin {
  /** Address below the console where the user was. */
  readonly returnTo: string;
}

const key = 'lanyard-console-login';

export function keepPending(login: KeptLogin): void {
  sessionStorage.setItem(key, JSON.stringify(login));
}

/** The login with this state, once. */
export function takePending(state: string | null): KeptLogin | undefined {
  const text = sessionStorage.getItem(key);
  sessionStorage.removeItem(key);
  if (text === null || state === null) return undefined;
  const kept = JSON.parse(text) as KeptLogin;
  return kept.state === state ? kept : undefined;
}
