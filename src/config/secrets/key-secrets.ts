import { readFileSync } from 'node:fs';

/** Characters of each secret; 32 random ones are better. */
export const shortestSecret = 16;

/** Secrets, each in a line: the first one seals, all of them open. */
export const secretLines = (text: string): readonly string[] =>
  text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** Reads the secrets of a file anew at each call; those of before go on while it is being replaced or is no good. */
export function secretsOfFile(path: string, first: readonly string[]): () => readonly string[] {
  let known = first;
  return () => {
    try {
      const lines = secretLines(readFileSync(path, 'utf8'));
      if (lines.length > 0 && lines.every(({ length }) => length >= shortestSecret)) known = lines;
    } catch {
      // A volume that is not there for a moment.
    }
    return known;
  };
}
