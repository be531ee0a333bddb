export type Theme = 'light' | 'dark';

const KEY = 'adkb-theme';
const preference = matchMedia('(prefers-color-scheme: dark)');

/** Light or dark: as the reader chose here, else as the system is set. */
export const theme = $state<{ chosen: Theme | null; system: Theme }>({
  chosen: stored(),
  system: preference.matches ? 'dark' : 'light',
});

preference.addEventListener('change', ({ matches }) => {
  theme.system = matches ? 'dark' : 'light';
  applyTheme();
});

export function shownTheme(): Theme {
  return theme.chosen ?? theme.system;
}

export function toggleTheme(): void {
  const next = shownTheme() === 'dark' ? 'light' : 'dark';
  theme.chosen = next === theme.system ? null : next;
  try {
    if (theme.chosen) localStorage.setItem(KEY, theme.chosen);
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing still shows the theme until the page is left.
  }
  applyTheme();
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = shownTheme();
}

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}
