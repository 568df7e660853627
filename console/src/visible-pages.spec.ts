import { describe, expect, it } from 'vitest';
import { isVisible } from './visible-pages.js';

const own = { accounts: 'https://fhir.example/oauth2' };
const loginOf = (...mayHave: readonly string[]) => ({ state: 'in', mayHave }) as const;

describe('a page that needs a right', () => {
  const page = { rights: ['admin/User.s', 'admin/User.u'], isOfIssuer: true };

  it.each([
    [loginOf('admin/User.u'), true],
    [loginOf('admin/*.cruds'), true],
    [loginOf('user/*.cruds', 'admin/Client.cruds'), false],
    [{ state: 'out', mayHave: [] } as const, false],
    // What is on it stays until the login is renewed.
    [{ state: 'ended', mayHave: [] } as const, true],
  ])('for %j is in the menu: %s', (visitor, expected) => {
    expect(isVisible(page, visitor, own)).toBe(expected);
  });

  it('is not in the menu where tokens come from elsewhere', () => {
    expect(isVisible(page, loginOf('admin/*.cruds'), {})).toBe(false);
  });
});

it('a page that needs none is in the menu of everybody', () => {
  expect(isVisible({}, { state: 'out', mayHave: [] }, {})).toBe(true);
});
