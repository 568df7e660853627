import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessMarkdown, accessSvg } from './access-markdown.js';
import { accessReasons } from './access-reasons.js';
import { accessPage, accessPageHeaders, accessSubpage, accessSubpages } from './access-page.js';
import { html } from './html.js';
import { denialCodeSystem } from './denial-code-system.js';
import { recipePages } from './recipes/recipe-pages.js';
import { type Reason, reasons } from './reasons.js';
import { withholdingReasons } from './withholding-reasons.js';

const links = {
  fhirBase: 'https://host.example/fhir/r4',
  resourceMetadataUrl: 'https://host.example/.well-known/oauth-protected-resource/fhir/r4?a=1&b="2"',
  docsUrl: 'https://host.example/docs/access',
};
const codes = Object.keys(reasons);
const page = accessPage(links);
const pages = [page, ...accessSubpages(links).map((name) => accessSubpage(links, name)!)];

describe('the vocabulary of refusals', () => {
  it.each(Object.entries(reasons))('says what %s means and what to do', (code, { title, meaning, cure }) => {
    expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(title).toMatch(/^[A-Za-z/]+ [^."\\]+$/);
    expect(meaning).toMatch(/^[A-Za-z/].{20,}\.$/);
    expect(cure).toMatch(/^[A-Z].{8,}\.$/);
    expect(new Set([title, meaning, cure]).size).toBe(3);
  });

  it('has no two reasons with one title', () => {
    expect(new Set(Object.values(reasons).map(({ title }) => title)).size).toBe(codes.length);
  });

  it('has a step of the decision for every reason that a decision refuses for', () => {
    const ofDecisions: readonly (readonly [string, Reason])[] = Object.entries({
      ...accessReasons,
      ...withholdingReasons,
    });
    const having = (isRefusal: boolean, hasStep: boolean) =>
      ofDecisions.filter(
        ([, { issue, step }]) => (issue === 'forbidden') === isRefusal && (step !== undefined) === hasStep,
      );
    expect(having(true, false)).toEqual([]);
    expect(having(true, true).length).toBeGreaterThan(15);
    expect(having(false, true).map(([code]) => code)).toEqual(['purpose-malformed']);
  });

  it('is served as a CodeSystem with every code', () => {
    const system = denialCodeSystem(links.fhirBase) as unknown as { url: string; concept: { code: string }[] };
    expect(system.url).toBe(`${links.fhirBase}/CodeSystem/denial-reason`);
    expect(system.concept.map(({ code }) => code)).toEqual(codes);
  });
});

describe('the page /docs/access', () => {
  it.each(codes)('has an anchor for %s', (code) => {
    expect(page.split(`id="${code}"`)).toHaveLength(2);
    expect(page).toContain(`href="${links.docsUrl}/${code}"`);
    const own = accessSubpage(links, code)!;
    const { title, meaning, cure } = (reasons as Readonly<Record<string, Reason>>)[code]!;
    for (const text of [title, meaning, cure]) expect(own).toContain(html`${text}`.text);
  });

  it('has neither scripts nor anything loaded from elsewhere, and escapes what it is given', () => {
    for (const one of pages) {
      expect(one).not.toMatch(/<script|javascript:|\son[a-z]+=|\ssrc=|@import|url\(/i);
      expect(one).toContain('name="viewport"');
    }
    expect(accessSubpage(links, 'recipes')).toContain('?a=1&amp;b=&quot;2&quot;');
    expect(accessPage(links, '"><script>')).not.toContain('<script');
  });

  it('finds codes by all words of a search', () => {
    const shown = (query: string) => codes.filter((code) => accessPage(links, query).includes(`id="${code}"`));
    expect(shown('')).toEqual(codes);
    expect(shown('  EXPIRED token')).toContain('token-expired');
    expect(shown('expired token').length).toBeLessThan(10);
    expect(shown('no such words')).toEqual([]);
    expect(shown('x'.repeat(100_000))).toEqual([]);
  });

  it('has a page for each chapter, none with the name of a code, and no other', () => {
    const names = accessSubpages(links);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(expect.arrayContaining(['decision', 'reading', 'tools', 'recipes']));
    expect(accessSubpage(links, 'decision')).toContain('<svg');
    for (const name of ['', 'constructor', '__proto__', 'nothing']) expect(accessSubpage(links, name)).toBeUndefined();
  });

  it('has a page for each identity provider, made of the recipe with the addresses of this server', () => {
    const keycloak = accessSubpage(links, 'keycloak')!;
    expect(keycloak).toContain('<h1>Keycloak</h1>');
    expect(keycloak).toContain('https://host.example/oauth2/login/keycloak/callback');
    expect(keycloak).toContain(`<a href="${links.docsUrl}/aud-mismatch"><code>aud-mismatch</code></a>`);
    expect(keycloak).toContain('<h2 id="trusted-issuers">keycloak.trusted-issuers.json</h2>');
    expect(keycloak).toContain('&quot;audience&quot;: &quot;https://host.example/fhir/r4&quot;');
    expect(accessSubpage(links, 'issuer-members')).toContain('<h2 id="trusted-issuers">');
    for (const name of recipePages) {
      expect(page).toContain(`href="${links.docsUrl}/${name === 'issuer-members' ? 'identity-providers' : name}"`);
      const own = accessSubpage(links, name)!;
      expect(own).not.toMatch(/fhir\.example|\*\*|\.md\b|\]\(/);
      for (const [, target, anchor] of own.matchAll(
        /href="https:\/\/host\.example\/docs\/access\/([^"#]+)#?([^"]*)"/g,
      )) {
        const led = accessSubpage(links, target!);
        expect([target, led === undefined]).toEqual([target, false]);
        if (anchor !== '') expect(led).toContain(`id="${anchor}"`);
      }
    }
    expect(accessSubpage(links, 'aud-mismatch')).toContain(`href="${links.docsUrl}/entra"`);
    expect(accessSubpage(links, 'login-failed')).not.toContain(`href="${links.docsUrl}/entra"`);
  });

  it('has a style that its own policy permits', () => {
    const [, style] = /<style>([^]*?)<\/style>/.exec(page)!;
    const hash = createHash('sha256').update(style!).digest('base64');
    expect(accessPageHeaders['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
    expect(page).not.toContain('style=');
  });

  it('opens and closes its elements', () => {
    const empty = new Set(['meta', 'rect', 'path', '!doctype', 'input']);
    for (const one of pages) {
      const open: string[] = [];
      for (const [tag, close, name] of one.matchAll(/<(\/?)([a-z0-9!]+)[^>]*>/gi)) {
        if (empty.has(name!) || tag.endsWith('/>')) continue;
        if (close) expect(open.pop()).toBe(name);
        else open.push(name!);
      }
      expect(open).toEqual([]);
    }
  });
});

describe('docs/access.md', () => {
  const example = {
    fhirBase: 'http://localhost:3000/fhir/r4',
    resourceMetadataUrl: 'http://localhost:3000/.well-known/oauth-protected-resource/fhir/r4',
    docsUrl: 'http://localhost:3000/docs/access',
  };
  const markdown = accessMarkdown(example);

  it('is what the vocabulary says now', async () => {
    await expect(markdown).toMatchFileSnapshot('../../docs/access.md');
    await expect(accessSvg()).toMatchFileSnapshot('../../docs/access.svg');
  });

  it('has every anchor and every sentence of the page', () => {
    const anchors = [...page.matchAll(/<(?:h2|h3|li) id="([^"]+)"/g)].map(([, id]) => id!);
    expect(anchors.length).toBeGreaterThan(codes.length + 5);
    for (const anchor of anchors.filter((id) => id !== 'codes')) expect(markdown).toContain(`<a id="${anchor}"></a>`);
    for (const { meaning, cure } of Object.values(reasons)) {
      expect(markdown).toContain(meaning);
      expect(markdown).toContain(cure);
    }
  });
});
