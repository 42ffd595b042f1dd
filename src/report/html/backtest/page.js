'use strict';
// Sorts tables by a click on a head, and filters rows by what is typed. The page is whole without it.

const make = (name, properties) => Object.assign(document.createElement(name), properties);

// A number as the page writes it, or the digits of a date, of a time as far as there is one; nothing where there
// is neither.
const numberIn = (text) => {
  const date = text.match(/^\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2})?/);
  if (date) return Number(date[0].replace(/\D/g, '').padEnd(12, '0'));
  const found = text.replaceAll(',', '').match(/[-+]?\d+(\.\d+)?/);
  return found ? Number(found[0]) : null;
};

// What has no number comes last, whichever way is sorted.
const compare = (isNumber, turn) => (one, other) => {
  if (!isNumber) return turn * one.localeCompare(other, 'en', { numeric: true });
  const [a, b] = [numberIn(one), numberIn(other)];
  if (a === null || b === null) return (a === null) - (b === null);
  return turn * (a - b);
};

const sortable = (table) => {
  const heads = [...table.tHead.rows[0].cells];
  table.classList.add('sorting');
  heads.forEach((head, at) => {
    const isNumber = head.classList.contains('number');
    const button = make('button', { type: 'button', textContent: head.textContent });
    button.addEventListener('click', () => {
      const before = head.getAttribute('aria-sort');
      const first = isNumber ? 'descending' : 'ascending';
      const other = isNumber ? 'ascending' : 'descending';
      const order = before === first ? other : first;
      for (const one of heads) one.removeAttribute('aria-sort');
      head.setAttribute('aria-sort', order);
      const by = compare(isNumber, order === 'ascending' ? 1 : -1);
      const rows = [...table.tBodies[0].rows];
      const text = (row) => row.cells[at].textContent;
      rows.sort((one, next) => by(text(one), text(next)));
      table.tBodies[0].append(...rows);
    });
    head.replaceChildren(button);
  });
};

const filterable = (part) => {
  const rows = [...part.querySelectorAll('tbody tr')];
  const texts = rows.map((row) => {
    const group = row.closest('details');
    const title = group && part.contains(group) ? group.firstElementChild.textContent : '';
    return `${title} ${row.textContent}`.toLowerCase();
  });
  const folded = [...part.querySelectorAll('details')];
  const label = make('label', { textContent: part.dataset.filter });
  const input = make('input', { type: 'search', autocomplete: 'off', spellcheck: false });
  const shown = make('output', {});
  input.addEventListener('input', () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    rows.forEach((row, at) => {
      row.hidden = !words.every((word) => texts[at].includes(word));
      count += row.hidden ? 0 : 1;
    });
    for (const one of folded) {
      one.hidden = !one.querySelector('tbody tr:not([hidden])');
      one.open = words.length > 0 && !one.hidden;
    }
    shown.textContent = words.length > 0 ? `${count} of ${rows.length}` : '';
  });
  label.append(input);
  const line = make('div', { className: 'filter' });
  line.append(label, shown);
  part.prepend(line);
};

// Of two rows there is nothing to sort.
const isLong = (table) => table.tBodies[0].rows.length > 2;
[...document.querySelectorAll('table.sorted')].filter(isLong).forEach(sortable);
document.querySelectorAll('.filtered').forEach(filterable);
