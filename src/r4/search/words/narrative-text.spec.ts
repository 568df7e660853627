import { describe, expect, it } from 'vitest';
import { narrativeText } from './narrative-text.js';

describe('narrativeText', () => {
  it.each([
    ['<div><p>one</p><p>two</p></div>', 'one two'],
    ['<p>bo<b>n</b>e<br/>liver</p>', 'bone liver'],
    ['<p title="a > b" class=\'>\'>seen</p>', 'seen'],
    ['<p>a<!-- hidden <b> -->b</p>', 'ab'],
    ['<p>&lt;p&gt; &amp; &#228;&#xE4; &nbsp;x &unknown;</p>', '<p> & ää x'],
    ['<p>&#0;&#xD800;&#x110000;</p>', ''],
    ['no end <p', 'no end'],
    ['no end <!-- <p>', 'no end'],
    ['<p>a < b</p>', 'a'],
  ])('of %s is "%s"', (xhtml, text) => {
    expect(narrativeText(xhtml).replaceAll(/\s+/g, ' ').trim()).toBe(text);
  });

  it('looks at each character once, whatever it is', () => {
    for (const part of ['<', '<"', '<!--', '&', '<a ']) {
      expect(narrativeText(part.repeat(200_000)).length).toBeLessThanOrEqual(200_000 * part.length);
    }
  });
});
