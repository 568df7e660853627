/** SQL conditions that must all hold. */
export const allOf = (conditions: readonly string[]): string => {
  if (conditions.length === 0) return 'true';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' AND ')})`;
};

/** SQL conditions of which one must hold. */
export const anyOf = (conditions: readonly string[]): string => {
  if (conditions.length === 0) return 'false';
  return conditions.length === 1 ? conditions[0]! : `(${conditions.join(' OR ')})`;
};
