import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

/** Position of the start, or the end, of a page in the total order of a search. */
export interface CursorPosition {
  readonly after?: string;
  readonly before?: string;
}

/** Binding of a cursor: the normalised query, and the fingerprint of the caller's effective access. */
export interface CursorBinding {
  readonly query: string;
  readonly access: string;
}

/** The cursor cannot be used; the reason is a code of `refusal/reasons.ts`. */
export class CursorRejected extends Error {
  override readonly name = 'CursorRejected';

  constructor(readonly reason: 'cursor-foreign' | 'cursor-expired') {
    super(reason);
  }
}

interface Options {
  readonly lifetimeSeconds?: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** The second one is of orders that servers of the release before do not know: they refuse it. */
const versions = { known: 1, newer: 2 } as const;
type Version = (typeof versions)[keyof typeof versions];
const ivLength = 12;
const tagLength = 16;

/**
 * Seals page positions (docs/adr/0008): version, IV, AES-256-GCM text and tag in base64url. The key is
 * derived from the binding, so a cursor of another query or another access opens no better than garbage.
 */
export class CursorSeal {
  private readonly lifetime: number;
  private readonly now: () => number;

  constructor(
    private readonly secret: Buffer | string,
    { lifetimeSeconds = 24 * 3600, now = Date.now }: Options = {},
  ) {
    this.lifetime = lifetimeSeconds * 1000;
    this.now = now;
  }

  /** `isNewer`: in an order that servers of the release before do not know. */
  seal(position: CursorPosition, bound: CursorBinding, isNewer = false): string {
    const version = isNewer ? versions.newer : versions.known;
    const iv = randomBytes(ivLength);
    const cipher = createCipheriv('aes-256-gcm', this.keyOf(bound, version), iv, { authTagLength: tagLength });
    const text = JSON.stringify([this.now() + this.lifetime, position]);
    const sealed = [Buffer.of(version), iv, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64url');
  }

  /** Throws {@link CursorRejected}. */
  open(cursor: string, bound: CursorBinding): CursorPosition {
    const [expiry, position] = JSON.parse(this.decrypt(cursor, bound)) as [number, CursorPosition];
    if (expiry <= this.now()) throw new CursorRejected('cursor-expired');
    return position;
  }

  private decrypt(cursor: string, bound: CursorBinding): string {
    const bytes = Buffer.from(cursor, 'base64url');
    const version = Object.values(versions).find((one) => one === bytes[0]);
    if (version === undefined || bytes.length <= 1 + ivLength + tagLength) throw new CursorRejected('cursor-foreign');
    const textStart = 1 + ivLength;
    const textEnd = bytes.length - tagLength;
    const iv = bytes.subarray(1, textStart);
    const decipher = createDecipheriv('aes-256-gcm', this.keyOf(bound, version), iv, { authTagLength: tagLength });
    decipher.setAuthTag(bytes.subarray(textEnd));
    try {
      return decipher.update(bytes.subarray(textStart, textEnd), undefined, 'utf8') + decipher.final('utf8');
    } catch {
      throw new CursorRejected('cursor-foreign');
    }
  }

  private keyOf({ query, access }: CursorBinding, version: Version): Buffer {
    const binding = createHash('sha256')
      .update(JSON.stringify([query, access]))
      .digest();
    const info = Buffer.concat([Buffer.from(`lanyard cursor ${version} `), binding]);
    return Buffer.from(hkdfSync('sha256', this.secret, Buffer.alloc(0), info, 32));
  }
}
