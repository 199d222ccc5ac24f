// Fields: a list of choices while typing, sub-rows that come and go, a password that can be shown.
import { on } from './dom.js';

export function fields(root) {
  root.querySelectorAll('[data-combo]').forEach(combo);
}

function combo(box) {
  const input = box.querySelector('input'), data = box.querySelector('datalist');
  if (!data || box.dataset.ready) return;
  box.dataset.ready = '1';
  const options = Array.from(data.options).map((o) => o.value);
  data.remove();
  input.removeAttribute('list');
  const list = document.createElement('ul');
  list.className = 'combo-list';
  list.id = input.id + '-options';
  list.hidden = true;
  list.setAttribute('role', 'listbox');
  box.appendChild(list);
  input.setAttribute('role', 'combobox');
  input.setAttribute('aria-autocomplete', 'list');
  input.setAttribute('aria-controls', list.id);
  input.setAttribute('aria-expanded', 'false');
  let at = -1;

  function show(text) {
    const found = options.filter((o) => !text || o.indexOf(text) >= 0).slice(0, 60);
    list.textContent = '';
    at = -1;
    found.forEach((o, i) => {
      const item = document.createElement('li'), place = text ? o.indexOf(text) : -1;
      item.id = list.id + '-' + i;
      item.setAttribute('role', 'option');
      item.dataset.value = o;
      if (place >= 0) {
        const mark = document.createElement('mark');
        mark.textContent = text;
        item.append(o.slice(0, place), mark, o.slice(place + text.length));
      } else item.textContent = o;
      list.appendChild(item);
    });
    if (!found.length) {
      const none = document.createElement('li');
      none.className = 'none';
      none.textContent = box.dataset.nothing;
      list.appendChild(none);
    }
    list.hidden = false;
    input.setAttribute('aria-expanded', 'true');
  }
  function hide() {
    list.hidden = true;
    at = -1;
    input.setAttribute('aria-expanded', 'false');
    input.removeAttribute('aria-activedescendant');
  }
  function take(value) {
    input.value = value;
    hide();
    input.dispatchEvent(new Event('input', { bubbles: true }));
    hide();
  }
  function point(step) {
    const items = Array.from(list.querySelectorAll('[role=option]'));
    if (!items.length) return;
    at = (at + step + items.length) % items.length;
    items.forEach((li, i) => { li.classList.toggle('is-at', i === at); li.setAttribute('aria-selected', String(i === at)); });
    items[at].scrollIntoView({ block: 'nearest' });
    input.setAttribute('aria-activedescendant', items[at].id);
  }
  let quiet = false, taken = false;
  input.addEventListener('input', () => { if (!quiet) show(input.value.trim()); });
  input.addEventListener('click', () => { if (list.hidden) show(''); });
  input.addEventListener('blur', () => setTimeout(hide, 120));
  input.addEventListener('keydown', (e) => {
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') { e.preventDefault(); if (list.hidden) show(''); point(e.key === 'ArrowDown' ? 1 : -1); }
    else if (e.key === 'Enter' && !list.hidden && at >= 0) { e.preventDefault(); taken = true; pick(list.querySelectorAll('[role=option]')[at].dataset.value); }
    else if (e.key === 'Escape' && !list.hidden) { e.preventDefault(); hide(); }
  });
  // Some input methods send the key's character on its own, which would send the form.
  input.addEventListener('keypress', (e) => { if (taken && e.key === 'Enter') e.preventDefault(); });
  input.addEventListener('keyup', () => { taken = false; });
  function pick(value) { quiet = true; take(value); quiet = false; }
  list.addEventListener('mousedown', (e) => {
    const item = e.target.closest('[role=option]');
    e.preventDefault();
    if (item) pick(item.dataset.value);
  });
}

// Sub-rows: the last row is copied empty; names are counted anew so that they stand as the handler reads them.
function renumber(set) {
  const name = set.dataset.subrows;
  set.querySelectorAll('tbody tr').forEach((row, n) => {
    row.querySelector('.no').textContent = String(n + 1);
    row.querySelectorAll('input, select').forEach((el) => {
      el.name = el.name.replace(new RegExp('^' + name + '\\.\\d+\\.'), name + '.' + n + '.');
      el.id = 'f-' + el.name;
      if (el.hasAttribute('aria-label')) el.setAttribute('aria-label', el.getAttribute('aria-label').replace(/\d+/, String(n + 1)));
    });
    const remove = row.querySelector('[data-remove]');
    remove.value = 'remove:' + name + ':' + n;
  });
}
on('click', '[data-subrows] [data-add]', (e, button) => {
  const set = button.closest('[data-subrows]'), rows = set.querySelectorAll('tbody tr');
  if (!rows.length) return; // the handler makes the first row
  e.preventDefault();
  const row = rows[rows.length - 1].cloneNode(true);
  row.querySelectorAll('input').forEach((el) => { el.value = ''; el.removeAttribute('aria-invalid'); el.removeAttribute('aria-describedby'); });
  row.querySelectorAll('.error').forEach((el) => el.remove());
  rows[0].parentNode.appendChild(row);
  renumber(set);
  row.querySelector('input').focus();
});
on('click', '[data-subrows] [data-remove]', (e, button) => {
  const set = button.closest('[data-subrows]'), rows = set.querySelectorAll('tbody tr');
  e.preventDefault();
  if (rows.length === 1) rows[0].querySelectorAll('input').forEach((el) => { el.value = ''; });
  else button.closest('tr').remove();
  renumber(set);
  set.querySelector('[data-add]').focus();
  set.dispatchEvent(new Event('change', { bubbles: true }));
});

on('click', '[data-reveal]', (e, button) => {
  const input = document.getElementById(button.getAttribute('aria-controls')), shown = input.type === 'password';
  input.type = shown ? 'text' : 'password';
  button.textContent = shown ? button.dataset.hide : button.dataset.show;
  input.focus();
});

// A choice that decides which fields there are: the handler shows the form again.
on('change', 'select[data-again]', (e, select) => select.parentElement.querySelector('button[value=again]').click());
