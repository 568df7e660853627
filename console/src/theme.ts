import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';

const ink: MantineColorsTuple = [
  '#e8f3fc',
  '#d0e3f4',
  '#a1c7ea',
  '#6fa9df',
  '#468fd6',
  '#2c7fd0',
  '#1d73c6',
  '#0f5e9c',
  '#0c4f85',
  '#083f6c',
];

export const theme = createTheme({
  colors: { ink },
  primaryColor: 'ink',
  primaryShade: { light: 7, dark: 6 },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, monospace',
  defaultRadius: 'md',
  autoContrast: true,
  respectReducedMotion: true,
  focusRing: 'auto',
});

/** Mantine's quiet texts are too pale for WCAG 2.2 AA (4.5 to 1). */
export const readableColours: CSSVariablesResolver = ({ colors }) => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': colors.gray[7],
    '--mantine-color-placeholder': colors.gray[7],
    '--mantine-color-anchor': colors['ink']![7],
    '--mantine-color-error': colors.red[9],
    '--mantine-color-orange-light-color': '#8f2f08',
    '--mantine-color-red-light-color': '#a11f1f',
  },
  dark: {
    '--mantine-color-dimmed': colors.dark[1],
    '--mantine-color-placeholder': colors.dark[1],
    '--mantine-color-anchor': colors['ink']![3],
    '--mantine-color-error': colors.red[4],
  },
});
