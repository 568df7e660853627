import { consoleBase } from './server/console-config.js';

/** What a browser remembers of the console: nothing secret, nothing about patients. */
export type Preference = 'language' | 'color-scheme' | 'has-session';

/** A session is of one server; consoles of other tenants have the same origin. */
const keyOf = (name: Preference): string =>
  name === 'has-session' ? `lanyard-console-${name} ${consoleBase().pathname}` : `lanyard-console-${name}`;

/** Undefined also where the browser stores nothing. */
export function preference(name: Preference): string | undefined {
  try {
    return localStorage.getItem(keyOf(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

export function setPreference(name: Preference, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(keyOf(name));
    else localStorage.setItem(keyOf(name), value);
  } catch {
    // It is asked again next time.
  }
}
