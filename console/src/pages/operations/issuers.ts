import type { Finding } from '../../parts/finding-list.js';

export interface KnownIssuer {
  readonly issuer: string;
  readonly isGood: boolean;
  /** The setting that names it. */
  readonly setting?: string;
  readonly findings: readonly Finding[];
}

const group = /^issuer (.+)$/s;

/** Trusted issuers and login providers, by what the doctor found about each. */
export function issuersIn(findings: readonly Finding[]): readonly KnownIssuer[] {
  const names = new Set(findings.flatMap((finding) => group.exec(finding.group)?.[1] ?? []));
  return [...names].map((issuer) => {
    const own = findings.filter((finding) => finding.group === `issuer ${issuer}`);
    const setting = own.find((finding) => finding.setting !== undefined)?.setting;
    const isGood = own.every(({ status }) => status !== 'failed');
    return { issuer, isGood, ...(setting !== undefined && { setting }), findings: own };
  });
}
