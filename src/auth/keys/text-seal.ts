import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const prefix = 'sealed-aes-256-gcm$';

/** Texts of one kind as they are stored: sealed with KEY_ENCRYPTION_SECRET where that is set, each bound to what it belongs to. */
export class TextSeal {
  /** `purpose`: keys of kinds differ by it; `what`: the texts in words. */
  constructor(
    private readonly purpose: string,
    readonly what: string,
  ) {}

  /** `owner`: what the text belongs to; nothing else opens it. */
  seal(text: string, owner: string, keySecret: string | undefined): string {
    if (keySecret === undefined) return text;
    const iv = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', this.keyOf(keySecret), iv).setAAD(Buffer.from(owner));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return prefix + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** Throws when the seal was made with none of the secrets, or for another owner. */
  open(stored: string, owner: string, keySecrets: readonly string[]): string {
    if (!stored.startsWith(prefix)) return stored;
    for (const keySecret of keySecrets) {
      const opened = this.openWith(keySecret, stored, owner);
      if (opened !== undefined) return opened;
    }
    throw new Error(`KEY_ENCRYPTION_SECRET does not open the ${this.what}.`);
  }

  /** True if it is sealed with exactly this secret. */
  isSealedWith(stored: string, owner: string, keySecret: string): boolean {
    return stored.startsWith(prefix) && this.openWith(keySecret, stored, owner) !== undefined;
  }

  private openWith(keySecret: string, stored: string, owner: string): string | undefined {
    const bytes = Buffer.from(stored.slice(prefix.length), 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.keyOf(keySecret), bytes.subarray(0, 12), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(owner))
        .setAuthTag(bytes.subarray(12, 28));
      return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
    } catch {
      return undefined;
    }
  }

  private keyOf(keySecret: string): Buffer {
    return Buffer.from(hkdfSync('sha256', keySecret, '', this.purpose, 32));
  }
}
