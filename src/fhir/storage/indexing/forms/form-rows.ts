import { resourceTypes } from '../../../../r4/model/resource-types.js';
import { readState } from '../definition-rows.js';
import { waitForWrites } from '../fence.js';
import { tenant } from '../../session/tenant-parameter.js';
import type { SqlSession } from '../../session/sql-session.js';
import type { Definitions, IndexForm } from './index-form.js';

export interface StoredForm {
  readonly form: string;
  readonly definitions: Definitions;
}

/** A form other than the wanted one, of which rows of these types may be stored; '' stands for any type. */
export interface OtherForm extends StoredForm {
  readonly types: readonly string[];
}

interface FormRow extends Record<string, unknown> {
  readonly form: string;
  readonly definitions: string;
}

/** Forms other than the wanted one, of which rows may be stored. */
export async function readOtherForms(session: SqlSession): Promise<readonly OtherForm[]> {
  const rows = await session.rows<FormRow & { readonly types: readonly string[] }>({
    text: `
      SELECT one.form, one.definitions, array_agg(DISTINCT other.type) AS types
      FROM index_form AS one JOIN other_form_rows AS other ON other.tenant = ${tenant} AND other.form = one.form
      WHERE one.tenant = ${tenant} GROUP BY one.form, one.definitions`,
    values: [],
  });
  return rows.map(({ form, definitions, types }) => ({
    form,
    definitions: JSON.parse(definitions) as Definitions,
    types,
  }));
}

/** The form that rows are to have. */
export async function readWantedForm(session: SqlSession): Promise<StoredForm> {
  const [wanted] = await session.rows<FormRow>({
    text: `
      SELECT one.form, one.definitions FROM search_definition AS state
      JOIN index_form AS one ON one.tenant = ${tenant} AND one.form = state.form WHERE state.tenant = ${tenant}`,
    values: [],
  });
  return { form: wanted!.form, definitions: JSON.parse(wanted!.definitions) as Definitions };
}

/**
 * Makes the form of this process the wanted one, unless a newer release has done so. Rows that are there have another one from
 * then on. Writers of before go on and are noted.
 */
export async function wantForm(session: SqlSession, own: IndexForm): Promise<void> {
  const { form, definitions } = await readWantedForm(session);
  if (form === own.id || !own.mayReplace(definitions)) return;
  await session.transaction(async (tx) => {
    const { form: wanted, generation } = await readState(tx, 'FOR UPDATE');
    if (wanted === own.id) return;
    // Waits for a server that writes the first row right now: otherwise its form would be noted nowhere.
    if (!(await hasRows(tx))) await waitForWrites(tx, generation);
    await tx.count({
      text: `
        INSERT INTO index_form (tenant, form, definitions) VALUES (${tenant}, $1::text, $2::text)
        ON CONFLICT (tenant, form) DO NOTHING`,
      values: [own.id, JSON.stringify(own.definitions)],
    });
    await tx.count({
      text: `
        INSERT INTO other_form_rows (tenant, form, type, generation)
        SELECT ${tenant}, $1::text, '', $2::integer WHERE EXISTS (SELECT FROM resource WHERE tenant = ${tenant})`,
      values: [wanted, generation],
    });
    await tx.count({
      text: `
        UPDATE search_definition SET form = $1::text, revision = revision + 1 WHERE tenant = ${tenant}`,
      values: [own.id],
    });
  });
}

async function hasRows(session: SqlSession): Promise<boolean> {
  const found = await session.rows({ text: `SELECT FROM resource WHERE tenant = ${tenant} LIMIT 1`, values: [] });
  return found.length > 0;
}

/** Ends what a finished job was for: rows of other forms that were written before its generation. */
export async function settleForms(
  tx: SqlSession,
  own: string,
  { generation, types }: { readonly generation: number; readonly types: readonly string[] },
): Promise<void> {
  await tx.count({
    text: `
      DELETE FROM other_form_rows WHERE tenant = ${tenant} AND generation < $2::integer
        AND (type = ANY ($3::text[]) OR type = '' AND $4::boolean) AND EXISTS (SELECT FROM search_definition WHERE tenant = ${tenant} AND form = $1::text)`,
    values: [own, generation, [...types], types.length === resourceTypes.size],
  });
}
