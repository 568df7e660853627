import '@mantine/core/styles.css';
import './global.css';
import { createRoot } from 'react-dom/client';
import { setNonce } from 'get-nonce';
import { App } from './app.js';
import { styleNonce } from './style-nonce.js';

// The library that locks scrolling behind dialogs makes a style element, too.
setNonce(styleNonce());
createRoot(document.querySelector('#root')!).render(<App />);
