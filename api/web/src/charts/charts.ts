/** The chart pages, in the order of the navigation. */
export const CHARTS = [
  { path: '/', name: 'Partners' },
  { path: '/themes', name: 'Themes' },
  { path: '/years', name: 'Years' },
  { path: '/timeline', name: 'Timeline' },
  { path: '/co-chairs', name: 'Co-chairs' },
  { path: '/network', name: 'Network' },
  { path: '/structure', name: 'Structure' },
  { path: '/programmes', name: 'Work programmes' },
] as const;
