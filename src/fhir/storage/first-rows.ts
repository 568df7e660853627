/** The rows that the migrations make for `default`, for another tenant: `$1`. The statements are run in one transaction. */
export const firstRows: readonly string[] = [
  `INSERT INTO search_definition (tenant, generation, revision, settled) VALUES ($1, 1, 1, 1)`,
  `INSERT INTO index_form (tenant, form, definitions) VALUES ($1, '', '{}')`,
  `INSERT INTO access_policy_state (tenant, generation) VALUES ($1, 1)`,
  `INSERT INTO audit_chain (tenant, position, hash, erased_position, erased_hash) VALUES ($1, 0, '', 0, '')`,
  `INSERT INTO consent_reading (tenant, revision, at_id) VALUES ($1, 0, '')`,
  `INSERT INTO tenant_usage (tenant, counted) VALUES ($1, now())`,
];

/** The tables that have a row of every tenant; what it stores is counted only where there is a limit. */
export const firstTables: readonly string[] = [
  'search_definition',
  'index_form',
  'access_policy_state',
  'audit_chain',
  'consent_reading',
];
