import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adminAreas, parseAdminScope } from './admin-scope.js';
import { parseScope, scopeWithin } from './smart-scope.js';

describe('a scope for administration', () => {
  it.each([
    ['admin/*.cruds', '*', 'cruds'],
    ['admin/User.u', 'User', 'u'],
    ['admin/User.read', 'User', 'rs'],
    ['admin/Policy.write', 'Policy', 'cud'],
    ['admin/Client.*', 'Client', 'cruds'],
    ['admin/Launch.c', 'Launch', 'c'],
    ['admin/Launch.write', 'Launch', 'c'],
    ['admin/Definition.*', 'Definition', 'cruds'],
    ['admin/Audit.read', 'Audit', 'rs'],
  ])('%s is %s with %s', (text, type, letters) => {
    const read = parseAdminScope(text);
    expect(read).toMatchObject({ ok: { text, context: 'admin', type } });
    expect('ok' in read && read.ok.permissions.join('')).toBe(letters);
  });

  it.each([
    ['admin/Users.cruds', 'did you mean admin/User?'],
    ['admin/user.cruds', 'did you mean admin/User?'],
    ['admin/Patient.rs', 'there is admin/ with User, Client, Policy, Launch, Job, Definition, Audit, Data or *'],
    ['admin/User.sr', 'write .rs'],
    ['admin/User.', 'neither .read, .write, .* nor letters of cruds'],
    ['admin/Launch.cr', 'write admin/Launch.c'],
    ['admin/Audit.cud', 'write admin/Audit.rs'],
    ['admin/Launch.read', 'write admin/Launch.c'],
    ['admin/User.r?name=x', 'not of the form'],
    ['admin/User', 'not of the form'],
    ['Admin/User.r', 'not of the form'],
    ['admin/constructor.r', 'is nothing that is administered'],
    ['admin/__proto__.r', 'is nothing that is administered'],
  ])('%s is none, and says why: %s', (text, why) => {
    expect(parseAdminScope(text)).toMatchObject({ ignored: expect.any(String), why: expect.stringContaining(why) });
  });

  it.each([
    ['admin/User.u', 'admin/*.cruds', true],
    ['admin/User.u', 'admin/User.write', true],
    ['admin/*.cruds', 'admin/User.cruds', false],
    ['admin/User.u', 'admin/User.r', false],
    ['admin/User.u', 'admin/Client.u', false],
  ])('%s is within %s: %s', (asked, granted, expected) => {
    expect(scopeWithin(asked, granted)).toBe(expected);
  });

  const suffix = fc.constantFrom('cruds', 'r', 'read', 'write', '*');
  const area = fc.constantFrom('*', ...Object.keys(adminAreas));
  const clinical = fc.tuple(fc.constantFrom('patient', 'user', 'system'), fc.constantFrom('*', 'Patient'), suffix);

  it('is never implied by one for resources, and implies none', () => {
    fc.assert(
      fc.property(fc.tuple(area, suffix), clinical, ([what, how], [context, type, letters]) => {
        const [right, scope] = [`admin/${what}.${how}`, `${context}/${type}.${letters}`];
        expect([scopeWithin(right, scope), scopeWithin(scope, right)]).toEqual([false, false]);
        expect(parseScope(right)).not.toHaveProperty('ok');
      }),
    );
  });
});
