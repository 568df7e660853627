import type { CDPSession, Page } from 'playwright-core';

/** Members of `Fetch.requestPaused` of the DevTools protocol. */
interface Paused {
  readonly requestId: string;
  readonly request: { readonly url: string; readonly headers: Readonly<Record<string, string>> };
}

/** `held`: no answer comes yet; `lost`: none comes; `ended`: no token counts any more. */
export type HardshipMode = 'through' | 'held' | 'lost' | 'ended';

/** What happens to the requests of a page of the console; its login is asked for as ever, but for a refresh once it has ended. */
export class Hardship {
  private is: HardshipMode = 'through';
  private readonly waiting = new Set<() => void>();

  private constructor(private readonly session: CDPSession) {}

  /** Not by `page.route`, which turns the browser's cache off: each visit would load and compile the console anew. */
  static async of(page: Page): Promise<Hardship> {
    const session = await page.context().newCDPSession(page);
    const hardship = new Hardship(session);
    session.on('Fetch.requestPaused', (paused) => void hardship.answer(paused));
    await session.send('Fetch.enable', { patterns: [{ resourceType: 'Fetch' }] });
    return hardship;
  }

  get mode(): HardshipMode {
    return this.is;
  }

  /** Requests that are held go on under the new one. */
  set mode(next: HardshipMode) {
    this.is = next;
    if (next === 'held') return;
    for (const go of this.waiting) go();
    this.waiting.clear();
  }

  private async answer({ requestId, request: { url, headers } }: Paused): Promise<void> {
    const goOn = () => this.decide('Fetch.continueRequest', { requestId });
    const refuse = (responseCode: number, json: object) =>
      this.decide('Fetch.fulfillRequest', {
        requestId,
        responseCode,
        responseHeaders: [{ name: 'content-type', value: 'application/json' }],
        body: Buffer.from(JSON.stringify(json)).toString('base64'),
      });
    if (this.is === 'through') return goOn();
    const { pathname } = new URL(url);
    if (/\/oauth2\/(?:token|authorize|\.well-known)|\/\.well-known\/(?:openid|oauth)|\/console\//.test(pathname)) {
      if (this.is !== 'ended' || !pathname.endsWith('/token')) return goOn();
      return refuse(400, { error: 'invalid_grant', error_description: 'The session has ended.' });
    }
    if (this.is === 'held') await new Promise<void>((resolve) => this.waiting.add(resolve));
    if (this.is === 'lost') return this.decide('Fetch.failRequest', { requestId, errorReason: 'Failed' });
    const isOpen = !Object.keys(headers).some((name) => name.toLowerCase() === 'authorization');
    if (this.is !== 'ended' || isOpen) return goOn();
    return refuse(401, { error: 'invalid_token', error_description: 'The token was revoked.' });
  }

  /** A page that was left since has no such request any more. */
  private async decide(...message: Parameters<CDPSession['send']>): Promise<void> {
    await this.session.send(...message).catch(() => undefined);
  }
}
