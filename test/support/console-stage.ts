import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import { startChromium } from './chromium.js';
import { ConsoleVisit } from './console-visit.js';
import { type LoginServer, startLoginServer } from './smart-login.js';

/** A server and a browser for the tests of one file about the console. */
export interface ConsoleStage {
  readonly login: LoginServer;
  readonly browser: Browser;
  /** A page below `/console/`, with a user logged in. */
  open(path: string, user: string, options?: BrowserContextOptions): Promise<ConsoleVisit>;
}

/** Starts both before the tests of a `describe` and ends them after it; `prepare` makes users and resources. */
export function stageConsole(
  prepare: (login: LoginServer) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): ConsoleStage {
  const stage = {
    open: (path: string, user: string, options?: BrowserContextOptions) =>
      ConsoleVisit.openAs(stage.browser, stage.login.url, { path, user, ...(options && { options }) }),
  } as { -readonly [member in keyof ConsoleStage]: ConsoleStage[member] };
  beforeAll(async () => {
    stage.login = await startLoginServer(settings);
    stage.browser = await startChromium();
    await prepare(stage.login);
  });
  afterAll(async () => {
    await (stage.browser as Browser | undefined)?.close();
    await (stage.login as LoginServer | undefined)?.close();
  });
  return stage;
}
