// Files: dropped or chosen; sent at once with their progress where the zone has an address, else with the form.
import { fill, token } from './dom.js';

export function drops(root) {
  root.querySelectorAll('[data-drop]').forEach((zone) => {
    if (zone.dataset.ready) return;
    zone.dataset.ready = '1';
    const input = zone.querySelector('input[type=file]'), said = zone.parentNode.querySelector('.drop-files');
    ['dragenter', 'dragover'].forEach((kind) => zone.addEventListener(kind, (e) => { e.preventDefault(); zone.classList.add('is-over'); }));
    ['dragleave', 'drop'].forEach((kind) => zone.addEventListener(kind, () => zone.classList.remove('is-over')));
    zone.addEventListener('drop', (e) => {
      e.preventDefault();
      if (!e.dataTransfer.files.length) return;
      const files = new DataTransfer(); // one file unless several are taken
      Array.from(e.dataTransfer.files).slice(0, input.multiple ? undefined : 1).forEach((f) => files.items.add(f));
      input.files = files.files;
      input.dispatchEvent(new Event('change', { bubbles: true }));
    });
    input.addEventListener('change', () => {
      said.querySelectorAll('[data-new]').forEach((li) => li.remove());
      const files = fitting(zone, input, said);
      if (zone.dataset.href) { send(zone, input, said, files); return; }
      files.forEach((f) => said.appendChild(line(f.name)));
    });
  });
}

// fitting takes files that are too large out of the choice and says so: the server would only cut the line.
function fitting(zone, input, said) {
  const most = Number(zone.dataset.most), kept = new DataTransfer();
  Array.from(input.files).forEach((f) => {
    if (!most || f.size <= most) { kept.items.add(f); return; }
    const li = line(fill(zone.dataset.large, { name: f.name, size: size(f.size), most: size(most) }));
    li.className = 'error';
    said.appendChild(li);
  });
  if (kept.files.length < input.files.length) input.files = kept.files;
  return Array.from(kept.files);
}

function line(text) {
  const li = document.createElement('li');
  li.dataset.new = '';
  li.textContent = text;
  return li;
}

function size(n) {
  if (n >= 2 ** 30) return (n / 2 ** 30).toFixed(1).replace(/\.0$/, '') + ' GB';
  return n >= 1 << 20 ? (n / (1 << 20)).toFixed(1).replace(/\.0$/, '') + ' MB' : Math.ceil(n / 1024) + ' KB';
}

// send gives one file after the other to the zone's address; the answer is the new list of what is there.
function send(zone, input, said, files) {
  const file = files.shift();
  if (!file) { input.value = ''; return; }
  const li = line(''), request = new XMLHttpRequest(), form = new FormData();
  said.appendChild(li);
  form.append('csrf', token());
  form.append(input.name, file);
  request.open('POST', zone.dataset.href);
  request.setRequestHeader('HX-Request', 'true');
  request.setRequestHeader('X-CSRF-Token', token());
  const say = (part) => { li.textContent = fill(zone.dataset.sending, { name: file.name, part: size(part), all: size(file.size) }); };
  say(0);
  request.upload.addEventListener('progress', (e) => say(Math.min(e.loaded, file.size)));
  request.addEventListener('loadend', () => {
    if (request.status >= 200 && request.status < 300) {
      const to = request.getResponseHeader('HX-Redirect');
      if (to) { location.href = to; return; }
      li.textContent = file.name;
    } else {
      li.className = 'error';
      li.textContent = request.status === 422 && request.responseText.length < 300 ? request.responseText : fill(zone.dataset.failed, { name: file.name });
    }
    send(zone, input, said, files);
  });
  request.send(form);
}
