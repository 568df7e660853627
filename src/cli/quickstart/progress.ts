import { CommandFailed } from '../command-failed.js';
import { harmless, print } from '../terminal.js';

/** Says what was found, step by step; the first thing that fails ends it, with what to do about it. */
export const progress = {
  ok: (fact: string): void => print(`  ok    ${harmless(fact)}`),
  done: (fact: string): void => print(`  done  ${harmless(fact)}`),
  note: (fact: string): void => print(`  note  ${harmless(fact)}`),
  title: (text: string): void => print(text),
};

export const stepFailed = (fact: string, ...cure: readonly string[]): CommandFailed =>
  new CommandFailed([`  FAIL  ${harmless(fact)}`, ...cure.map((line) => `        ${harmless(line)}`)]);
