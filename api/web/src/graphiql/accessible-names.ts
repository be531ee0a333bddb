// What GraphiQL leaves without a name or with a role that its content denies, set right as it is drawn.

/** The editors, by where they stand. */
const EDITORS: [within: string, name: string][] = [
  ['.graphiql-query-editor', 'Query'],
  ['.result-window', 'Answer'],
  ['[aria-label="Headers"]', 'Headers'],
  ['[aria-label="Variables"]', 'Variables'],
  ['.graphiql-editor-tool', 'Variables or headers'],
];

function name(root: Element): void {
  for (const field of root.querySelectorAll('.CodeMirror textarea:not([aria-label])')) {
    const editor = EDITORS.find(([within]) => field.closest(within));
    field.setAttribute('aria-label', editor?.[1] ?? 'Editor');
  }
  for (const frame of root.querySelectorAll('.CodeMirror-scroll[tabindex="-1"]'))
    frame.setAttribute('tabindex', '0');
  // A tab is called so, but holds two buttons, one of them to close it: they are what is pressed.
  for (const list of root.querySelectorAll('.graphiql-tabs[role="tablist"]'))
    list.setAttribute('role', 'list');
  for (const tab of root.querySelectorAll('.graphiql-tab[aria-selected]')) {
    const selected = tab.getAttribute('aria-selected') === 'true';
    tab.setAttribute('role', 'listitem');
    tab.removeAttribute('aria-selected');
    tab.querySelector('button')?.setAttribute('aria-current', String(selected));
  }
}

export function keepNamed(root: Element): void {
  new MutationObserver(() => name(root)).observe(root, {
    subtree: true,
    childList: true,
    attributeFilter: ['aria-selected', 'tabindex', 'role'],
  });
}
