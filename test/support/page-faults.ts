import type { Page } from 'playwright-core';

/** Finds faults that hinder people with a screen reader, a keyboard or a small screen. */
export const findFaults = (page: Page): Promise<readonly string[]> => page.evaluate<readonly string[]>(script);

// Runs in the page, whose names are those of the DOM; as text, since this project knows no DOM types.
const script = `(() => {
  const faults = [];
  const seen = (element) => element.checkVisibility({ checkVisibilityCSS: true });
  const describe = (element) => element.outerHTML.slice(0, 120);
  if (document.documentElement.lang === '') faults.push('no language');
  if (document.title === '') faults.push('no title');
  if (document.querySelectorAll('main').length !== 1) faults.push('not one main landmark');
  if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
  let level = 0;
  for (const heading of document.querySelectorAll('h1,h2,h3,h4')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1 && !heading.closest('[role=alert]')) faults.push('skipped heading level: ' + describe(heading));
    if (!heading.closest('[role=alert]')) level = own;
  }
  for (const field of document.querySelectorAll('input:not([type=hidden]),select,textarea')) {
    if (!field.labels || field.labels.length === 0) faults.push('no label: ' + describe(field));
  }
  for (const control of document.querySelectorAll('button,a[href]')) {
    const name = control.getAttribute('aria-label') ?? control.textContent;
    if (name.trim() === '') faults.push('no name: ' + describe(control));
  }
  const ids = [...document.querySelectorAll('[id]')].map(({ id }) => id);
  for (const id of ids) if (ids.filter((one) => one === id).length > 1) faults.push('id twice: ' + id);
  for (const link of document.querySelectorAll('a[href^="#"]')) {
    if (!document.getElementById(link.getAttribute('href').slice(1))) faults.push('leads nowhere: ' + describe(link));
  }
  for (const element of document.querySelectorAll('[aria-describedby]')) {
    for (const id of element.getAttribute('aria-describedby').split(' '))
      if (!document.getElementById(id)) faults.push('described by nothing: ' + describe(element));
  }
  for (const fieldset of document.querySelectorAll('fieldset')) {
    if (fieldset.firstElementChild?.tagName !== 'LEGEND') faults.push('no legend: ' + describe(fieldset));
  }
  if (document.documentElement.scrollWidth > document.documentElement.clientWidth) faults.push('wider than the screen');
  for (const control of document.querySelectorAll('button:not(.link),input[type=checkbox],a.button')) {
    const box = (control.closest('label') ?? control).getBoundingClientRect();
    if (seen(control) && (box.height < 24 || box.width < 24)) faults.push('too small to touch: ' + describe(control));
  }
  const parse = (colour) => (colour.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [R, G, B] = [r, g, b].map((value) => { const c = value / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
    return 0.2126 * R + 0.7152 * G + 0.0722 * B;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === '' || !seen(element) || element.closest('script,style,noscript,svg')) continue;
    const [one, other] = [light(parse(getComputedStyle(element).color)), light(ground(element))].toSorted((a, b) => b - a);
    if ((one + 0.05) / (other + 0.05) < 4.5) faults.push('hard to read: ' + node.textContent.trim().slice(0, 60));
  }
  return faults;
})()`;
