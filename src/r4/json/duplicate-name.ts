import { endOfString } from './json-scan.js';

/** The first name that occurs twice in one object of this JSON text, and the offset of its second place. */
export function findDuplicateName(text: string): { readonly name: string; readonly offset: number } | undefined {
  const open: Set<string>[] = [];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if ('{['.includes(c)) open.push(new Set());
    else if ('}]'.includes(c)) open.pop();
    else if (c === '"') {
      const offset = i;
      i = endOfString(text, offset);
      if (!isName(text, i)) continue;
      const name = JSON.parse(text.slice(offset, i + 1)) as string;
      if (open.at(-1)?.has(name)) return { name, offset };
      open.at(-1)?.add(name);
    }
  }
  return undefined;
}

/** True if a colon follows the string that ends here. */
function isName(text: string, end: number): boolean {
  let next = end + 1;
  while (/\s/.test(text[next] ?? '')) next++;
  return text[next] === ':';
}
