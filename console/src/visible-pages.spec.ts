import { describe, expect, it } from 'vitest';
import type { Login } from './login/session.js';
import { isVisible } from './visible-pages.js';

const own = { accounts: 'https://fhir.example/oauth2' };
const loginOf = (...scopes: readonly string[]): Login => ({
  state: 'in',
  isBrought: false,
  tokens: { accessToken: 't', scopes, expiresAt: 0, user: 'jane' },
});

describe('a page that needs a right', () => {
  const page = { rights: ['admin/User.s', 'admin/User.u'], isOfIssuer: true };

  it.each([
    [loginOf('admin/User.u'), true],
    [loginOf('admin/*.cruds'), true],
    [loginOf('user/*.cruds', 'admin/Client.cruds'), false],
    [{ state: 'out' } as const, false],
    // What is on it stays until the login is renewed.
    [{ state: 'ended', user: 'jane', isBrought: false } as const, true],
  ])('for %j is in the menu: %s', (login, expected) => {
    expect(isVisible(page, login, own)).toBe(expected);
  });

  it('is not in the menu where tokens come from elsewhere', () => {
    expect(isVisible(page, loginOf('admin/*.cruds'), {})).toBe(false);
  });
});

it('a page that needs none is in the menu of everybody', () => {
  expect(isVisible({}, { state: 'out' }, {})).toBe(true);
});
