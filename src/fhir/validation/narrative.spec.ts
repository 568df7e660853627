import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findNarrativeProblem } from './narrative.js';

const div = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
const codeOf = (text: string): string | undefined => findNarrativeProblem(text)?.code;

// https://hl7.org/fhir/R4/narrative.html#xhtml
describe('a narrative', () => {
  it.each([
    div('a'),
    ` ${div('a')}\n`,
    div('<p>a <b>b</b>&nbsp;&#160;&#xA0;<br/></p><!-- <script> --><hr />'),
    div('<a href="http://example.org/?a=1&amp;b=2" title="a &lt; b">x</a><a name="y"/>'),
    div("<table border='1' class='grid'><tr><td colspan='2' style='width: 1px'>a</td></tr></table>"),
    div('<img src="data:image/png;base64,AAAA" alt="x"/>'),
    '<div xml:lang="en" xmlns="http://www.w3.org/1999/xhtml" lang="en">a</div>',
  ])('may be %s', (text) => {
    expect(findNarrativeProblem(text)).toBeUndefined();
  });

  it.each([
    '',
    'a',
    '<p xmlns="http://www.w3.org/1999/xhtml">a</p>',
    '<div>a</div>',
    '<div xmlns="http://example.org">a</div>',
    `${div('a')}${div('b')}`,
    `${div('a')}b`,
    div('<p>a'),
    div('<p>a</b></p>'),
    div('</p>'),
    div('a & b'),
    div('<p class=x>a</p>'),
    div('<p class="a" class="b">a</p>'),
    div('<p class="a"id="b">a</p>'),
    div('<p class="<">a</p>'),
    div('<p class="a'),
    div('<p a'),
    div('<font color="red">a</font>'),
    div('<p align2="left">a</p>'),
    div('<!-- a'),
    '<!DOCTYPE html>' + div('a'),
    '<?xml version="1.0"?>' + div('a'),
    div('<![CDATA[a]]>'),
    '<',
    '<div',
  ])('is not %s', (text) => {
    expect(codeOf(text)).toBe('txt-1');
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
  });

  it('is read in linear time, whatever it is', () => {
    const hostile = [
      '<div '.repeat(200_000),
      `<div ${' '.repeat(1_000_000)}`,
      div('&'.repeat(1_000_000)),
      div('<p>'.repeat(300_000)),
    ];
    const start = performance.now();
    expect(hostile.map(codeOf)).toEqual(['txt-1', 'txt-1', 'txt-1', 'txt-1']);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('never makes the reader throw', () => {
    const piece = fc.constantFrom(
      '<div xmlns="http://www.w3.org/1999/xhtml">',
      '</div>',
      '<p',
      '>',
      '/',
      '=',
      '"',
      "'",
      ' ',
      '&',
      'a',
      '<!--',
      '-->',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const problem = findNarrativeProblem(pieces.join(''));
        expect(problem?.found).not.toBe('');
      }),
    );
  });
});
