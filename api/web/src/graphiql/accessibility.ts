// Fixes missing names and wrong roles in GraphiQL as it renders.

/** Accessible names of the editors. */
const EDITORS: [ancestor: string, name: string][] = [
  ['.graphiql-query-editor', 'Query'],
  ['.result-window', 'Response'],
  ['[aria-label="Headers"]', 'Headers'],
  ['[aria-label="Variables"]', 'Variables'],
  ['.graphiql-editor-tool', 'Variables or headers'],
];

function fix(root: Element): void {
  for (const field of root.querySelectorAll('.CodeMirror textarea:not([aria-label])')) {
    const editor = EDITORS.find(([ancestor]) => field.closest(ancestor));
    field.setAttribute('aria-label', editor?.[1] ?? 'Editor');
  }
  for (const frame of root.querySelectorAll('.CodeMirror-scroll[tabindex="-1"]'))
    frame.setAttribute('tabindex', '0');
  // A tab contains two buttons, one to select and one to close it, so it cannot have the role `tab`.
  for (const list of root.querySelectorAll('.graphiql-tabs[role="tablist"]'))
    list.setAttribute('role', 'list');
  for (const tab of root.querySelectorAll('.graphiql-tab[aria-selected]')) {
    const selected = tab.getAttribute('aria-selected') === 'true';
    tab.setAttribute('role', 'listitem');
    tab.removeAttribute('aria-selected');
    tab.querySelector('button')?.setAttribute('aria-current', String(selected));
  }
}

export function observeAccessibility(root: Element): void {
  new MutationObserver(() => fix(root)).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ['aria-selected', 'tabindex', 'role'],
  });
}
