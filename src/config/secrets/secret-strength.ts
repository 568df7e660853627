import { createRequire } from 'node:module';
import { sep } from 'node:path';
import type * as Strength from '@zxcvbn-ts/core';
import type * as Common from '@zxcvbn-ts/language-common';

/** Longer texts are judged by their beginning: 32 characters take the event loop 50 ms at worst, 64 take 170 ms. */
const judgedLength = 32;
/** Decimal digits of the number of guesses. Passwords are checked slowly and few times; keys can be tried without asking. */
const leastDigits = { password: 8, key: 12 } as const;

/** The use of a secret decides how many guesses it has to withstand. */
export type SecretUse = keyof typeof leastDigits;

/** Milliseconds that the dictionaries stay after a secret was judged. */
const keptFor = 5_000;

let estimator: Strength.ZxcvbnFactory | undefined;
let letGo: NodeJS.Timeout | undefined;

/**
 * Tells whether somebody who knows common passwords, words and patterns guesses it (docs/adr/0040). `related`: words that make it no
 * harder to guess, such as the name of the user.
 */
export function isEasyToGuess(text: string, use: SecretUse, related: readonly string[] = []): boolean {
  estimator ??= loadEstimator();
  letGo ??= setTimeout(forgetEstimator, keptFor).unref();
  letGo.refresh();
  // A word that is longer than the text would be found nowhere in it.
  const words = [...serverWords, ...related].map((word) => word.slice(0, judgedLength));
  const { guessesLog10 } = estimator.check(text.slice(0, judgedLength), words);
  return guessesLog10 < leastDigits[use];
}

const serverWords = ['lanyard', 'fhir', 'smart', 'hospital', 'clinic'];

/** Its dictionaries take 60 ms and 12 MB: they are loaded when a secret is judged, as at the start, and not kept for the next one. */
function loadEstimator(): Strength.ZxcvbnFactory {
  const require = createRequire(import.meta.url);
  const { ZxcvbnFactory } = require('@zxcvbn-ts/core') as typeof Strength;
  const { dictionary, adjacencyGraphs: graphs } = require('@zxcvbn-ts/language-common') as typeof Common;
  return new ZxcvbnFactory({ dictionary, graphs });
}

const packages = `${sep}@zxcvbn-ts${sep}`;

function forgetEstimator(): void {
  estimator = letGo = undefined;
  const { cache } = createRequire(import.meta.url);
  for (const file of Object.keys(cache)) if (file.includes(packages)) delete cache[file];
}
