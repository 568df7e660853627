import { readFile } from 'node:fs/promises';

/** Files that a page of the documentation shows: code blocks whose first line is a comment with the path. */
export async function filesOf(page: URL): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(page, 'utf8');
  const blocks = [...text.matchAll(/^```(?:ts|json)\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)];
  return Object.fromEntries(blocks.map(([, path, content]) => [path!, content!]));
}
