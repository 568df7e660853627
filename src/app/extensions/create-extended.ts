import { setTimeout as delay } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { StartRefused } from '../../config/checks/start-refused.js';
import type { Extension } from './extension.js';

/** Milliseconds that providers of extensions may keep the application from being made, unless said. */
const usualPatience = 60_000;

/** Creates the application with extensions; what keeps them from working is one line that names them. */
export async function createExtended(
  extensions: readonly Extension[],
  create: () => Promise<NestFastifyApplication>,
  patience = usualPatience,
): Promise<NestFastifyApplication> {
  if (extensions.length === 0) return create();
  const names = extensions.map(({ name }) => name).join(', ');
  const stop = new AbortController();
  const late = delay(patience, undefined, { signal: stop.signal }).then(() => {
    throw new Error(`it was not made after ${patience / 1000} s; a provider waits for something that never comes`);
  });
  try {
    return await Promise.race([create(), late]);
  } catch (error) {
    if (error instanceof StartRefused) throw error;
    const [fact = ''] = (error as Error).message.split('\n');
    throw new StartRefused(
      `EXTENSIONS: the application cannot be made with ${names}: ${fact.replace(/\.$/, '')}. Put that right, or take the extension out of EXTENSIONS.`,
    );
  } finally {
    late.catch(() => undefined);
    stop.abort();
  }
}
