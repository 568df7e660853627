import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../r4/model/resource-types.js';
import type { Permission } from './permission.js';
import { covers, looksLikeResourceScope, parseScope, scopeText, scopeWithin, smallestScopes } from './smart-scope.js';

const read = (text: string) => {
  const parsed = parseScope(text);
  if (!('ok' in parsed)) throw new Error(`${text}: ${parsed.why}`);
  return parsed.ok;
};

describe('parseScope', () => {
  it.each([
    ['patient/Observation.rs', 'patient', 'Observation', 'rs'],
    ['user/*.cruds', 'user', '*', 'cruds'],
    ['system/Patient.c', 'system', 'Patient', 'c'],
    ['user/Patient.crds', 'user', 'Patient', 'crds'],
  ])('reads v2 %s', (text, context, type, letters) => {
    const scope = read(text);
    expect([scope.context, scope.type, scope.permissions.join('')]).toEqual([context, type, letters]);
    expect(scope.constraints).toEqual([]);
  });

  it.each([
    ['patient/Observation.read', 'rs'],
    ['user/*.write', 'cud'],
    ['system/*.*', 'cruds'],
  ])('reads v1 %s as %s', (text, letters) => {
    expect(read(text).permissions.join('')).toBe(letters);
  });

  it.each(['user/Patient.dus', 'user/Patient.sr', 'user/Patient.cdrs', 'user/Patient.rr', 'user/Patient.rsr'])(
    'ignores %s as out of order',
    (text) => expect(parseScope(text)).toMatchObject({ ignored: 'scope-out-of-order' }),
  );

  it('names the order that was meant', () => {
    expect(parseScope('user/Patient.sr')).toMatchObject({
      why: expect.stringContaining('write .rs'),
      meant: { type: 'Patient', permissions: ['r', 's'] },
    });
  });

  it.each([
    'user/Patient.',
    'user/Patient.READ',
    'user/Patient.readonly',
    'user/Patient.rsX',
    'user/Patient.rs.rs',
    'user/Patient.rs/x',
    'xuser/Patient.rs',
    'user/Patient.rs,user/Patient.c',
    'user/Patient.rs#x',
    'user/Patient.constructor',
    'user/Patient.__proto__',
    ' user/Patient.rs',
    'user/Patient.rs\n',
    'user/Patient.rs\u0000',
    'User/Patient.rs',
    'patient/*/Observation.rs',
    'user/Pat*.rs',
    'user/.rs',
    'user/Patient',
    '',
  ])('reads scopes whole: %j grants nothing', (text) => {
    expect(parseScope(text)).toMatchObject({ ignored: 'scope-unknown' });
  });

  it.each([
    ['patient/observation.rs', 'Observation'],
    ['patient/Observations.rs', 'Observation'],
  ])('ignores the unknown type of %s and suggests one', (text, suggestion) => {
    expect(parseScope(text)).toMatchObject({
      ignored: 'scope-unknown',
      why: expect.stringContaining(suggestion),
      meant: { type: suggestion, permissions: ['r', 's'] },
    });
  });

  it.each([
    'openid',
    'fhirUser',
    'launch',
    'launch/patient',
    'offline_access',
    '__patient/Patient.rs',
    'https://x.example/Patient.read',
  ])('ignores the other scope %s', (text) => {
    expect(parseScope(text)).toMatchObject({ ignored: 'scope-unknown' });
    expect(looksLikeResourceScope(text)).toBe(false);
  });

  it('decodes constraints exactly once', () => {
    expect(read('patient/Observation.rs?category=http%3A%2F%2Fx|a%2Cb&code=50%2525').constraints).toEqual([
      { name: 'category', value: 'http://x|a,b' },
      { name: 'code', value: '50%25' },
    ]);
    expect(read('patient/Observation.rs?code=a+b').constraints).toEqual([{ name: 'code', value: 'a+b' }]);
  });

  it('keeps a repeated parameter, which means AND', () => {
    expect(read('patient/Observation.rs?category=a&category=b').constraints).toHaveLength(2);
  });

  it.each([
    'code:not=a',
    'code%3Anot=a',
    'subject.name=a',
    'subject:Patient.name=a',
    '_has:Observation:patient:code=a',
    '_include=Observation:subject',
    '_filter=code%20eq%20a',
    '_count=1',
    '_sort=code',
    '_elements=id',
    '_text=a',
    '_list=1',
    'code',
    'code=',
    '=a',
    'code=a&',
    '&code=a',
    '',
    'code=%zz',
    'code=%C3',
    'code=%00',
  ])('ignores a scope with ?%s', (query) => {
    expect(parseScope(`patient/Observation.rs?${query}`)).toMatchObject({ ignored: 'scope-constraint-unsupported' });
  });

  it('ignores constraints behind a v1 word', () => {
    expect(parseScope('patient/Observation.read?code=a')).toMatchObject({ ignored: 'scope-unknown' });
  });
});

describe('covers', () => {
  it('keeps reading, searching and writing apart', () => {
    expect(covers(read('user/Patient.r'), 'Patient', 's')).toBe(false);
    expect(covers(read('user/Patient.s'), 'Patient', 'r')).toBe(false);
    expect(covers(read('user/Patient.cud'), 'Patient', 'r')).toBe(false);
  });

  it('lets * cover every type but AuditEvent', () => {
    expect([...resourceTypes].filter((type) => !covers(read('system/*.r'), type, 'r'))).toEqual(['AuditEvent']);
    expect(covers(read('user/AuditEvent.rs'), 'AuditEvent', 's')).toBe(true);
  });
});

