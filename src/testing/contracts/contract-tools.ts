/** Functions of a test runner that a contract needs: `describe` and `it` of vitest, jest or node:test. */
export interface ContractTools {
  readonly describe: (name: string, define: () => void) => void;
  readonly it: (name: string, test: () => Promise<void>) => void;
}

/** Texts that parts have to take without an exception: empty, huge, of other forms, of other encodings. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '.',
  '..',
  'a.b.c',
  'null',
  '{}',
  '\u0000',
  '../../etc/passwd',
  "' OR 1=1 --",
  '\u{1F600}'.repeat(100),
  'x'.repeat(70_000),
];
