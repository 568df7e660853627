import { wrongUsage } from './command-failed.js';

export function readWhole(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw wrongUsage(`${option} is a whole number, not "${text}".`);
}

const seconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of `90s`, `30m`, `12h` or `7d`. */
export function readDuration(option: string, text: string): number {
  const [, number, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const factor = seconds[unit];
  if (number !== undefined && factor !== undefined) return Number(number) * factor;
  throw wrongUsage(`${option} is a time such as 90s, 30m, 12h or 7d, not "${text}".`);
}
