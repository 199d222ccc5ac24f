// The trace drawer: a figure's link opens in it, Esc closes it and gives the focus back, a figure inside opens in the same
// drawer with a way back. Under 1100 pixels, and with Ctrl, Shift or the middle button, the link leads to the trace page.
import { reachable, trap } from './dom.js';

export function drawer(htmx) {
  const back = document.getElementById('drawer');
  if (!back) return;
  const box = back.querySelector('.drawer'), body = document.getElementById('drawer-body'), previous = back.querySelector('[data-back]');
  let trail = [], from = null, turn = 0;

  function show(href) {
    const mine = ++turn;
    body.textContent = body.dataset.wait;
    previous.hidden = trail.length < 2;
    fetch(href, { headers: { 'HX-Request': 'true', 'HX-Target': 'drawer-body' }, credentials: 'same-origin' })
      .then((r) => {
        if (r.redirected || r.headers.get('Content-Type') === null) { location.href = href; return null; }
        if (!r.ok && r.status >= 500) throw new Error(String(r.status));
        return r.text();
      })
      .then((html) => {
        if (html === null || mine !== turn) return;
        // A whole document came (a handler without drawer): take its main part.
        const page = new DOMParser().parseFromString(html, 'text/html'), whole = page.getElementById('main');
        body.textContent = '';
        const parts = (whole || page.body).childNodes;
        while (parts.length) body.appendChild(parts[0]);
        htmx.process(body);
        body.scrollTop = 0;
        const scroll = body.querySelector('.trace-scroll'), part = new URL(href, location.href).hash;
        if (scroll) scroll.scrollTop = 0;
        if (part) { const at = body.querySelector(part); if (at) at.scrollIntoView(); }
        const first = reachable(body)[0];
        (first || box).focus();
      })
      .catch(() => { if (mine === turn) body.textContent = body.dataset.fault; });
  }

  function open(link) {
    if (back.hidden) {
      from = link;
      trail = [];
      back.hidden = false;
      document.documentElement.classList.add('is-covered');
      box.focus();
    }
    // Another view of the same figure takes its place; another figure comes on top of it.
    if (link.dataset.trace === 'replace' && trail.length) trail[trail.length - 1] = link.href; else trail.push(link.href);
    show(link.href);
  }

  function close() {
    if (back.hidden) return;
    turn++;
    back.hidden = true;
    body.textContent = '';
    document.documentElement.classList.remove('is-covered');
    if (from && document.contains(from)) from.focus();
    from = null;
  }

  document.addEventListener('click', (e) => {
    if (e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    if (e.target === back || e.target.closest('#drawer [data-close]')) { e.preventDefault(); close(); return; }
    if (e.target.closest('#drawer [data-back]')) { trail.pop(); show(trail[trail.length - 1]); return; }
    const link = e.target.closest('a[data-trace]');
    if (!link || window.innerWidth < 1100 || link.getAttribute('href').charAt(0) === '#') return;
    e.preventDefault();
    open(link);
  });
  back.addEventListener('keydown', (e) => trap(e, box));
  document.addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && !back.hidden && !e.defaultPrevented) { e.preventDefault(); close(); }
  });
}
