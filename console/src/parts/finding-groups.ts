import type { Finding } from './finding-list.js';

/** Findings by their subjects, both in their order. */
export const groupsOf = (findings: readonly Finding[]): readonly (readonly [string, readonly Finding[]])[] =>
  [...new Set(findings.map(({ group }) => group))].map((group) => [
    group,
    findings.filter((finding) => finding.group === group),
  ]);
