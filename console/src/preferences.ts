import { consoleBase } from './server/console-config.js';

/** Preferences that a browser keeps for the console: nothing secret, nothing about patients. */
export type Preference = 'language' | 'color-scheme' | 'has-session' | 'quickstart';

/** Language and colours are of the person, the rest is of one server: consoles of other tenants have the same origin. */
const keyOf = (name: Preference): string =>
  name === 'language' || name === 'color-scheme'
    ? `lanyard-console-${name}`
    : `lanyard-console-${name} ${consoleBase().pathname}`;

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
