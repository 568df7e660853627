import { beforeEach, expect, it, vi } from 'vitest';
import { preference, setPreference } from './preferences.js';

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
});

const at = (path: string): void => void vi.stubGlobal('document', { baseURI: `https://fhir.example${path}` });

it('keeps the language for all consoles of the origin, and a session for the console of one tenant', () => {
  at('/t/north/console/');
  setPreference('language', 'de');
  setPreference('has-session', '1');
  at('/t/south/console/');
  expect(preference('language')).toBe('de');
  expect(preference('has-session')).toBeUndefined();
  setPreference('has-session', undefined);
  at('/t/north/console/');
  expect(preference('has-session')).toBe('1');
});
