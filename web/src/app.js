// The scripts of the console. Every page works without them: links and forms are real; scripts only shorten the way.
import htmx from 'htmx.org';
import { drawer } from './drawer.js';
import { menus } from './menu.js';
import { lists } from './list.js';
import { forms } from './form.js';
import { fields } from './field.js';
import { drops } from './drop.js';
import { overlays } from './overlay.js';
import { charts } from './charts.js';

document.documentElement.classList.add('has-js');

// Requests of htmx carry the token of the page, as forms do.
document.addEventListener('htmx:configRequest', (e) => {
  const token = document.querySelector('meta[name=csrf]');
  if (token) e.detail.headers['X-CSRF-Token'] = token.content;
});

drawer(htmx);
menus();
lists();
forms(htmx);
overlays();

// What arrives later gets the same life as what was there.
function enliven(root) {
  fields(root);
  drops(root);
  charts(root);
}
enliven(document);
document.addEventListener('htmx:load', (e) => { if (e.detail.elt !== document.body) enliven(e.detail.elt); });
