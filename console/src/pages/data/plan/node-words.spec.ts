import { describe, expect, it } from 'vitest';
import de from '../../../messages/de.json' with { type: 'json' };
import en from '../../../messages/en.json' with { type: 'json' };
import { messagesOf } from '../../../messages/messages.js';
import { nodeTypes, wordsOfNode } from './node-words.js';

describe('the steps of a plan', () => {
  it('have the names of PostgreSQL in English, and other ones in German', () => {
    const [english, german] = [messagesOf('en', en), messagesOf('de', de)];
    expect(nodeTypes.filter((type) => wordsOfNode(type, english) !== type)).toEqual([]);
    expect(nodeTypes.filter((type) => wordsOfNode(type, german) === type)).toEqual([]);
  });

  it('keep the name of one that is not known', () => {
    expect(wordsOfNode('Quantum Scan', messagesOf('de', de))).toBe('Quantum Scan');
  });
});
