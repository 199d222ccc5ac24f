// Menus are details: one is open at a time, a click outside or Esc closes it, arrows move, a field in it narrows its choices.
import { on } from './dom.js';

export function menus() {
  const open = () => Array.from(document.querySelectorAll('details[data-pop][open]'));

  document.addEventListener('click', (e) => {
    open().forEach((d) => { if (!d.contains(e.target)) d.open = false; });
    const rail = document.getElementById('rail');
    if (!rail) return;
    const opens = e.target.closest('[data-rail]'), closes = e.target.closest('[data-rail-close]');
    if (opens) { e.preventDefault(); rail.classList.toggle('is-open'); const first = rail.querySelector('a'); if (rail.classList.contains('is-open') && first) first.focus(); }
    else if (closes) { e.preventDefault(); rail.classList.remove('is-open'); document.querySelector('[data-rail]').focus(); }
    else if (!rail.contains(e.target)) rail.classList.remove('is-open');
  });
  document.addEventListener('toggle', (e) => {
    const d = e.target;
    if (!d.matches || !d.matches('details[data-pop]') || !d.open) return;
    open().forEach((other) => { if (other !== d && !other.contains(d)) other.open = false; });
    const find = d.querySelector('[data-find]');
    if (find) find.focus();
  }, true);
  document.addEventListener('keydown', (e) => {
    const d = open()[0];
    if (e.key === 'Escape') {
      const rail = document.getElementById('rail');
      if (rail) rail.classList.remove('is-open');
      if (d) { e.preventDefault(); d.open = false; d.querySelector('summary').focus(); }
      return;
    }
    if (!d || (e.key !== 'ArrowDown' && e.key !== 'ArrowUp') || !d.contains(document.activeElement) || /^date$/.test(document.activeElement.type)) return;
    e.preventDefault();
    const all = [d.querySelector('summary')].concat(Array.from(d.querySelectorAll('.pop a, .pop button, .pop input')).filter((el) => el.offsetParent !== null));
    const next = all[all.indexOf(document.activeElement) + (e.key === 'ArrowDown' ? 1 : -1)];
    if (next) next.focus();
  });
  on('input', '[data-find]', (e, field) => {
    const text = field.value.trim();
    field.closest('.pop').querySelectorAll('a').forEach((a) => { a.hidden = text !== '' && a.textContent.indexOf(text) < 0; });
  });
  // The own period of the scope bar is one parameter, from..to.
  on('submit', 'form[data-period]', (e, form) => {
    const from = form.elements.from, to = form.elements.to;
    if (!from.value || !to.value) return;
    const period = document.createElement('input');
    period.type = 'hidden'; period.name = 'period'; period.value = from.value + '..' + to.value;
    form.appendChild(period);
    from.disabled = to.disabled = true;
  });
}
