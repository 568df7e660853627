/** One version as stored; `body` is empty when it is a deletion. */
export interface StoredVersion {
  readonly type: string;
  readonly id: string;
  readonly versionId: number;
  /** Instant with milliseconds, UTC. */
  readonly lastUpdated: string;
  readonly deleted: boolean;
  readonly body: string;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Elements that the caller is not shown; absent where there are none. */
  readonly mask?: string;
}

/** A row that {@link storedVersion} selects. */
export type VersionRow = StoredVersion & Record<string, unknown>;

/** Select list of a {@link StoredVersion}: the row arrives in the form that is handed out. */
export const storedVersion = (row: string, body = `${row}.body`): string =>
  `${row}.type, ${row}.id, ${storedContent(row, body)}`;

/** Select list without type and id, for callers that know them: each column costs the driver time. */
export const storedContent = (row: string, body = `${row}.body`): string =>
  `${row}.version AS "versionId", ${lastUpdated(row)}, ${row}.deleted, ${body}, ${row}.method`;

export const lastUpdated = (row: string): string => `${timeText(`${row}.updated`)} AS "lastUpdated"`;

/** A time as bodies have it. */
export const timeText = (time: string): string =>
  `to_char(${time} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;

/** Row of one version whose type and id are known. */
export type ContentRow = Omit<StoredVersion, 'type' | 'id'> & Record<string, unknown>;
