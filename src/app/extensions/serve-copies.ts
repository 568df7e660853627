import module from 'node:module';
import { resolveForBoth, type ServerCopies } from './server-copies.js';

/** Lets packages import the server's own copies of what it shares with them, wherever they are. */
export function serveCopies(copies: ServerCopies): void {
  // Node.js 20 lacks it.
  if (typeof (module as Partial<typeof module>).registerHooks === 'function')
    module.registerHooks({ resolve: resolveForBoth(copies) });
  else module.register(new URL('./server-copies.js', import.meta.url), { data: copies });
}
