/** Text as it is, in one cell: no table, HTML, emphasis or link comes out of it (https://github.github.com/gfm/#backslash-escapes). */
export const cell = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*|]|(?<=\])\(/g, '\\$&')
    .replaceAll(/[\r\n]+/g, ' ')
