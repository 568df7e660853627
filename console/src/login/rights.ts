const scopeSyntax = /^admin\/(\*|[A-Za-z]+)\.([cruds]+)$/;

/** True if one of the scopes is, or has in it, the right to administer, such as `admin/User.r`. Only for what is shown: the server judges. */
export function hasAdminRight(scopes: readonly string[], right: string): boolean {
  const [, area, letters] = scopeSyntax.exec(right) ?? [];
  if (area === undefined || letters === undefined) return false;
  return scopes.some((scope) => {
    const [, heldArea, held = ''] = scopeSyntax.exec(scope) ?? [];
    return (heldArea === '*' || heldArea === area) && letters.split('').every((letter) => held.includes(letter));
  });
}
