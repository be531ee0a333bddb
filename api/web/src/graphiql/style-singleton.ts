// Stands in for the package `react-style-singleton`, which GraphiQL's dialogs use: that one writes a style element into
// the page, which the page's policy refuses. A constructed style sheet does the same, and needs no exception.
import { useEffect } from 'react';

interface Props {
  styles: string;
  dynamic?: boolean | undefined;
}

/** A component by which styles hold for as long as any of it is shown. */
export function styleSingleton(): (props: Props) => null {
  let shown = 0;
  const sheet = new CSSStyleSheet();
  return function Sheet({ styles, dynamic }) {
    useEffect(() => {
      if (shown === 0) {
        sheet.replaceSync(styles);
        document.adoptedStyleSheets.push(sheet);
      }
      shown += 1;
      return () => {
        shown -= 1;
        if (shown === 0)
          document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
      };
    }, [dynamic && styles]);
    return null;
  };
}
