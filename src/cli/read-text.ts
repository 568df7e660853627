import { readFile } from 'node:fs/promises';
import { wrongUsage } from './command-failed.js';

/** The text of a file; `-` is the standard input. */
export async function readText(path: string): Promise<string> {
  try {
    if (path !== '-') return await readFile(path, 'utf8');
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString('utf8');
  } catch (error) {
    throw wrongUsage(`Cannot read ${path} (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** A secret in a file, without the line break at its end. */
export async function readSecret(path: string): Promise<string> {
  const text = (await readText(path)).replace(/\r?\n$/, '');
  if (text === '') throw wrongUsage(`${path === '-' ? 'The standard input' : path} is empty.`);
  return text;
}

export async function readJsonFile(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw wrongUsage(`${path} is not JSON.`);
  }
}
