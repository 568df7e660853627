/** Schema of the views that a server's role reads and writes instead of tables (docs/adr/0071). */
export const viewsSchema = 'lanyard_views';

/** Setting of a connection: the number of the tenant that it is bound to; 0 for work of the operator. */
export const boundSetting = 'lanyard.tenant';

/** The namespace of the tables, in SQL: views stand before them on the search path, but for this one. */
export const tablesNamespace = `(SELECT relnamespace FROM pg_class WHERE oid = to_regclass('migration'))`;
