import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a browser; tests in a real one are left out without it. */
export const chromiumPath: string | undefined = places.find((place) => existsSync(place));

if (chromiumPath === undefined) {
  process.stderr.write('No Chromium here (apt-get install chromium): tests in a browser are left out.\n');
}

export const startChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: chromiumPath!, args: ['--no-sandbox', '--disable-gpu'] });
