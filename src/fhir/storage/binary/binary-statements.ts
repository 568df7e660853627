import { tenant } from '../session/tenant-parameter.js';
import type { Statement } from '../session/statement.js';

export const beginUpload = (contentId: string): Statement => ({
  text: `INSERT INTO binary_upload (tenant, content_id) VALUES (${tenant}, $1::uuid)`,
  values: [contentId],
});

/** Stores nothing once the upload was given up, so that no part is left behind. */
export const storePart = (contentId: string, part: number, bytes: Buffer): Statement => ({
  isPrepared: true,
  text:
    `INSERT INTO binary_content (tenant, content_id, part, bytes) SELECT tenant, content_id, $2::integer, $3::bytea ` +
    `FROM binary_upload WHERE tenant = ${tenant} AND content_id = $1::uuid FOR SHARE`,
  values: [contentId, part, bytes],
});

/** Bytes of one part. */
export interface PartSlice {
  readonly part: number;
  readonly offset: number;
  readonly length: number;
}

/** Of a part that is compressed, what lies before the slice is unpacked as well. */
export const readSlice = (contentId: string, { part, offset, length }: PartSlice): Statement => ({
  text:
    `SELECT substring(bytes FROM $3::integer FOR $4::integer) FROM binary_content ` +
    `WHERE tenant = ${tenant} AND content_id = $1::uuid AND part = $2::integer`,
  values: [contentId, part, offset + 1, length],
});

/** Removes the parts of a content from this number on. */
export const removeParts = (contentId: string, part = 0): Statement => ({
  text: `DELETE FROM binary_content WHERE tenant = ${tenant} AND content_id = $1::uuid AND part >= $2::integer`,
  values: [contentId, part],
});

export const hasContent = (contentId: string): Statement => ({
  isPrepared: true,
  text: `SELECT part FROM binary_content WHERE tenant = ${tenant} AND content_id = $1::uuid LIMIT 1`,
  values: [contentId],
});

/** A row while nobody has given the upload up. */
export const findUpload = (contentId: string): Statement => ({
  isPrepared: true,
  text: `SELECT began FROM binary_upload WHERE tenant = ${tenant} AND content_id = $1::uuid`,
  values: [contentId],
});

/** A row if some version has the content. */
export const findVersionWith = (contentId: string): Statement => ({
  text: `SELECT id FROM binary_version WHERE tenant = ${tenant} AND content_id = $1::uuid LIMIT 1`,
  values: [contentId],
});

export const oldUploads: Statement = {
  text: `SELECT content_id::text AS "contentId" FROM binary_upload WHERE tenant = ${tenant} AND ${isOld()} ORDER BY began LIMIT 1000`,
  values: [],
};

/** The content of versions, by id and number of the version. */
export const contentOfVersions = (ids: readonly string[], versions: readonly number[]): Statement => ({
  isPrepared: true,
  text:
    `SELECT v.id, v.content_id AS "contentId", v.size::float8 AS size FROM binary_version AS v ` +
    `JOIN unnest($1::text[], $2::integer[]) AS wanted (id, version) ON v.id = wanted.id AND v.version = wanted.version ` +
    `WHERE v.tenant = ${tenant}`,
  values: [ids, versions],
});

/** Takes uploads that are complete out of those that may be given up. */
export const endUploads = (contentIds: readonly string[]): Statement => ({
  text: `DELETE FROM binary_upload WHERE tenant = ${tenant} AND content_id = ANY ($1::uuid[])`,
  values: [contentIds],
});

/** Content that a version has beside its body. */
export interface ContentLink {
  readonly id: string;
  readonly versionId: number;
  readonly contentId: string;
  readonly size: number;
}

export const linkContents = (links: readonly ContentLink[]): Statement => ({
  text:
    `INSERT INTO binary_version (tenant, id, version, content_id, size) ` +
    `SELECT ${tenant}, link.* FROM unnest($1::text[], $2::integer[], $3::uuid[], $4::bigint[]) AS link`,
  values: [
    links.map(({ id }) => id),
    links.map(({ versionId }) => versionId),
    links.map(({ contentId }) => contentId),
    links.map(({ size }) => size),
  ],
});

/** Removes an upload and its parts, unless a version has them by now. */
export const giveUpUpload = (contentId: string): Statement => ({
  text: giveUp('content_id = $1::uuid'),
  values: [contentId],
});

export const giveUpOldUploads: Statement = { text: giveUp(isOld()), values: [] };

function isOld(): string {
  return `began < now() - interval '1 day'`;
}

function giveUp(condition: string): string {
  return (
    `WITH gone AS (DELETE FROM binary_upload WHERE tenant = ${tenant} AND ${condition} RETURNING content_id) ` +
    `DELETE FROM binary_content AS part USING gone WHERE part.tenant = ${tenant} AND part.content_id = gone.content_id`
  );
}
