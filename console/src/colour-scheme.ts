import { isMantineColorScheme, type MantineColorScheme, type MantineColorSchemeManager } from '@mantine/core';
import { preference, setPreference } from './preferences.js';

/** Light, dark, or as the system has it; remembered with the other preferences. */
export const colourScheme: MantineColorSchemeManager = {
  get: (fallback: MantineColorScheme) => {
    const kept = preference('color-scheme');
    return isMantineColorScheme(kept) ? kept : fallback;
  },
  set: (value) => setPreference('color-scheme', value),
  subscribe: () => undefined,
  unsubscribe: () => undefined,
  clear: () => setPreference('color-scheme', undefined),
};
