import { createContext, useContext } from 'react';
import { type Language, useMessages } from './messages.js';

export const LanguageContext = createContext<(language: Language) => void>(() => undefined);

/** The language, and how to choose another. */
export const useLanguage = (): readonly [Language, (language: Language) => void] => [
  useMessages().language,
  useContext(LanguageContext),
];
