import { mount } from 'svelte';
import './style/tokens.css';
import './style/base.css';
import './style/print.css';
import App from './App.svelte';
import { applyTheme } from './style/theme.svelte';

applyTheme();
const target = document.getElementById('app')!;
target.replaceChildren();
mount(App, { target });
