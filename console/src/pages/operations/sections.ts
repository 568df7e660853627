import type { MessageKey } from '../../messages/messages.js';
import { type ConsoleConfig, isOfProcess } from '../../server/console-config.js';

/** A page about operations beside that of health. */
export interface Section {
  /** Below `/operations`; `*`: it has addresses of its own below that. */
  readonly path: string;
  readonly label: MessageKey;
  readonly right: string;
  /** Absent: every server has it. */
  readonly isHere?: (config: ConsoleConfig) => boolean;
}

/** In the order of their links. */
export const sections = [
  { path: 'doctor', label: 'doctor.title', right: 'admin/Job.r' },
  { path: 'issuers', label: 'issuers.title', right: 'admin/Job.r' },
  { path: 'jobs', label: 'jobs.title', right: 'admin/Job.r' },
  { path: 'metrics', label: 'metrics.title', right: 'admin/Job.r', isHere: isOfProcess },
  { path: 'settings', label: 'settings.title', right: 'admin/Job.r' },
  { path: 'packages', label: 'packages.title', right: 'admin/Definition.s' },
  { path: 'suppressions', label: 'suppressions.title', right: 'admin/Definition.s' },
  { path: 'extensions', label: 'operations.extensions', right: 'admin/Job.r' },
  { path: 'audit', label: 'audit.title', right: 'admin/Audit.s' },
  {
    path: 'tenants/*',
    label: 'tenants.title',
    right: 'operator/Tenant.s',
    isHere: ({ tenants }: ConsoleConfig) => tenants === true,
  },
] as const satisfies readonly Section[];

export type SectionPath = (typeof sections)[number]['path'];
