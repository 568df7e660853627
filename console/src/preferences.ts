/** What a browser remembers of the console: nothing secret, nothing about patients. */
export type Preference = 'language' | 'color-scheme' | 'has-session';

const keyOf = (name: Preference): string => `lanyard-console-${name}`;

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
