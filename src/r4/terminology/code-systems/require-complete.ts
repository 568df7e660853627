import { CannotExpand } from '../cannot-expand.js';
import type { CodeSystem } from './code-system.js';

/** Throws {@link CannotExpand} for a code system that is not here, or not whole. */
export function requireComplete(system: CodeSystem | undefined, name: string): CodeSystem {
  if (!system) {
    throw new CannotExpand(
      `The CodeSystem ${name} is not known here: nothing that may be read has this name, and R4 has none.`,
      'not-found',
    );
  }
  if (system.content === 'complete') return system;
  throw new CannotExpand(
    `The content of the CodeSystem ${name} is "${system.content}" here; all of its codes are needed.`,
  );
}
