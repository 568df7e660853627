/** The nonce that the policy of this page has for style elements made by libraries. Browsers hide it from selectors, not from scripts. */
export const styleNonce = (): string => document.querySelector<HTMLMetaElement>('meta[name=csp-nonce]')?.nonce ?? '';
