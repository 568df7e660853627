import { readFile, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { wrongUsage } from '../command-failed.js';

const client = z.object({
  clientId: z.string(),
  clientSecret: z.string().optional(),
  privateJwk: z.record(z.string(), z.unknown()).optional(),
  registrationUri: z.string().optional(),
  registrationToken: z.string().optional(),
});

const state = z.object({
  base: z.string(),
  issuer: z.string(),
  clients: z.record(z.string(), client).default({}),
});

export type SampleClient = z.output<typeof client>;

/** Clients and secrets that a quickstart made, so that the next one makes nothing twice. For its owner alone. */
export type QuickstartState = z.output<typeof state>;

/** Reads the state for this pair of servers; an empty one when there is no file. */
export async function readState(path: string, base: string, issuer: string): Promise<QuickstartState> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { base, issuer, clients: {} };
    throw wrongUsage(`Cannot read ${path} (${code}).`);
  }
  const found = parse(text, path);
  if (found.base === base && found.issuer === issuer) return found;
  throw wrongUsage(
    `${path} is of a quickstart with ${found.base} and ${found.issuer}.`,
    'Keep both: give another file, --state <path>.',
  );
}

function parse(text: string, path: string): QuickstartState {
  try {
    return state.parse(JSON.parse(text));
  } catch {
    throw wrongUsage(`${path} was not written by a quickstart. Give another file: --state <path>.`);
  }
}

export async function writeState(path: string, value: QuickstartState): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw wrongUsage(`Cannot write ${path} (${(error as NodeJS.ErrnoException).code}).`);
  }
}
