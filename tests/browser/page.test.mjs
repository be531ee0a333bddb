// Tests the page in a browser against a running service.
import { after } from 'node:test';
import { accessibility } from './accessibility.mjs';
import { startBrowser } from './browser.mjs';
import { downloads } from './downloads.mjs';
import { graphiql } from './graphiql.mjs';
import { navigation } from './navigation.mjs';
import { charts } from './charts.mjs';
import { records } from './records.mjs';
import { search } from './search.mjs';
import { resilience } from './resilience.mjs';
import { speed } from './speed.mjs';
import { versions } from './versions.mjs';

const browser = await startBrowser();
after(() => browser.stop());

charts(browser);
navigation(browser);
records(browser);
search(browser);
downloads(browser);
graphiql(browser);
resilience(browser);
versions(browser);
accessibility(browser);
speed(browser);
