import { mount } from 'svelte';
import { GRAPHIQL } from '../routing/base';
import VersionLine from '../version/VersionLine.svelte';

/** Shows above GraphiQL which earlier state its queries read. */
export function showVersionLine(anchor: Element): void {
  mount(VersionLine, { target: document.body, anchor, props: { path: GRAPHIQL + location.hash } });
}
