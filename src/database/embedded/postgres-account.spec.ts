import { describe, expect, it } from 'vitest';
import { accountOfPasswd } from './postgres-account.js';

const root = 'root:x:0:0:root:/root:/bin/bash';
const nobody = 'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin';
const postgres = 'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash';

describe('accountOfPasswd', () => {
  it('prefers the user postgres', () => {
    expect(accountOfPasswd([root, nobody, postgres].join('\n'))).toEqual({ uid: 101, gid: 104 });
  });

  it('takes the account that owns nothing where there is no postgres', () => {
    expect(accountOfPasswd([root, nobody, ''].join('\n'))).toEqual({ uid: 65_534, gid: 65_534 });
  });

  it.each([root, '', 'postgres:x:0:0::/:/bin/sh', 'postgres', 'garbage:::', '# comment'])(
    'takes nobody else: %j',
    (text) => {
      expect(accountOfPasswd(text)).toBeUndefined();
    },
  );
});
