/** A JSON object as a JWT part holds it. */
export type Claims = Readonly<Record<string, unknown>>;

const deepest = 16;
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a JSON object; a problem instead when it is anything else, nested too deeply, or names a member twice. */
export function readJsonObject(bytes: Uint8Array): { readonly object: Claims } | { readonly problem: string } {
  let text: string;
  let value: unknown;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return { problem: 'is not JSON in UTF-8' };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { problem: 'is not a JSON object' };
  const problem = findProblem(text);
  return problem === undefined ? { object: value as Claims } : { problem };
}

/** Walks the tokens of valid JSON, since the parser keeps the last of two equal names without a word. */
function findProblem(text: string): string | undefined {
  const levels: Level[] = [];
  for (const [found] of text.matchAll(token)) {
    const level = levels.at(-1);
    if (found === '{' || found === '[') {
      if (levels.length === deepest) return `is nested more than ${deepest} levels deep`;
      levels.push({ ...(found === '{' && { names: new Set<string>() }), expectsName: found === '{' });
    } else if (found === '}' || found === ']') {
      levels.pop();
    } else if (level && !takeName(level, found)) {
      return 'names the same member twice';
    }
  }
  return undefined;
}

/** An object or array the walk is inside; `names` only for objects. */
interface Level {
  readonly names?: Set<string>;
  expectsName: boolean;
}

/** Takes a comma or a string; false for a member name that was there before. */
function takeName(level: Level, found: string): boolean {
  const { names, expectsName } = level;
  level.expectsName = names !== undefined && found === ',';
  if (!names || !expectsName) return true;
  const name = JSON.parse(found) as string;
  const isNew = !names.has(name);
  names.add(name);
  return isNew;
}
