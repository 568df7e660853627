import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { narrativeFault } from '../xml/embed-narrative.js';
import { findNarrativeProblem } from './narrative.js';

const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
const codeOf = (text: string): string | undefined => findNarrativeProblem(text)?.code;

// https://hl7.org/fhir/R4/narrative.html#xhtml
describe('a narrative', () => {
  it.each([
    div('a'),
    ` ${div('a')}\n`,
    div('<p>a <b>b</b>&amp;&lt;&#160;&#xA0;<br/></p><!-- <script> --><hr />'),
    div('<a href="http://example.org/?a=1&amp;b=2" title="a &lt; b">x</a><a name="y"/>'),
    div("<table border='1' class='grid'><tr><td colspan='2' style='width: 1px'>a</td></tr></table>"),
    div('<img src="data:image/png;base64,AAAA" alt="x"/>'),
    '<div xml:lang="en" xmlns="http://www.w3.org/1999/xhtml" lang="en">a</div>',
  ])('may be %s', (text) => {
    expect(findNarrativeProblem(text)).toBeUndefined();
  });

  it.each([
    '<div>a</div>',
    '<div xmlns="http://example.org">a</div>',
    '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
    `${div('a')}${div('b')}`,
    div('<font color="red">a</font>'),
    div('<p align2="left">a</p>'),
    // The first fault is told; the text is no XML either, which is found later.
  ])('is not %s', (text) => {
    expect(codeOf(text)).toBe('txt-1');
  });

  // https://hl7.org/fhir/R4/narrative.html: no entities of HTML, since XML has none
  it.each([
    '',
    'a',
    `${div('a')}b`,
    div('<p a'),
    '<div',
    div('<p>a'),
    div('<p>a</b></p>'),
    div('</p>'),
    div('a & b'),
    div('a&nbsp;b'),
    div('&copy;'),
    div('&bogus;'),
    div('&#1;'),
    div('&#xFFFE;'),
    div('&#x110000;'),
    div('<p title="&eacute;">a</p>'),
    div('<p class=x>a</p>'),
    div('<p class="a" class="b">a</p>'),
    div('<p class="a"id="b">a</p>'),
    div('<p\u00a0class="a">a</p>'),
    div('<p class="<">a</p>'),
    div('<p class="a'),
    div('<!-- a'),
    div('a<!-- -- -->'),
    div('a<!-- --->'),
    `<!-- a -->${div('a')}`,
    div('a ]]> b'),
    div('<span>'.repeat(100) + 'a' + '</span>'.repeat(100)),
    '<!DOCTYPE html>' + div('a'),
    '<?xml version="1.0"?>' + div('a'),
    div('<![CDATA[a]]>'),
    '<',
  ])('cannot stand in XML as %s', (text) => {
    expect(codeOf(text)).toBe('malformed-narrative');
  });

  it('tells which parts of the resource it shows', () => {
    const fragments: string[] = [];
    findNarrativeProblem(div('<img src="#i"/><a href="#a">x</a><a href="http://e.x#b">y</a>'), (fragment) =>
      fragments.push(fragment),
    );
    expect(fragments).toEqual(['#i', '#a']);
  });

  it.each(['', ' \n ', '<p> </p><br/>'])('says something, unlike %j', (content) => {
    expect(codeOf(div(content))).toBe('txt-2');
  });

  it.each([
    '<script>alert(1)</script>',
    '<SCRIPT src="x"/>',
    '<iframe src="http://example.org"/>',
    '<form action="x"/>',
    '<p onclick="x()">a</p>',
    '<p ONMOUSEOVER="x()">a</p>',
    '<a href="javascript:alert(1)">a</a>',
    '<a href=" java\nscript:alert(1)">a</a>',
    '<a href="&#106;avascript&#x3A;alert(1)">a</a>',
    '<a href="javascript&colon;alert(1)">a</a>',
    '<a href="data:text/html;base64,AAAA">a</a>',
    '<img src="data:image/svg+xml;base64,AAAA"/>',
    '<style>p { x }</style>',
  ])('never runs anything, as %s would', (content) => {
    expect(codeOf(div(content))).toBe('unsafe-narrative');
    expect(codeOf(div(`<font color2="a">a</font>${content}`))).toBe('unsafe-narrative');
    expect(codeOf(`<p>a</p>${content}`)).toBe('unsafe-narrative');
  });

  it('is read in linear time, whatever it is', () => {
    const hostile = [
      '<div '.repeat(200_000),
      `<div ${' '.repeat(1_000_000)}`,
      div('&'.repeat(1_000_000)),
      div('<p>'.repeat(300_000)),
    ];
    const start = performance.now();
    expect(hostile.map(codeOf)).toEqual(Array.from(hostile, () => 'malformed-narrative'));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('can stand in XML whenever nothing is found wrong, and never makes the reader throw', () => {
    const tags = ['<p', '<p>', '</p>', '<br/>', '>', '/', '=', '"', "'", ' ', '\u00a0', '\n', 'title', 'xml:lang', 'a'];
    const others = ['&', '&amp;', '&nbsp;', '&#1;', '&#x41;', ';', '<!--', '--', '-->', ']]>'];
    const piece = fc.constantFrom('<div xmlns="http://www.w3.org/1999/xhtml">', '</div>', ...tags, ...others);
    const around = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(fc.oneof(around, around.map(div)), (text) => {
        const problem = findNarrativeProblem(text);
        expect(problem?.found).not.toBe('');
        if (!problem) expect(narrativeFault(text)).toBeUndefined();
      }),
      { numRuns: 5_000 },
    );
  });
});
