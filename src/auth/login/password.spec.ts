import { describe, expect, it } from 'vitest';
import { Refused } from '../../refusal/refusal.js';
import { generatePassword, Passwords } from './password.js';

describe('a stored password', () => {
  const passwords = new Passwords();

  it('matches only the password that it was made of, in any normal form', async () => {
    const hash = await passwords.hash('caf\u00e9');
    expect(hash).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w-]{22}\$[\w-]{43}$/);
    expect(await passwords.matches('cafe\u0301', hash)).toBe(true);
    expect(await passwords.matches('cafe', hash)).toBe(false);
  });

  it('names its cost, so that older ones keep working and are known as outdated', async () => {
    // scrypt('old', 'salt', N=2^4, r=1, p=1) by Node's crypto.
    const old = '$scrypt$ln=4,r=1,p=1$c2FsdA$v2SqOozqNAZ_u1BuN_QVlBG8NtZWJh0tOwsChb0Es4c';
    expect(await passwords.matches('old', old)).toBe(true);
    expect(await passwords.matches('new', old)).toBe(false);
    expect(passwords.isOutdated(old)).toBe(true);
    expect(passwords.isOutdated(await passwords.hash('x'))).toBe(false);
  });

  it.each([undefined, '', '$scrypt$ln=14', '$2b$10$abc'])('never matches when it is %j', async (hash) => {
    expect(await passwords.matches('', hash)).toBe(false);
  });
});

describe('turns', () => {
  it('lets two checks run at once and the rest wait', async () => {
    const passwords = new Passwords();
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 2));
      running--;
    };
    await Promise.all(Array.from({ length: 12 }, () => passwords.inTurn(work)));
    expect(most).toBe(2);
    expect(running).toBe(0);
  });

  it('go on after a check that failed', async () => {
    const passwords = new Passwords();
    const fail = (): Promise<never> => Promise.reject(new Error('no'));
    await Promise.allSettled(Array.from({ length: 6 }, () => passwords.inTurn(fail)));
    expect(await passwords.inTurn(async () => 'done')).toBe('done');
  });

  it('are refused with 429 when too many wait', async () => {
    const passwords = new Passwords();
    let open: () => void = () => undefined;
    const door = new Promise<void>((resolve) => (open = resolve));
    const waiting = Array.from({ length: 66 }, () => passwords.inTurn(() => door));
    await expect(passwords.inTurn(() => door)).rejects.toBeInstanceOf(Refused);
    open();
    await Promise.all(waiting);
  });
});

describe('a generated password', () => {
  it('has 20 unmistakable characters and is never the same', () => {
    const made = new Set(Array.from({ length: 50 }, generatePassword));
    expect(made.size).toBe(50);
    for (const password of made) expect(password).toMatch(/^([0-9a-hj-km-np-tv-z]{5}-){3}[0-9a-hj-km-np-tv-z]{5}$/);
  });
});
