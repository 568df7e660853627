/** Limits of a tenant that its operator sets, each a whole number; absent: no limit (docs/adr/0079). */
export interface TenantLimits {
  /** Requests a second that one server process answers. */
  readonly requests?: number;
  /** Live resources, AuditEvents apart. */
  readonly resources?: number;
  /** Bytes of all versions and of the contents of Binaries, AuditEvents apart. */
  readonly bytes?: number;
  /** Jobs that are under way at once. */
  readonly jobs?: number;
  /** Bytes of the files of exports that are kept at once. */
  readonly exports?: number;
}

export type LimitName = keyof TenantLimits;

export const limitNames: readonly LimitName[] = ['requests', 'resources', 'bytes', 'jobs', 'exports'];

/** Limits to set, and those to take away, which are `null`. */
export type LimitChanges = Readonly<Partial<Record<LimitName, number | null>>>;

const most = 1e15;

/** Reads `bytes=50G` or `requests=off`; a string says what is wrong with it, and the cure. */
export function readLimitChange(text: string): LimitChanges | string {
  const [, name = '', digits, unit = ''] = /^([a-z]+)=(?:(\d{1,15})([kMG]?)|off)$/.exec(text) ?? [];
  if (!limitNames.includes(name as LimitName))
    return `"${text}" sets no limit. Limits are ${limitNames.join(', ')}. Example: --set bytes=50G`;
  const value = digits === undefined ? null : Number(digits) * units[unit]!;
  if (value !== null && (value < 1 || value > most)) return `${name}: must be from 1 to ${most}, or off.`;
  return { [name]: value };
}

const units: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };
