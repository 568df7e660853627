const scopeSyntax = /^(admin|operator)\/(\*|[A-Za-z]+)\.([cruds]+)$/;

/** True if one of the scopes is, or has in it, the right to administer, such as `admin/User.r` or `operator/Tenant.s`. Only for what is shown: the server judges. */
export function hasAdminRight(scopes: readonly string[], right: string): boolean {
  const [, context, area, letters] = scopeSyntax.exec(right) ?? [];
  if (area === undefined || letters === undefined) return false;
  return scopes.some((scope) => {
    const [, heldContext, heldArea, held = ''] = scopeSyntax.exec(scope) ?? [];
    if (heldContext !== context) return false;
    return (heldArea === '*' || heldArea === area) && letters.split('').every((letter) => held.includes(letter));
  });
}
