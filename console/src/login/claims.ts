export type Claims = Readonly<Record<string, unknown>>;

/** The parts of a JWT, decoded and not verified: to look at. Undefined when it is none. */
export function decodeJwt(token: string): { readonly header: Claims; readonly payload: Claims } | undefined {
  const [header, payload, signature, ...more] = token.trim().split('.');
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  const [head, body] = [decodePart(header), decodePart(payload)];
  return head && body ? { header: head, payload: body } : undefined;
}

function decodePart(part: string): Claims | undefined {
  try {
    const bytes = Uint8Array.from(atob(part.replaceAll('-', '+').replaceAll('_', '/')), (char) => char.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Claims) : undefined;
  } catch {
    return undefined;
  }
}
