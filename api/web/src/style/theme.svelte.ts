export type Theme = 'light' | 'dark';

const STORAGE_KEY = 'adkb-theme';
const preference = matchMedia('(prefers-color-scheme: dark)');

/** The theme that the reader chose here, or null, and the theme of the system. */
export const theme = $state<{ chosen: Theme | null; system: Theme }>({
  chosen: stored(),
  system: preference.matches ? 'dark' : 'light',
});

preference.addEventListener('change', ({ matches }) => {
  theme.system = matches ? 'dark' : 'light';
  applyTheme();
});

export function currentTheme(): Theme {
  return theme.chosen ?? theme.system;
}

export function toggleTheme(): void {
  const next = currentTheme() === 'dark' ? 'light' : 'dark';
  theme.chosen = next === theme.system ? null : next;
  try {
    if (theme.chosen) localStorage.setItem(STORAGE_KEY, theme.chosen);
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Without storage, the choice lasts until the page is closed.
  }
  applyTheme();
}

export function applyTheme(): void {
  document.documentElement.dataset.theme = currentTheme();
}

function stored(): Theme | null {
  try {
    const value = localStorage.getItem(STORAGE_KEY);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null;
  }
}
