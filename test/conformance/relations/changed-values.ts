import type { Random } from '../../support/random.js';

export const escaped = (text: string): string => text.replaceAll(/[\\,|$]/g, String.raw`\$&`);
export const unescaped = (text: string): string => text.replaceAll(/\\([,|$\\])/g, '$1');

export const prefixes = ['eq', 'ne', 'gt', 'lt', 'ge', 'le', 'sa', 'eb', 'ap'] as const;

const prefix = new RegExp(String.raw`^(?:${prefixes.join('|')})(?=[\d.-])`);

/** Without a prefix. */
export const bare = (text: string): string => text.replace(prefix, '');

export function prefixed(text: string, random: Random, without: readonly string[] = []): string {
  const some = ['', ...prefixes.filter((one) => !without.includes(one))];
  return `${random.pick(some)}${text}`;
}

const minute = 60_000;

/** The same instant on the clocks of another zone, to the digit as before. */
export function elsewhere(text: string, minutes: number): string {
  const [, fraction = ''] = /T\d\d:\d\d:\d\d(\.\d+)?/.exec(text) ?? [];
  const there = new Date(Date.parse(text) + minutes * minute).toISOString().slice(0, 19);
  const [sign, size] = [minutes < 0 ? '-' : '+', Math.abs(minutes)];
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${there}${fraction}${sign}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

const hasTime = (text: string): boolean => /T.*(?:Z|[+-]\d\d:\d\d)$/.test(text);

/** A little before or after. */
function nudged(text: string, random: Random): string {
  const by = random.pick([-86_400_000, -1000, -1, 1, 1000, 86_400_000]);
  const moved = new Date(Date.parse(text) + by).toISOString();
  return hasTime(text) ? moved.replace('.000Z', random.pick(['Z', '.000Z'])) : moved.slice(0, text.length);
}

/** Less precise, moved, or on other clocks. */
export function changedDate(text: string, random: Random): string {
  let date = bare(text);
  if (Number.isNaN(Date.parse(date))) return date;
  if (random.chance(0.3)) date = nudged(date, random);
  const how = random.below(6);
  if (how === 0) return date.slice(0, 4);
  if (how === 1) return date.slice(0, 7);
  if (how === 2) return date.slice(0, 10);
  if (!hasTime(date)) return date;
  if (how === 3) return date.replace(/T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?/, 'T$1');
  return how === 4 ? elsewhere(date, random.pick([-720, -300, 60, 330, 840])) : date;
}

/** Of a number, or a number with its unit. */
export function changedNumber(text: string, random: Random): string {
  const [, number = '', unit = ''] = /^([-+\d.e]+)(.*)$/s.exec(bare(text)) ?? [];
  if (number === '') return bare(text);
  const shownUnit = random.chance(0.25) ? '' : unit;
  const how = random.below(6);
  const value = Number(number);
  if (how === 0) return value.toFixed(0) + shownUnit;
  if (how === 1) return value.toPrecision(2) + shownUnit;
  if (how === 2) return value.toFixed(3) + shownUnit;
  if (how === 3) return String(value + random.pick([-1, -0.5, 0.05, 1])) + shownUnit;
  return number + shownUnit;
}

const accents: Readonly<Record<string, string>> = { a: 'á', e: 'É', i: 'ï', o: 'Ö', u: 'û', n: 'ñ' };

/** A start of it, or a part, in other letters. */
export function changedText(text: string, isPart: boolean, random: Random): string {
  const from = isPart ? random.below(Math.max(1, text.length - 2)) : 0;
  const length = random.chance(0.3) ? text.length : 1 + random.below(8);
  const cut = text.slice(from, from + length).trim() || text.trim();
  const how = random.below(4);
  if (how === 0) return cut.toUpperCase();
  if (how === 1) return cut.toLowerCase();
  return how === 2 ? cut.replaceAll(/[aeioun]/g, (letter) => accents[letter]!) : cut;
}
