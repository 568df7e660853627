import { describe, expect, it } from 'vitest';
import { escapeAttribute, escapeText, illegalCharacter } from './escape.js';

describe('text in XML', () => {
  it.each([
    ["plain – 日本語 \u{1F600} > '", "plain – 日本語 \u{1F600} > '"],
    ['a & b < "c"', 'a &amp; b &lt; &quot;c&quot;'],
    ['one\ttwo\nthree\r\n', 'one&#9;two&#10;three&#13;&#10;'],
    ['&#10;', '&amp;#10;'],
  ])('is %j as an attribute', (text, expected) => {
    expect(escapeAttribute(text)).toBe(expected);
  });

  it('needs no references for quotes and line ends between tags', () => {
    expect(escapeText('a & b < c > "d"\n\r')).toBe('a &amp; b &lt; c &gt; "d"\n&#13;');
  });

  it.each([
    ['a\u0000', 'U+0000'],
    ['\u001b[1m', 'U+001B'],
    ['\ud83d', 'U+D83D'],
    ['\udc00x', 'U+DC00'],
    ['\ufffe', 'U+FFFE'],
    ['\uffff', 'U+FFFF'],
  ])('cannot hold %j', (text, name) => {
    expect(illegalCharacter(text)).toBe(name);
  });

  it.each(['', 'a\t\n\r', '\u0085\u2028', '\ufffd', '\ue000', '\u{10ffff}'])('can hold %j', (text) => {
    expect(illegalCharacter(text)).toBeUndefined();
  });
});
