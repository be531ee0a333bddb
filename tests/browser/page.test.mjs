// The page, looked at as its readers do: in a browser, before the running service.
import { after } from 'node:test';
import { accessibility } from './accessibility.mjs';
import { startBrowser } from './browser.mjs';
import { downloads } from './downloads.mjs';
import { graphiql } from './graphiql.mjs';
import { navigation } from './navigation.mjs';
import { pictures } from './pictures.mjs';
import { records } from './records.mjs';
import { search } from './search.mjs';
import { service } from './service-away.mjs';
import { speed } from './speed.mjs';

const browser = await startBrowser();
after(() => browser.stop());

pictures(browser);
navigation(browser);
records(browser);
search(browser);
downloads(browser);
graphiql(browser);
service(browser);
accessibility(browser);
speed(browser);
