import type { Page, Route } from 'playwright-core';

/** `held`: no answer comes yet; `lost`: none comes; `ended`: no token counts any more. */
export type HardshipMode = 'through' | 'held' | 'lost' | 'ended';

/** What happens to the requests of a page of the console; its login is asked for as ever, but for a refresh once it has ended. */
export class Hardship {
  private is: HardshipMode = 'through';
  private readonly waiting = new Set<() => void>();

  static async of(page: Page): Promise<Hardship> {
    const hardship = new Hardship();
    await page.route('**/*', (route) => hardship.answer(route));
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

  private async answer(route: Route): Promise<void> {
    const request = route.request();
    if (request.resourceType() !== 'fetch' || this.is === 'through') return route.continue();
    const { pathname } = new URL(request.url());
    if (/\/oauth2\/(?:token|authorize|\.well-known)|\/\.well-known\/(?:openid|oauth)|\/console\//.test(pathname)) {
      if (this.is !== 'ended' || !pathname.endsWith('/token')) return route.continue();
      return route.fulfill({
        status: 400,
        json: { error: 'invalid_grant', error_description: 'The session has ended.' },
      });
    }
    if (this.is === 'held') await new Promise<void>((resolve) => this.waiting.add(resolve));
    if (this.is === 'lost') return route.abort();
    const isOpen = request.headers()['authorization'] === undefined;
    if (this.is !== 'ended' || isOpen) return route.continue();
    return route.fulfill({
      status: 401,
      json: { error: 'invalid_token', error_description: 'The token was revoked.' },
    });
  }
}
