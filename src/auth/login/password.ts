import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto';
import { promisify } from 'node:util';
import { Injectable } from '@nestjs/common';
import { Refused } from '../../refusal/refusal.js';

const keyBytes = 32;
/** Two at once leave libuv's other threads to signatures, files and DNS. */
const atOnce = 2;
const longestQueue = 64;

interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

interface StoredHash extends Cost {
  readonly salt: Buffer;
  readonly key: Buffer;
}

const scryptAsync = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** For a name nobody has: no password matches. */
const nobody = { salt: randomBytes(16), key: randomBytes(keyBytes) };

/** Passwords as `$scrypt$ln=14,r=8,p=5$salt$key`. */
@Injectable()
export class Passwords {
  /** OWASP's scrypt setting of 16 MiB; every hash names its own, so that these can be raised. */
  protected readonly cost: Cost = { logN: 14, r: 8, p: 5 };
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  async hash(password: string): Promise<string> {
    const salt = randomBytes(16);
    const key = await this.derive(password, salt, this.cost);
    const { logN, r, p } = this.cost;
    return `$scrypt$ln=${logN},r=${r},p=${p}$${salt.toString('base64url')}$${key.toString('base64url')}`;
  }

  /** Takes the same work whether there is such a user or not. */
  async matches(password: string, hash: string | undefined): Promise<boolean> {
    const known = hash === undefined ? undefined : parseHash(hash);
    const stored = known ?? { ...this.cost, ...nobody };
    const key = await this.derive(password, stored.salt, stored);
    return timingSafeEqual(key, stored.key) && known !== undefined;
  }

  /** True if the hash was made with less work than today's. */
  isOutdated(hash: string): boolean {
    const stored = parseHash(hash);
    return !stored || stored.logN !== this.cost.logN || stored.r !== this.cost.r || stored.p !== this.cost.p;
  }

  /** Bounds how many checks run at once, and how many may wait. */
  async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.waiting.length >= longestQueue) throw tooBusy();
    if (this.running >= atOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    else this.running++;
    try {
      return await work();
    } finally {
      // The place goes straight to the next in line, so that nobody slips in between.
      const next = this.waiting.shift();
      if (next) next();
      else this.running--;
    }
  }

  protected derive(password: string, salt: Buffer, { logN, r, p }: Cost): Promise<Buffer> {
    const N = 2 ** logN;
    return scryptAsync(password.normalize('NFC'), salt, keyBytes, { N, r, p, maxmem: 256 * N * r });
  }
}

/** A password for people to copy: 100 bits in letters and digits that do not look alike. */
export function generatePassword(): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  const letters = Array.from(randomBytes(20), (byte) => alphabet.charAt(byte % alphabet.length));
  return [0, 5, 10, 15].map((start) => letters.slice(start, start + 5).join('')).join('-');
}

function parseHash(hash: string): StoredHash | undefined {
  const match = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([\w-]+)\$([\w-]{43})$/.exec(hash);
  if (!match) return undefined;
  const [, logN, r, p, salt = '', key = ''] = match;
  return {
    logN: Number(logN),
    r: Number(r),
    p: Number(p),
    salt: Buffer.from(salt, 'base64url'),
    key: Buffer.from(key, 'base64url'),
  };
}

function tooBusy(): Refused {
  return new Refused(
    [
      {
        code: 'too-many-attempts',
        fact: 'More passwords are waiting to be checked than this server takes on.',
        cure: 'Try again in a few seconds. Send the Bearer token of one login rather than the password with each request.',
      },
    ],
    { retryAfterSeconds: 5 },
  );
}
