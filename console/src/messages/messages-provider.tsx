import { type ReactNode, useCallback, useEffect, useState } from 'react';
import { preference, setPreference } from '../preferences.js';
import { type Language, languages, type Messages, MessagesContext, messagesOf, preferredLanguage } from './messages.js';
import { LanguageContext } from './use-language.js';

const isLanguage = (text: string | undefined): text is Language => text !== undefined && text in languages;

function chosenLanguage(): Language {
  const kept = preference('language');
  return isLanguage(kept) ? kept : preferredLanguage(navigator.languages);
}

/** Loads the texts of the chosen language, and shows nothing before they are there. */
export function MessagesProvider({ children }: { readonly children: ReactNode }) {
  const [language, setLanguage] = useState(chosenLanguage);
  const [messages, setMessages] = useState<Messages>();
  useEffect(() => {
    let isWanted = true;
    void languages[language].load().then(({ default: texts }) => {
      if (!isWanted) return;
      document.documentElement.lang = language;
      const place = navigator.languages.find((tag) => tag.startsWith(language));
      setMessages(() => messagesOf(language, texts, place));
    });
    return () => {
      isWanted = false;
    };
  }, [language]);
  const choose = useCallback((next: Language) => {
    setPreference('language', next);
    setLanguage(next);
  }, []);
  if (!messages) return null;
  return (
    <LanguageContext value={choose}>
      <MessagesContext value={messages}>{children}</MessagesContext>
    </LanguageContext>
  );
}
