import { expect } from 'vitest';
import { FormBrowser, type ShownPage } from './form-browser.js';
import { AppLogin, type LoginServer, smartPassword } from './smart-login.js';

/** A login for an app, at the page that is shown. */
export interface Begun {
  readonly browser: FormBrowser;
  readonly app: AppLogin;
  readonly page: ShownPage;
}

/** Logins for one app, by its forms; `of` is asked when a login begins. */
export function loginsOf(of: () => { readonly login: LoginServer; readonly clientId: string }) {
  async function begin(
    scope: string,
    more: Readonly<Record<string, string>> = {},
    browser = new FormBrowser(),
  ): Promise<Begun> {
    const { login, clientId } = of();
    const app = new AppLogin(login, clientId);
    return { browser, app, page: await browser.open(app.address(scope, more)) };
  }

  async function beginAs(name: string, scope: string): Promise<Begun> {
    const { browser, app, page } = await begin(scope);
    return { browser, app, page: await browser.submit(page, '/login', { name, password: smartPassword }) };
  }

  /** Follows the last page to the app; the query that the app got. */
  async function arrive({ browser }: Pick<Begun, 'browser'>, last: ShownPage): Promise<URLSearchParams> {
    const { login } = of();
    const before = login.arrivals.length;
    expect(last.forward, last.text.slice(0, 3_000)).toBeDefined();
    const home = await browser.open(last.forward!);
    expect(home.text).toContain('Welcome back');
    expect(login.arrivals).toHaveLength(before + 1);
    return login.arrivals.at(-1)!;
  }

  async function allow({ browser, app, page }: Begun, changes: Readonly<Record<string, readonly string[]>> = {}) {
    const arrival = await arrive(
      { browser },
      await browser.submit(page, '/consent', { ...changes, decision: 'allow' }),
    );
    expect(arrival.get('state')).toBe(app.state);
    return app.redeem(arrival);
  }

  return { begin, beginAs, arrive, allow };
}

export const scopesOf = (tokens: Readonly<Record<string, unknown>>): readonly string[] =>
  String(tokens['scope']).split(' ').toSorted();
