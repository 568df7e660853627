import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { accessMarkdown, accessSvg } from './access-markdown.js';
import { accessReasons } from './access-reasons.js';
import { accessPage, accessPageHeaders } from './access-page.js';
import { denialCodeSystem } from './denial-code-system.js';
import { type Reason, reasons } from './reasons.js';
import { withholdingReasons } from './withholding-reasons.js';

const links = {
  fhirBase: 'https://host.example/fhir/r4',
  resourceMetadataUrl: 'https://host.example/.well-known/oauth-protected-resource/fhir/r4?a=1&b="2"',
  docsUrl: 'https://host.example/docs/access',
};
const codes = Object.keys(reasons);
const page = accessPage(links);

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
    expect(page).toContain(`href="#${code}"`);
  });

  it('has neither scripts nor anything loaded from elsewhere, and escapes what it is given', () => {
    expect(page).not.toMatch(/<script|javascript:|\son[a-z]+=|\ssrc=|@import|url\(/i);
    expect(page).toContain('?a=1&amp;b=&quot;2&quot;');
    expect(page).toContain('name="viewport"');
  });

  it('has a style that its own policy permits', () => {
    const [, style] = /<style>([^]*?)<\/style>/.exec(page)!;
    const hash = createHash('sha256').update(style!).digest('base64');
    expect(accessPageHeaders['content-security-policy']).toContain(`style-src 'sha256-${hash}'`);
    expect(page).not.toContain('style=');
  });

  it('opens and closes its elements', () => {
    const open: string[] = [];
    const empty = new Set(['meta', 'rect', 'path', '!doctype']);
    for (const [tag, close, name] of page.matchAll(/<(\/?)([a-z0-9!]+)[^>]*>/gi)) {
      if (empty.has(name!) || tag.endsWith('/>')) continue;
      if (close) expect(open.pop()).toBe(name);
      else open.push(name!);
    }
    expect(open).toEqual([]);
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
    const anchors = [...page.matchAll(/<(?:h2|h3|article) id="([^"]+)"/g)].map(([, id]) => id!);
    expect(anchors.length).toBeGreaterThan(codes.length + 5);
    for (const anchor of anchors.filter((id) => id !== 'codes')) expect(markdown).toContain(`<a id="${anchor}"></a>`);
    for (const { meaning, cure } of Object.values(reasons)) {
      expect(markdown).toContain(meaning);
      expect(markdown).toContain(cure);
    }
  });
});
