// Replaces the package `react-style-singleton`, which GraphiQL's dialogs use. It adds a style element, which the
// Content-Security-Policy forbids; a constructed style sheet has the same effect and is allowed.
import { useEffect } from 'react';

interface Props {
  styles: string;
  dynamic?: boolean | undefined;
}

/** Returns a component that applies styles while at least one instance is mounted. */
export function styleSingleton(): (props: Props) => null {
  let mounted = 0;
  const sheet = new CSSStyleSheet();
  return function Sheet({ styles, dynamic }) {
    useEffect(() => {
      if (mounted === 0) {
        sheet.replaceSync(styles);
        document.adoptedStyleSheets.push(sheet);
      }
      mounted += 1;
      return () => {
        mounted -= 1;
        if (mounted === 0)
          document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      };
    }, [dynamic && styles]);
    return null;
  };
}
