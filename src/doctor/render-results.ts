import type { DoctorResult, Status } from './doctor-result.js';

const marks: Readonly<Record<Status, string>> = { ok: '✔', warning: '!', failed: '✘', skipped: '–' };
const narrowest = 40;

/** A table for people: one block for each group, a line for each finding, the cure below it. */
export function renderFindings(findings: readonly DoctorResult[], columns: number): readonly string[] {
  const longest = Math.max(...findings.map(({ check }) => check.length));
  const indent = ' '.repeat(longest + 6);
  const width = Math.max(columns - indent.length, narrowest);
  const groups = [...new Set(findings.map(({ group }) => group))];
  return groups.flatMap((group) => [
    ...wrap(`${group[0]?.toUpperCase()}${group.slice(1)}`, columns),
    ...findings
      .filter((finding) => finding.group === group)
      .flatMap(({ check, status, fact, cure }) => [
        ...wrap(fact, width).map((line, index) =>
          index === 0 ? `  ${marks[status]} ${check.padEnd(longest)}  ${line}` : `${indent}${line}`,
        ),
        ...(cure === undefined
          ? []
          : wrap(`→ ${cure}`, width - 2).map((line, index) => `${indent}${index === 0 ? '' : '  '}${line}`)),
      ]),
  ]);
}

/** The last line: how it stands, in numbers. */
export function summarize(findings: readonly DoctorResult[]): string {
  const count = (status: Status): number => findings.filter((finding) => finding.status === status).length;
  const failed = count('failed');
  const numbers = `${count('ok')} good, ${count('warning')} to look at, ${failed} wrong, ${count('skipped')} not seen`;
  return `${failed === 0 ? 'Healthy' : 'Unhealthy'}: ${numbers}.`;
}

/** Breaks at spaces; a word that is too long, such as an address, gets a line of its own. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const word of text.replace(/\p{C}/gu, '?').split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