describe('scopeText and smallestScopes', () => {
  it('writes v1 where v1 has a word for it', () => {
    expect(scopeText(read('user/Patient.rs'), 'v1')).toBe('user/Patient.read');
    expect(scopeText(read('user/*.write'), 'v2')).toBe('user/*.cud');
    expect(scopeText(read('user/Patient.r'), 'v1')).toBeUndefined();
    expect(scopeText(read('user/Patient.rs?_id=a'), 'v1')).toBeUndefined();
  });

  it('reads back what it writes', () => {
    const value = fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !/\p{Cc}/u.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const scope = read(`patient/Observation.rs?code=${encodeURIComponent(text)}`);
        expect(read(scopeText(scope, 'v2')!).constraints).toEqual([{ name: 'code', value: text }]);
      }),
    );
  });

  it('suggests scopes that suffice, in both syntaxes', () => {
    for (const permission of ['c', 'r', 'u', 'd', 's'] as const) {
      const { v2, v1 } = smallestScopes('user', 'Patient', permission);
      expect(covers(read(v2), 'Patient', permission)).toBe(true);
      expect(covers(read(v1), 'Patient', permission)).toBe(true);
    }
  });
});

describe('scopeWithin', () => {
  it.each([
    ['user/Patient.rs', 'user/*.cruds'],
    ['user/Patient.read', 'user/Patient.rs'],
    ['user/Observation.rs?category=a', 'user/Observation.rs'],
    ['user/Observation.r?category=a&code=b', 'user/*.rs?category=a'],
    ['openid', 'openid'],
  ])('%s is part of %s', (asked, granted) => expect(scopeWithin(asked, granted)).toBe(true));

  it.each([
    ['user/*.rs', 'user/Patient.rs'],
    ['user/Patient.rs', 'patient/Patient.rs'],
    ['user/Patient.cruds', 'user/Patient.rs'],
    ['user/Observation.rs', 'user/Observation.rs?category=a'],
    ['user/Observation.rs?category=b', 'user/Observation.rs?category=a'],
    ['user/AuditEvent.rs', 'user/*.cruds'],
    ['user/Patient.sr', 'user/*.cruds'],
    ['openid', 'user/*.cruds'],
  ])('%s is not part of %s', (asked, granted) => expect(scopeWithin(asked, granted)).toBe(false));
});

/** Reads scopes without any grammar: a list of every suffix there is, and plain splitting. */
const suffixes = new Map<string, string>([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);
for (let bits = 1; bits < 32; bits++) {
  const letters = 'cruds'
    .split('')
    .filter((_, i) => bits & (1 << i))
    .join('');
  suffixes.set(letters, letters);
}

function naiveReading(text: string): string[] {
  const slash = text.indexOf('/');
  const context = text.slice(0, slash);
  const [type = '', ...rest] = text.slice(slash + 1).split('.');
  const letters = suffixes.get(rest.join('.'));
  if (slash < 0 || letters === undefined) return [];
  if (context !== 'patient' && context !== 'user' && context !== 'system') return [];
  return type === '*' || resourceTypes.has(type)
    ? letters.split('').map((letter) => `${context} ${type} ${letter}`)
    : [];
}

const piece = (...texts: string[]) => fc.constantFrom(...texts);
const constraint = piece('code=a', 'category=a&code=b', 'code=a?b', 'code:not=a', '');
const nearScope = fc
  .tuple(
    piece('patient', 'user', 'system', 'Patient', 'launch', '', 'users'),
    piece('/', '/', '/', '.', '//', '%2F'),
    piece('Observation', 'Patient', '*', 'observation', 'Foo', '', 'Patient/*', '**'),
    piece('.', '.', '.', '', '..', '/'),
    fc.oneof(
      fc.array(piece('c', 'r', 'u', 'd', 's'), { maxLength: 6 }).map((letters) => letters.join('')),
      piece('read', 'write', '*', 'READ', 'reads', 'rs*'),
    ),
    piece('', '', '', ' ', '\n', 'X', '.rs', '#', '/', '\u00e9'),
  )
  .map((parts) => parts.join(''));

describe('an independent reader', () => {
  it('agrees on everything that any text without constraints grants (58-61)', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), nearScope), (text) => {
        fc.pre(!text.includes('?'));
        const parsed = parseScope(text);
        const granted =
          'ok' in parsed
            ? parsed.ok.permissions.map((p: Permission) => `${parsed.ok.context} ${parsed.ok.type} ${p}`)
            : [];
        expect(granted).toEqual(naiveReading(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('sees that whatever follows a question mark never widens a scope', () => {
    fc.assert(
      fc.property(nearScope, fc.oneof(fc.string(), constraint), (text, query) => {
        const parsed = parseScope(`${text}?${query}`);
        if (!('ok' in parsed)) return;
        const { context, type, permissions, constraints } = parsed.ok;
        expect(constraints.length).toBeGreaterThan(0);
        expect(naiveReading(text)).toEqual(permissions.map((permission) => `${context} ${type} ${permission}`));
      }),
      { numRuns: 3000 },
    );
  });
});
